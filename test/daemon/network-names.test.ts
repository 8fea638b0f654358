import { expect } from "chai";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe("networks and whose they are", function () {
  this.timeout(60_000);
  let world: World;
  let net: string;

  before(async () => {
    world = await World.start("docker:index/network:Network");
    net = world.net;
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  const on = (subnet: string, name: string) => ({ name, ipamConfigs: [{ subnet: `${net}.${subnet}.0/24` }] });

  it("B5: one name for two resources is refused in preview", async () => {
    const stack = await world.stack();
    await stack.preview("one", { name: "nn" });
    expect(await stack.preview("two", { name: "nn" }).catch(message)).to.contain(
      'name "nn" is taken by resource "one" of this program. Choose another name.',
    );
  });

  it("B5: a stranger's network of that name is named in preview and in up, and stays", async () => {
    const id = world.docker("network", "create", "nn", "--label", "com.docker.compose.project=shop");
    const stack = await world.stack();
    for (const answer of [stack.preview("n", { name: "nn" }), stack.apply("n", { name: "nn" })]) {
      const text = await answer.catch(message);
      expect(text).to.contain(
        `Network "nn": name "nn" is the name of a network that is there already (id ${id.slice(0, 12)}`,
      );
      expect(text).to.contain("of compose project shop").and.to.contain("pulumi import docker:index/network:Network");
    }
    expect(world.docker("network", "ls", "-q", "--no-trunc", "--filter", "name=nn")).to.equal(id);
  });

  it("A8: two clones of one project, equal URNs: the second is refused, and its destroy touches nothing", async () => {
    const first = await world.stack("clone-1");
    await first.apply("n", { name: "nn" });
    const second = await world.stack("clone-2");
    expect(await second.apply("n", { name: "nn" }).catch(message)).to.contain("another stack or clone");
    second.held.set("n", { ...first.of("n"), id: "0".repeat(64) });
    await second.refresh("n");
    expect(second.held.has("n"), "nor does a refresh of the clone find it").to.equal(false);
    await second.finish();
    await world.nextRun(first, "clone-1");
    expect(await first.apply("n", { name: "nn" })).to.equal("same");
  });

  it("A3: what a killed create made is taken up", async () => {
    const killed = await world.stack();
    await killed.apply("n", on("1", "nn"));
    const next = await world.stack();
    expect(await next.apply("n", on("1", "nn"))).to.equal("create");
    expect(next.of("n").id).to.equal(killed.of("n").id);
    const changed = await world.stack();
    await changed.apply("n", { ...on("1", "nn"), internal: true });
    expect((await world.network("nn")).Internal).to.equal(true);
    expect(world.networks()).to.deep.equal(["nn"]);
  });

  it("A4: a resource that is renamed in the program: the network moves along, untouched", async () => {
    const stack = await world.stack();
    await stack.apply("old", on("1", "nn"));
    world.run("nn-a", "--network", "nn");
    const before = await world.network("nn");
    await world.nextRun(stack);
    await stack.preview("new", on("1", "nn"));
    expect(await stack.apply("new", on("1", "nn"))).to.equal("create");
    await stack.finish("new");
    expect(await world.network("nn")).to.deep.equal(before);
    await world.nextRun(stack);
    expect(await stack.apply("new", on("1", "nn"))).to.equal("same");
  });

  it("A6: two networks that swap names", async () => {
    const stack = await world.stack();
    await stack.apply("a", on("1", "n-one"));
    await stack.apply("b", on("2", "n-two"));
    const ids = [stack.of("a").id, stack.of("b").id];
    await world.nextRun(stack);
    await stack.apply("a", on("2", "n-two"));
    await stack.apply("b", on("1", "n-one"));
    await stack.finish("a", "b");
    expect([stack.of("b").id, stack.of("a").id]).to.deep.equal(ids);
    expect(world.networks()).to.deep.equal(["n-one", "n-two"]);
  });

  it("A5: a subnet that one network leaves and another takes in the same up", async () => {
    const stack = await world.stack();
    await stack.apply("a", on("1", "n-one"));
    world.run("n-a", "--network", "n-one");
    await world.nextRun(stack);
    const previews = [stack.preview("b", on("1", "n-two")), stack.preview("a", on("2", "n-one"))];
    await Promise.all(previews);
    await world.nextRun(stack);
    const steps = await Promise.all([stack.apply("b", on("1", "n-two")), stack.apply("a", on("2", "n-one"))]);
    expect(steps).to.deep.equal(["create", "replace"]);
    await stack.finish("a", "b");
    expect((await world.network("n-two")).IPAM?.Config?.[0]?.Subnet).to.equal(`${net}.1.0/24`);
    expect((await world.container("n-a")).NetworkSettings?.Networks?.["n-one"]?.IPAddress).to.match(/\.2\.2$/);
  });

  it("A5: a subnet of a network that only the end of the run removes: refused in preview, named, nothing left", async () => {
    const stack = await world.stack();
    await stack.apply("a", on("1", "n-one"));
    await world.nextRun(stack);
    const text = await stack.preview("b", { name: "n-two", ipamConfigs: [{ subnet: `${net}.0.0/16` }] }).catch(message);
    expect(text).to.contain(`ipamConfigs[0].subnet "${net}.0.0/16" overlaps with network "n-one"`);
    await world.nextRun(stack);
    await stack.apply("b", on("1", "n-two")).catch(message);
    expect(world.networks()).to.deep.equal(["n-one"]);
  });

  it("C10: a subnet that a foreign network has is refused in preview; so are two of one program", async () => {
    world.docker("network", "create", "taken", "--subnet", `${net}.1.0/24`);
    const stack = await world.stack();
    expect(await stack.preview("n", on("1", "nn")).catch(message)).to.contain('overlaps with network "taken"');
    await stack.preview("a", on("2", "n-one"));
    const wide = { name: "n-two", ipamConfigs: [{ subnet: `${net}.2.128/25` }] };
    expect(await stack.preview("b", wide).catch(message)).to.contain(
      `"${net}.2.128/25" overlaps with ${net}.2.0/24 of resource "a" of this program`,
    );
    expect(await stack.preview("c", on("2", "n-three")).catch(message)).to.contain(
      `ipamConfigs "${net}.2.0/24" is taken by resource "a" of this program. Choose another subnet.`,
    );
  });

  it("E2: a removal that containers stop names them; what is gone is removed already", async () => {
    const stack = await world.stack();
    await stack.apply("n", { name: "nn" });
    world.run("nn-a", "--network", "nn");
    world.run("nn-b", "--network", "nn");
    await world.nextRun(stack);
    expect(await stack.finish().catch(message)).to.match(
      /Network "nn" is still in use by nn-[ab], nn-[ab]\. Remove or disconnect them/,
    );
    world.docker("rm", "-f", "nn-a", "nn-b");
    world.docker("network", "rm", "nn");
    await stack.finish();
  });

  it("D2: a network that was removed is made again", async () => {
    const stack = await world.stack();
    await stack.apply("n", on("1", "nn"));
    world.docker("network", "rm", "nn");
    await world.nextRun(stack);
    expect(await stack.apply("n", on("1", "nn"))).to.equal("create");
    await world.nextRun(stack);
    expect(await stack.apply("n", on("1", "nn"))).to.equal("same");
  });
});
