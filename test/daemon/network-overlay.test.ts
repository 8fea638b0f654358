import { expect } from "chai";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe("overlay networks of a swarm", function () {
  this.timeout(60_000);
  let world: World;

  before(async () => {
    world = await World.start("docker:index/network:Network", { isSwarmManager: true });
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  const overlay = (value: string) => ({
    name: "ov",
    driver: "overlay",
    attachable: true,
    labels: [{ label: "a", value }],
  });

  it("settles, though the swarm adds options of its own", async () => {
    const stack = await world.stack();
    expect(await stack.apply("n", overlay("1"))).to.equal("create");
    expect((await world.network("ov")).Scope).to.equal("swarm");
    await world.nextRun(stack);
    expect(await stack.apply("n", overlay("1"))).to.equal("same");
  });

  it("A7: containers on an attachable one live through a replacement", async () => {
    const stack = await world.stack();
    await stack.apply("n", overlay("1"));
    world.run("ov-a", "--network", "ov", "--network-alias", "first");
    const before = await world.container("ov-a");
    await world.nextRun(stack);
    expect(await stack.apply("n", overlay("2"))).to.equal("replace");
    await stack.finish("n");
    const after = await world.container("ov-a");
    expect([after.Id, after.State?.StartedAt]).to.deep.equal([before.Id, before.State?.StartedAt]);
    expect(after.NetworkSettings?.Networks?.["ov"]?.Aliases).to.include("first");
    expect((await world.network("ov")).Labels).to.include({ a: "2" });
  });

  it("one that services are on can't be replaced under its name: refused in preview, the services named", async () => {
    const stack = await world.stack();
    await stack.apply("n", overlay("1"));
    const words = ["service", "create", "-q", "-d", "--name", "user", "--network", "ov"];
    world.docker(...words, "slipway-test/busybox:1", "sleep", "1000");
    await world.nextRun(stack);
    const text = await stack.preview("n", overlay("2")).catch(message);
    expect(text).to.contain('Network "ov" can\'t be replaced in place while services are on it: user.');
    expect(text).to.contain("Give the changed network another name, so that the services move to it.");
    await world.nextRun(stack);
    expect(await stack.apply("n", { ...overlay("2"), name: "ov2" }), "beside it, under another name").to.equal(
      "replace",
    );
    expect(await stack.finish("n").catch(message)).to.match(/Network "ov" is still in use by (user\.1|service)/);
  });

  it("a second ingress network: the swarm's reason is told", async () => {
    const stack = await world.stack();
    const news = { name: "ov-ingress", driver: "overlay", ingress: true };
    expect(await stack.apply("n", news).catch(message))
      .to.contain('Network "ov-ingress" can\'t be made: ')
      .and.to.contain("ingress");
  });
});
