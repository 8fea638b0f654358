import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Image, type ImageArgs, isSlipwayError } from "slipway";
import { runStack } from "slipway/testing";

const type = "docker:index/image:Image";

describe("Image", () => {
  async function inputsOf(args: ImageArgs) {
    const run = await runStack(() => ({ id: new Image("app", args).id }), { project: "shop", stack: "dev" });
    return run.resource(type, "app");
  }

  async function refusal(args: ImageArgs, preview = false): Promise<string> {
    try {
      await runStack(() => ({ id: new Image("app", args).id }), { preview });
      return "no error";
    } catch (error) {
      return isSlipwayError(error) ? error.message : `another error: ${String(error)}`;
    }
  }

  it("asks for nothing that the official plugin does not know, unless the program does", async () => {
    const { inputs, secrets } = await inputsOf({ context: "app", args: { V: "1" } });
    expect(inputs).to.deep.equal({
      build: { args: { V: "1" }, context: "app" },
      buildOnPreview: false,
      imageName: "shop-dev-app",
      skipPush: true,
    });
    expect(secrets).to.deep.equal([]);
  });

  it("hands everything over as the provider takes it", async () => {
    const { inputs, secrets } = await inputsOf({
      secrets: { npm: { file: "~/.npmrc" }, token: { environment: "TOKEN" }, key: { value: "k" } },
      ssh: ["default"],
      labels: { a: "b" },
      cacheFrom: ["r.example/c:1"],
      cacheTo: ["type=inline"],
      contexts: { base: "docker-image://alpine" },
      extraHosts: { db: "10.0.0.1" },
      network: "none",
      shmSize: "128m",
      ulimits: { nofile: 1024, nproc: { soft: 1, hard: 2 } },
      noCache: true,
      pull: "always",
      builder: "big",
      keep: 1,
      platforms: ["linux/amd64", "linux/arm64"],
      name: "r.example/app:1",
      push: true,
      login: { username: "u", password: "p" },
    });
    expect(inputs["build"]).to.deep.equal({
      addHosts: ["db:10.0.0.1"],
      builder: "big",
      cacheFrom: { images: ["r.example/c:1"] },
      cacheTo: ["type=inline"],
      context: ".",
      contexts: { base: "docker-image://alpine" },
      keep: 1,
      labels: { a: "b" },
      network: "none",
      noCache: true,
      platforms: ["linux/amd64", "linux/arm64"],
      pull: "always",
      secrets: { npm: { file: "~/.npmrc" }, token: { environment: "TOKEN" }, key: { value: "k" } },
      shmSize: "128m",
      ssh: ["default"],
      ulimits: [
        { name: "nofile", soft: 1024, hard: 1024 },
        { name: "nproc", soft: 1, hard: 2 },
      ],
    });
    expect(inputs["registry"]).to.deep.equal({ server: "r.example", username: "u", password: "p" });
    expect(inputs["skipPush"]).to.equal(false);
    expect(secrets).to.deep.equal(["build", "registry"]);
    expect((await inputsOf({ builder: "classic" })).inputs["build"]).to.deep.include({ builderVersion: "BuilderV1" });
  });

  it("E4: refuses a secret as a build argument, in preview and in up, and says how it is done", async () => {
    const args = { args: { TOKEN: pulumi.secret("canary"), OPEN: pulumi.output("open") } };
    for (const preview of [true, false]) {
      const message = await refusal(args, preview);
      expect(message).to.contain('Image "app": args.TOKEN is a secret, and everybody who has the image could read it');
      expect(message).to.contain("secrets: { TOKEN: { value } }").and.not.contain("canary");
    }
    expect((await inputsOf({ args: { OPEN: pulumi.output("open") } })).inputs["build"]).to.deep.include({
      args: { OPEN: "open" },
    });
  });

  it("refuses what can't be: a push to nowhere, several platforms without a registry, sizes that are none", async () => {
    const message = await refusal({ push: true, platforms: ["linux"], shmSize: "1.3k" }, true);
    expect(message).to.contain('platforms[0] "linux" is not a platform');
    expect(message).to.contain('shmSize "1.3k" is not a number of bytes');
    expect(message).to.contain("push has nowhere to go");
    expect(await refusal({ platforms: ["linux/amd64", "linux/arm64"] }, true)).to.contain("needs a registry");
  });
});
