import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Container, type ContainerArgs, Image, Network, Volume } from "slipway";
import { runStack } from "slipway/testing";

const type = "docker:index/container:Container";

describe("Container", () => {
  async function inputsOf(args: ContainerArgs): Promise<Readonly<Record<string, unknown>>> {
    const run = await runStack(() => void new Container("web", args), { project: "shop", stack: "dev" });
    return run.resource(type, "web").inputs;
  }

  it("asks for little where little is said, with a stable name and a restart policy", async () => {
    expect(await inputsOf({ image: "nginx:1.29" })).to.deep.equal({
      name: "shop-dev-web",
      image: "nginx:1.29",
      restart: "unless-stopped",
    });
  });

  it("hands on every argument in the form of the resource", async () => {
    const inputs = await inputsOf({
      image: "nginx",
      name: "front",
      ports: ["8080:80", "127.0.0.1:5353:53/udp", { container: 9000 }],
      env: { COLOUR: "red", SIZE: pulumi.output("7") },
      command: ["nginx", "-g", "daemon off;"],
      entrypoint: ["/entry"],
      workingDirectory: "/srv",
      user: "1000:1000",
      mounts: [
        { volume: "data", target: "/data" },
        { bind: "/etc/hosts", target: "/hosts", readOnly: true },
        { tmpfs: true, target: "/tmp" },
      ],
      networks: [{ network: "back", aliases: ["web"] }],
      memory: "1g",
      cpus: 0.5,
      restart: "no",
      stopTimeout: "1m30s",
      healthcheck: { test: ["true"], interval: "2s", timeout: "500ms", startPeriod: "3s", retries: 2 },
      healthTimeout: "90s",
      labels: { team: "shop" },
      init: true,
      readOnly: true,
    });
    expect(inputs).to.deep.equal({
      name: "front",
      image: "nginx",
      ports: [
        { internal: 80, external: 8080 },
        { internal: 53, external: 5353, ip: "127.0.0.1", protocol: "udp" },
        { internal: 9000 },
      ],
      envs: ["COLOUR=red", "SIZE=7"],
      command: ["nginx", "-g", "daemon off;"],
      entrypoints: ["/entry"],
      workingDir: "/srv",
      user: "1000:1000",
      volumes: [
        { volumeName: "data", containerPath: "/data" },
        { hostPath: "/etc/hosts", containerPath: "/hosts", readOnly: true },
      ],
      tmpfs: { "/tmp": "" },
      networksAdvanced: [{ name: "back", aliases: ["web"] }],
      memory: 1024,
      cpus: "0.5",
      restart: "no",
      stopTimeout: 90,
      wait: true,
      waitTimeout: 90,
      reportHealth: true,
      healthcheck: { tests: ["CMD", "true"], interval: "2s", timeout: "500ms", startPeriod: "3s", retries: 2 },
      labels: [{ label: "team", value: "shop" }],
      init: true,
      readOnly: true,
    });
  });

  it("takes what other components hand out, and one image serves several containers", async () => {
    const run = await runStack(
      () => {
        const image = new Image("app", { context: "." });
        const network = new Network("net");
        const data = new Volume("data");
        for (const name of ["one", "two"]) {
          new Container(name, { image, networks: [network], mounts: [{ volume: data, target: "/data" }] });
        }
        return { id: image.id };
      },
      { project: "shop", stack: "dev" },
    );
    expect(run.outputs["id"]).to.match(/^sha256:[0-9a-f]{64}$/);
    for (const name of ["one", "two"]) {
      const { inputs } = run.resource(type, name);
      expect(inputs["image"]).to.equal(run.outputs["id"]);
      expect(inputs["networksAdvanced"]).to.deep.equal([{ name: "shop-dev-net" }]);
      expect(inputs["volumes"]).to.deep.equal([{ volumeName: "shop-dev-data", containerPath: "/data" }]);
    }
  });

  it("keeps a secret variable secret", async () => {
    const run = await runStack(async () => {
      const web = new Container("web", { image: "nginx", env: { KEY: pulumi.secret("k") } });
      return { name: web.name };
    });
    expect(run.resource(type, "web").inputs["envs"]).to.deep.equal(["KEY=k"]);
    expect(run.resource(type, "web").secrets).to.deep.equal(["envs"]);
  });

  it("says where it is reached", async () => {
    const run = await runStack(() => ({
      any: new Container("any", { image: "nginx", ports: ["8080:80"] }).url,
      one: new Container("one", { image: "nginx", ports: ["127.0.0.1:8081:80"] }).url,
      six: new Container("six", { image: "nginx", ports: ["[::1]:8082:80"] }).url,
      none: new Container("none", { image: "nginx" }).url.apply((url) => url ?? "nowhere"),
    }));
    expect(run.outputs).to.deep.equal({
      any: "http://localhost:8080",
      one: "http://127.0.0.1:8081",
      six: "http://[::1]:8082",
      none: "nowhere",
    });
  });
});
