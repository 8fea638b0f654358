import { expect } from "chai";
import { inspectPlugin } from "../../daemon/plugin";
import { messageOf } from "../../values/fault";
import type { Lifecycle } from "../support/lifecycle";
import { pushPlugin } from "../support/plugin";
import { RegistryWorld } from "../support/registry-world";

const type = "plugin:Plugin";

// The plugin is one that really runs: what it wants (host network, CAP_SYS_ADMIN) this daemon can give.
describe("docker.Plugin", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let life: Lifecycle;
  let name: string;

  before(async () => {
    world = await RegistryWorld.start();
    name = `${world.open.host}/h/plug:1`;
    await pushPlugin(world.daemon, name);
    await pushPlugin(world.daemon, `${world.open.host}/h/plug:2`);
    await pushPlugin(world.daemon, `${world.open.host}/h/broken:1`, false);
  });
  after(() => world?.stop());
  beforeEach(async () => {
    life = await world.lifecycle(type);
  });
  afterEach(async () => {
    await world.destroy(life, type);
    life.provider.close();
  });

  const seen = async (plugin = "p") => inspectPlugin(world.daemon.engine, plugin);
  const all = { alias: "p", grantAllPermissions: true };

  it("is installed, set, switched on and off, and goes", async () => {
    const inputs = { ...all, name, envs: ["DEBUG=1"] };
    expect(await life.apply("p", inputs)).to.equal("create");
    const { id } = life.of("p");
    expect(await seen()).to.deep.include({ Id: id, Enabled: true });
    expect((await seen())?.Settings?.Env).to.deep.equal(["DEBUG=1"]);
    expect(await life.apply("p", inputs)).to.equal("same");
    expect(await life.apply("p", { ...inputs, envs: ["DEBUG=2"] })).to.equal("update");
    expect((await seen())?.Settings?.Env).to.deep.equal(["DEBUG=2"]);
    expect((await seen())?.Enabled, "it runs again").to.equal(true);
    expect(await life.apply("p", { ...all, name })).to.equal("update");
    expect((await seen())?.Settings?.Env, "C2: its own value comes back").to.deep.equal(["DEBUG=0"]);
    expect(await life.apply("p", { ...all, name, enabled: false })).to.equal("update");
    expect((await seen())?.Enabled).to.equal(false);
    expect(await life.apply("p", { ...all, name, enabled: true })).to.equal("update");
    expect(life.of("p").id).to.equal(id);
    await world.destroy(life, type);
    expect(await seen()).to.equal(undefined);
  });

  it("drift: switched off, set otherwise, removed", async () => {
    const inputs = { ...all, name, envs: ["DEBUG=1"] };
    await life.apply("p", inputs);
    world.docker("plugin", "disable", "p");
    world.docker("plugin", "set", "p", "DEBUG=9");
    expect(await life.preview("p", inputs)).to.have.members(["enabled", "envs[0]"]);
    expect(await life.apply("p", inputs)).to.equal("update");
    expect(await seen()).to.deep.include({ Enabled: true });
    expect((await seen())?.Settings?.Env).to.deep.equal(["DEBUG=1"]);
    world.docker("plugin", "rm", "-f", "p");
    expect(await life.preview("p", inputs)).to.deep.equal(["(new)"]);
    expect(await life.apply("p", inputs)).to.equal("create");
  });

  it("another version of the same alias is an upgrade in its place", async () => {
    await life.apply("p", { ...all, name });
    const { id } = life.of("p");
    const second = `${world.open.host}/h/plug:2`;
    expect(await life.apply("p", { ...all, name: second })).to.equal("replace");
    await life.finish("p");
    expect(await seen()).to.deep.include({ Id: id, PluginReference: second, Enabled: true });
    const missing = await life.preview("p", { ...all, name: `${world.open.host}/h/plug:9` }).catch(messageOf);
    expect(missing).to.contain(`is not there: registry ${world.open.host} has no tag "9" of it`);
    expect((await seen())?.Enabled).to.equal(true);
  });

  it("C10: permissions that were not granted are named in preview, and those that were suffice", async () => {
    const grants = [{ name: "network", values: ["host"] }];
    const message = await life.preview("p", { name, alias: "p", grantPermissions: grants }).catch(messageOf);
    expect(message).to.contain(
      'Plugin "p": grantPermissions does not grant what the plugin needs (capabilities: CAP_SYS_ADMIN). Add it, or set grantAllPermissions.',
    );
    const enough = [...grants, { name: "capabilities", values: ["CAP_SYS_ADMIN"] }];
    expect(await life.apply("p", { name, alias: "p", grantPermissions: enough, enabled: false })).to.equal("create");
  });

  it("one that does not start leaves nothing behind", async () => {
    const message = await life.apply("p", { ...all, name: `${world.open.host}/h/broken:1` }).catch(messageOf);
    expect(message).to.contain('Plugin "p" can\'t be started: ');
    expect(await seen()).to.equal(undefined);
  });

  it("one that is somebody else's is refused in preview", async () => {
    world.docker("plugin", "install", "--disable", "--grant-all-permissions", "--alias", "p", name);
    const message = await life.preview("p", { ...all, name }).catch(messageOf);
    expect(message).to.contain('alias "p" is the name of plugin ').and.to.contain("pulumi import");
    world.docker("plugin", "rm", "-f", "p");
  });

  it("refuses what is no reference, permissions given twice, and what is no variable", async () => {
    const grantPermissions = [{ name: "network", values: ["host"] }];
    const { failures } = await life.provider.check("p", { name: "A B", ...all, grantPermissions, envs: ["X"] });
    expect(failures).to.deep.equal([
      'name "A B" is not a reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.',
      "grantPermissions is given beside `grantAllPermissions`. Keep one of the two.",
      "envs[0] is no variable. Write `NAME=value`.",
    ]);
  });

  it("is imported by its id and by its alias", async () => {
    world.docker("plugin", "install", "--disable", "--grant-all-permissions", "--alias", "p", name);
    const id = (await seen())?.Id ?? "";
    for (const one of [id, "p:latest", "p"]) {
      const found = await life.provider.read("p", one);
      const inputs = { __defaults: [], alias: "p:latest", enabled: false, envs: ["DEBUG=0"], name };
      expect(found).to.deep.include({ id, inputs });
    }
    world.docker("plugin", "rm", "-f", "p");
  });
});
