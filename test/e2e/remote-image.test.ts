import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { inspectImage, removeImage, tagImage } from "../../daemon/image";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const login = { username: "robot", password: "canary-password" };
const type = "docker:index/remoteImage:RemoteImage";

// Two images: one of the default registry, which a mirror stands for, and one of a registry behind a login.
const program = `import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { EngineRemoteImage } from "${join(__dirname, "../../resources/remote-image")}";
const closed = process.env["CLOSED"] ?? "";
const password = pulumi.secret(process.env["PASSWORD"] ?? "${login.password}");
const registryAuth = [{ address: closed, username: "${login.username}", password }];
const provider = new docker.Provider("registries", { registryAuth });
const base = new EngineRemoteImage("base", {
  name: process.env["BASE"] ?? "test/base",
  pullTriggers: (process.env["TRIGGERS"] ?? "one").split(","),
  pull: process.env["PULL"] as "always" | undefined,
}, { provider });
new docker.Container("web", { name: "ri-web", image: base.imageId, stopTimeout: 1, command: ["sleep", "1000"] }, { provider });
new docker.RemoteImage("own", { name: \`\${closed}/own/app:1\`, keepLocally: process.env["KEEP"] === "yes" }, { provider });
`;

describe("RemoteImage through the Pulumi CLI", function () {
  this.timeout(300_000);
  let open: PrivateRegistry;
  let closed: PrivateRegistry;
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    [open, closed] = await Promise.all([startRegistry(), startRegistry({ login })]);
    daemon = await startDockerd({ words: [`--registry-mirror=${open.url}`] });
    makeBaseImage(daemon, "2", "3");
    await pushTo(open, daemon, "slipway-test/busybox:1", "test/base:latest");
    await pushTo(closed, daemon, "slipway-test/busybox:2", "own/app:1", login);
    project = PulumiProject.make({ name: "remote-image", daemon, program, env: { CLOSED: closed.host } });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
    await Promise.all([open, closed].map((registry) => registry?.stop()));
  });

  const idOf = async (reference: string): Promise<string> =>
    (await inspectImage(daemon.engine, reference))?.Id ?? "none";
  const container = async (): Promise<string> => (await inspectContainer(daemon.engine, "ri-web"))?.Id ?? "none";

  it("a preview pulls nothing", async () => {
    const plan = await project.preview();
    expect(plan.status, plan.text).to.equal(0);
    expect(await idOf("test/base")).to.equal("none");
  });

  it("up pulls from the mirror and from behind the login, and says so once", async () => {
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(await idOf("test/base")).to.equal(await idOf("slipway-test/busybox:1"));
    expect(await idOf(`${closed.host}/own/app:1`)).to.equal(await idOf("slipway-test/busybox:2"));
    // The daemon has the layer by another name. The CLI shows a line with the resource, and once more at the end.
    const told =
      /Diagnostics:\s+docker:index:RemoteImage \(base\):\s+Pulled test\/base: (?:every layer was there already|1 layer, [\d.]+ \wB) in [\d.]+ s, sha256:[0-9a-f]{64}\n\n/;
    expect(text).to.match(told);
    const { outputs } = await project.resource(type, "base");
    expect(outputs?.["repoDigest"]).to.match(/^test\/base@sha256:[0-9a-f]{64}$/);
    expect(outputs).not.to.have.property("pull");
  });

  it("the password is nowhere in the state in clear", async () => {
    const { text } = await project.pulumi(["stack", "export"]);
    expect(text).to.contain(closed.host).and.not.to.contain(login.password);
  });

  it("changes nothing the second time, however the reference is spelt", async () => {
    const before = await container();
    for (const BASE of ["test/base", "test/base:latest", "docker.io/test/base"]) {
      const { status, text } = await project.up({ BASE }, "--expect-no-changes");
      expect(status, text).to.equal(0);
    }
    expect(await container()).to.equal(before);
  });

  it("D1: an image that was deleted shows in preview and is pulled again", async () => {
    const reference = `${closed.host}/own/app:1`;
    await removeImage(daemon.engine, reference, { force: false });
    const plan = await project.preview();
    expect(plan.text).to.match(/\+ docker:index\/remoteImage:RemoteImage: \(create\)/);
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(await idOf(reference)).not.to.equal("none");
    expect((await project.up({}, "--expect-no-changes")).status).to.equal(0);
  });

  it("D1: a name that was given to another image shows in preview and is pulled again", async () => {
    const before = await container();
    await tagImage(daemon.engine, "slipway-test/busybox:3", "test/base", "latest");
    const foreign = await idOf("slipway-test/busybox:3");
    const plan = await project.preview();
    expect(plan.text).to.contain(`~ name: "test/base (now another image, ${foreign.slice(0, 19)})" => "test/base"`);
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(await idOf("test/base")).to.equal(await idOf("slipway-test/busybox:1"));
    expect(await idOf("slipway-test/busybox:3"), "a stranger's image stays").to.equal(foreign);
    expect((await project.up({}, "--expect-no-changes")).status).to.equal(0);
    expect(await container(), "the image is the one it was").to.equal(before);
  });

  it("C8: a tag that has moved in its registry is noticed with pull: always, and not without", async () => {
    await pushTo(open, daemon, "slipway-test/busybox:2", "test/base:latest");
    expect((await project.up({}, "--expect-no-changes")).status).to.equal(0);
    const before = await container();
    const on = await project.up({ PULL: "always" });
    expect(on.status, on.text).to.equal(0);
    const plan = await project.preview({ PULL: "always" });
    expect(plan.text).to.match(
      /~ name: +"test\/base \(moved in its registry to sha256:[0-9a-f]{12}\)" => "test\/base"/,
    );
    const { status, text } = await project.up({ PULL: "always" });
    expect(status, text).to.equal(0);
    expect(await idOf("test/base")).to.equal(await idOf("slipway-test/busybox:2"));
    expect(await container()).not.to.equal(before);
    expect((await project.up({ PULL: "always" }, "--expect-no-changes")).status).to.equal(0);
  });

  it("a changed pull trigger pulls what the tag stands for now", async () => {
    await pushTo(open, daemon, "slipway-test/busybox:3", "test/base:latest");
    const plan = await project.preview({ TRIGGERS: "two,one" });
    expect(plan.text).to.match(/pullTriggers/);
    const { status, text } = await project.up({ TRIGGERS: "two,one" });
    expect(status, text).to.equal(0);
    expect(await idOf("test/base")).to.equal(await idOf("slipway-test/busybox:3"));
    expect((await project.up({ TRIGGERS: "one,two,one" }, "--expect-no-changes")).status).to.equal(0);
  });

  it("C10: preview refuses a tag that the registry lacks, once and in the user's terms", async () => {
    const env = { TRIGGERS: "one,two", BASE: "test/base:nine" };
    const { status, text } = await project.preview(env);
    expect(status).not.to.equal(0);
    const message =
      'RemoteImage "base": name "test/base:nine" is not there: registry docker.io has no tag "nine" of it. Check registry, repository and tag.';
    expect(text).to.contain(message);
    expect(text.split(message).length - 1, text).to.be.at.most(2);
    expect(text).not.to.match(/rpc error|manifest unknown/);
  });

  it("a registry that is down is a warning in preview and an error in up, which changes nothing", async () => {
    const env = { TRIGGERS: "one,two", BASE: "127.0.0.1:1/base" };
    const plan = await project.preview(env);
    expect(plan.status, plan.text).to.equal(0);
    expect(plan.text).to.match(/warning: RemoteImage "base": name "127\.0\.0\.1:1\/base" is not on the daemon, and/);
    const before = await container();
    const { status, text } = await project.up(env);
    expect(status).not.to.equal(0);
    expect(text).to.contain("registry 127.0.0.1:1 can't be reached from the daemon's machine");
    expect(await container()).to.equal(before);
  });

  it("a wrong password is told without the password", async () => {
    await removeImage(daemon.engine, `${closed.host}/own/app:1`, { force: false });
    const { status, text } = await project.preview({ TRIGGERS: "one,two", PASSWORD: "canary-wrong" });
    expect(status).not.to.equal(0);
    expect(text).to.contain(`is refused by registry ${closed.host}, with the login of the provider's registryAuth`);
    expect(text).not.to.contain("canary");
    const again = await project.up({ TRIGGERS: "one,two" });
    expect(again.status, again.text).to.equal(0);
  });

  it("destroy removes what nobody else uses, and names the container that holds the rest", async () => {
    const image = await idOf("test/base");
    const words = ["-H", daemon.host, "run", "-d", "--name", "stranger", "test/base", "sleep", "1000"];
    execFileSync("docker", words, { stdio: "ignore" });
    const { status, text } = await project.destroy({ TRIGGERS: "one,two" });
    expect(status, text).to.equal(0);
    expect(text).to.contain('Image "test/base" stays on the daemon: container stranger uses it.');
    expect(await idOf("test/base")).to.equal(image);
    expect(await idOf(`${closed.host}/own/app:1`)).to.equal("none");
    execFileSync("docker", ["-H", daemon.host, "rm", "-f", "stranger"], { stdio: "ignore" });
  });
});
