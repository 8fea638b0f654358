import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { Registry } from "../../daemon/registry";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const login = { username: "robot", password: "canary-password" };

// An image that is built here and pushed behind a login, and a container of one that only the registry has, by literal.
// The passwords are plain texts of the program: they are secret by themselves.
const program = `import * as docker from "@pulumi/docker";
const host = process.env["REGISTRY"] ?? "";
const password = process.env["PASSWORD"] ?? "";
const provider = new docker.Provider("mine", { registryAuth: [{ address: host, username: "${login.username}", password }] });
const app = new docker.Image("app", { imageName: "registry-app", build: { context: "./app" }, skipPush: true }, { provider });
const tag = new docker.Tag("tag", { sourceImage: app.repoDigest, targetImage: \`\${host}/team/app:1\` }, { provider });
export const digest = new docker.RegistryImage("pushed", {
  name: tag.targetImage,
  authConfig: { address: host, username: "${login.username}", password },
  triggers: { image: app.repoDigest },
}, { provider }).sha256Digest;
new docker.Container("web", { name: "registry-web", image: \`\${host}/team/other:1\`, command: ["sleep", "1000"], stopTimeout: 1 }, { provider });
export const found = docker.getRegistryImageOutput({ name: \`\${host}/team/other:1\` }, { provider }).sha256Digest;
export const local = docker.getRemoteImageOutput({ name: "slipway-test/busybox:1" }, { provider }).id;
`;
const dockerfile = (text: string): string => `FROM slipway-test/busybox:1\nENV TEXT=${text}\n`;

describe("images pushed and pulled behind a login, through the Pulumi CLI", function () {
  this.timeout(240_000);
  let registry: PrivateRegistry;
  let daemon: PrivateDaemon;
  let project: PulumiProject;
  let other: string;

  before(async () => {
    registry = await startRegistry({ login });
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
    other = await pushTo(registry, daemon, "slipway-test/busybox:2", "team/other:1", login);
    const env = { REGISTRY: registry.host, PASSWORD: login.password };
    project = PulumiProject.make({
      name: "registry",
      daemon,
      program,
      env,
      files: { "app/Dockerfile": dockerfile("one") },
    });
  });
  after(async () => {
    project?.remove();
    await daemon?.stop();
    await registry?.stop();
  });

  const pushed = async (): Promise<string | undefined> => {
    const client = new Registry(registry.host, { found: { login, source: "the test" }, insecure: true });
    return (await client.digest("team/app", "1"))?.digest;
  };

  it("up builds, tags, pushes, and pulls what a container names by literal", async () => {
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(await pushed()).to.match(/^sha256:/);
    expect((await inspectContainer(daemon.engine, "registry-web"))?.State?.Running).to.equal(true);
    const outputs = await project.pulumi(["stack", "output", "--json"]);
    const answered: Record<string, string> = JSON.parse(outputs.text);
    expect(answered["digest"]).to.equal(await pushed());
    expect(answered["found"]).to.equal(other);
    expect(answered["local"]).to.equal((await inspectImage(daemon.engine, "slipway-test/busybox:1"))?.Id);
    const again = await project.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  it("E4: no password in state, preview or diff", async () => {
    const state = await project.pulumi(["stack", "export"]);
    expect(state.text).to.contain("team/app").and.not.to.contain("canary");
    const change = { PASSWORD: "canary-other" };
    const plan = await project.preview(change);
    expect(plan.text).to.contain("authConfig").and.not.to.contain("canary");
  });

  it("a changed build is pushed in the same up", async () => {
    const before = await pushed();
    project.write("app/Dockerfile", dockerfile("two"));
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(await pushed()).not.to.equal(before);
    expect((await project.up({}, "--expect-no-changes")).status).to.equal(0);
  });

  it("a wrong password is one message, without the password, and what was pushed stays", async () => {
    const before = await pushed();
    project.write("app/Dockerfile", dockerfile("three"));
    const { status, text } = await project.up({ PASSWORD: "canary-wrong" });
    expect(status).not.to.equal(0);
    expect(text).to.contain(`is refused by registry ${registry.host}, with the login of its authConfig.`);
    expect(text)
      .not.to.contain("canary")
      .and.not.to.match(/rpc error/);
    expect(await pushed()).to.equal(before);
    const good = await project.up();
    expect(good.status, good.text).to.equal(0);
    expect(await pushed()).not.to.equal(before);
  });

  it("destroy takes away what was pushed, tagged and built", async () => {
    const { status, text } = await project.destroy();
    expect(status, text).to.equal(0);
    expect(await pushed()).to.equal(undefined);
    expect(await inspectImage(daemon.engine, `${registry.host}/team/app:1`)).to.equal(undefined);
    expect(await inspectImage(daemon.engine, "registry-app")).to.equal(undefined);
    const client = new Registry(registry.host, { found: { login, source: "the test" }, insecure: true });
    expect((await client.digest("team/other", "1"))?.digest, "a stranger's image stays").to.equal(other);
  });
});
