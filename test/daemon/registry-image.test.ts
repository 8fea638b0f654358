import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Registry } from "../../daemon/registry";
import { messageOf } from "../../values/fault";
import type { Lifecycle } from "../support/lifecycle";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";
import { login, RegistryWorld } from "../support/registry-world";

const type = "registryImage:RegistryImage";

describe("docker.RegistryImage", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let life: Lifecycle;
  let count = 0;

  before(async () => {
    world = await RegistryWorld.start();
  });
  after(() => world?.stop());
  beforeEach(async () => {
    life = await world.lifecycle(type);
  });
  afterEach(async () => {
    await world.destroy(life, type);
    life.provider.close();
  });

  /** A name in a registry under which the daemon has an image. */
  function local(registry: PrivateRegistry = world.open, tag = "1", image = "slipway-test/busybox:1"): string {
    const name = `${registry.host}/h/pushed${++count}:${tag}`;
    world.docker("tag", image, name);
    return name;
  }

  /** The digest that a registry has under a name. */
  async function remote(name: string): Promise<string | undefined> {
    const [, host = "", repository = "", tag = ""] = /^([^/]+)\/(.*):([^:]+)$/.exec(name) ?? [];
    const client = new Registry(host, { found: { login, source: "the test" }, insecure: true });
    return (await client.digest(repository, tag))?.digest;
  }

  it("pushes with the provider's login and tells the digest; destroy takes it away again", async () => {
    const name = local(world.closed);
    expect(await life.apply("r", { name })).to.equal("create");
    const { id, state } = life.of("r");
    expect(await remote(name)).to.equal(id);
    expect(state["sha256Digest"]).to.equal(id);
    expect((await life.provider.said()).filter((line) => line.startsWith("info"))).to.have.length(1);
    expect(await life.apply("r", { name })).to.equal("same");
    await world.destroy(life, type);
    expect(await remote(name)).to.equal(undefined);
    expect(await world.imageId(name), "the daemon's own stays").not.to.equal("none");
  });

  it("a login of its own goes first, is secret on the wire and in no message", async () => {
    const name = local(world.closed);
    const wrong = { name, authConfig: { address: world.closed.host, username: "robot", password: "canary-wrong" } };
    const message = await life.apply("r", wrong).catch(messageOf);
    expect(message).to.contain(
      `Image "${name}" is refused by registry ${world.closed.host}, with the login of its authConfig.`,
    );
    expect(message).not.to.contain("canary");
    const right = { name, authConfig: { address: `http://${world.closed.host}`, ...login } };
    expect(await life.apply("r", right)).to.equal("create");
    expect(await life.apply("r", right)).to.equal("same");
    expect((await life.provider.said()).join()).not.to.contain("canary");
  });

  it("keepRemotely leaves it in the registry", async () => {
    const name = local();
    await life.apply("r", { name, keepRemotely: true });
    await world.destroy(life, type);
    expect(await remote(name)).not.to.equal(undefined);
  });

  it("another tag of the same image outlives it", async () => {
    const name = local();
    const repository = name.replace(/:1$/, "").slice(world.open.host.length + 1);
    await life.apply("r", { name });
    await pushTo(world.open, world.daemon, "slipway-test/busybox:1", `${repository}:mine`);
    await world.destroy(life, type);
    expect(await remote(name.replace(/:1$/, ":mine"))).not.to.equal(undefined);
    // This registry deletes by digest only, so its tag can't go alone.
    expect((await life.provider.said()).join()).to.contain(
      `Image "${name}" stays in its registry: it deletes whole images only, and mine stands for the same one.`,
    );
  });

  it("a changed trigger pushes what the name stands for now, and takes the old image away", async () => {
    const name = local();
    await life.apply("r", { name, triggers: { a: "1" } });
    const before = life.of("r").id;
    world.docker("tag", "slipway-test/busybox:2", name);
    expect(await life.apply("r", { name, triggers: { a: "2" } })).to.equal("replace");
    await life.finish("r");
    const after = await remote(name);
    expect(after).to.equal(life.of("r").id).and.not.to.equal(before);
    const client = new Registry(world.open.host, { found: { source: "" }, insecure: true });
    expect(await client.digest(name.replace(/^[^/]+\/(.*):1$/, "$1"), before)).to.equal(undefined);
    expect(await life.apply("r", { name, triggers: { a: "3" } }), "the same image once more").to.equal("replace");
    await life.finish("r");
    expect(await remote(name)).to.equal(after);
  });

  it("a new name in the same repository does not lose the image they share", async () => {
    const name = local();
    const other = name.replace(/:1$/, ":2");
    world.docker("tag", "slipway-test/busybox:1", other);
    await life.apply("r", { name });
    expect(await life.apply("r", { name: other })).to.equal("replace");
    await life.finish("r");
    expect(await remote(other)).to.equal(life.of("r").id);
  });

  it("drift: gone from the registry, or another image pushed over it", async () => {
    const name = local();
    await life.apply("r", { name });
    const repository = name.replace(/:1$/, "").slice(world.open.host.length + 1);
    await new Registry(world.open.host, { found: { source: "" }, insecure: true }).delete(repository, life.of("r").id);
    expect(await life.preview("r", { name })).to.deep.equal(["(new)"]);
    expect(await life.apply("r", { name })).to.equal("create");
    await pushTo(world.open, world.daemon, "slipway-test/busybox:3", `${repository}:1`);
    world.docker("tag", "slipway-test/busybox:1", name);
    expect(await life.preview("r", { name })).to.deep.equal(["name"]);
    expect(await life.apply("r", { name })).to.equal("replace");
    await life.finish("r");
    expect(await remote(name)).to.equal(life.of("r").id);
  });

  it("a registry that is down is a warning on refresh, and nothing is taken for gone", async () => {
    const registry = await startRegistry();
    const name = local(registry);
    await life.apply("r", { name });
    await registry.stop();
    expect(await life.apply("r", { name })).to.equal("same");
    expect((await life.provider.said()).join()).to.match(
      /warning: .*can't be reached .* What was pushed is taken to be there\./,
    );
    await life.apply("r", { name, keepRemotely: true });
  });

  it("TLS: a certificate that nobody trusts is told, and taken with insecureSkipVerify", async () => {
    const tls = await startRegistry({ tls: true });
    const name = local(tls);
    // The daemon takes any certificate on the loopback interface, and so does our client there.
    expect(await life.apply("r", { name })).to.equal("create");
    await world.destroy(life, type);
    const strict = new Registry(tls.host, { found: { source: "" } });
    expect(await strict.digest("h/x", "1").then(() => "", messageOf)).to.match(/self.signed/);
    const lenient = new Registry(tls.host, { found: { source: "" }, skipVerify: true });
    expect(await lenient.digest("h/x", "1")).to.equal(undefined);
    await tls.stop();
  });

  it("C10: what the daemon does not have is refused in preview", async () => {
    const name = `${world.open.host}/h/nothing:1`;
    expect(await life.preview("r", { name }).catch(messageOf)).to.contain(
      `RegistryImage "r": name "${name}" is not on the daemon, so there is nothing to push.`,
    );
  });

  it("refuses what is no name, and two that push one name", async () => {
    const failures = async (inputs: object) => (await life.provider.check("x", { ...inputs })).failures.join("\n");
    expect(await failures({ name: "A B", authConfig: { username: "u" } })).to.equal(
      'name "A B" is not an image reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.\n' +
        "authConfig.address is missing. Name the registry's host.",
    );
    expect(await failures({ name: `x@sha256:${"0".repeat(64)}` })).to.contain("names a digest");
    await life.provider.check("a", { name: "h/one" });
    const twin = await life.provider.check("b", { name: "docker.io/h/one:latest" });
    expect(twin.failures.join()).to.contain('is taken by resource "a" of this program');
  });

  it("is built and pushed in one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-rg-build-"));
    writeFileSync(`${folder}/Dockerfile`, "FROM slipway-test/busybox:1\nENV BUILT=yes\n");
    const name = `${world.open.host}/h/built:1`;
    await life.apply("r", { name, build: { context: folder } });
    expect(await remote(name)).to.equal(life.of("r").id);
    expect(world.docker("image", "inspect", "-f", "{{.Config.Env}}", name)).to.contain("BUILT=yes");
    expect(await life.apply("r", { name, build: { context: `${folder}/`, dockerfile: "Dockerfile" } })).to.equal(
      "same",
    );
    rmSync(folder, { recursive: true });
  });

  it("is imported by name, and by the digest where the daemon knows it", async () => {
    const name = local();
    await life.apply("r", { name });
    const { id } = life.of("r");
    const byName = await life.provider.read("r", name);
    expect(byName).to.deep.include({ id, inputs: { __defaults: [], name } });
    const byDigest = await life.provider.read("r", id);
    expect(byDigest.id).to.equal(id);
    const unknown = await life.provider.read("r", `sha256:${"0".repeat(64)}`).catch(messageOf);
    expect(unknown).to.contain("Import it by its name.");
    expect((await life.provider.read("r", `${world.open.host}/h/nothing:1`)).id).to.equal("");
  });
});
