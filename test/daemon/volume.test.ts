import type { Volume } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectVolume } from "../../daemon/volume";
import type { Properties } from "../../provider/value";
import type { Lifecycle } from "../support/lifecycle";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const label = (value: string): Properties => ({ labels: [{ label: "a", value }] });

describe("volumes and their data", function () {
  this.timeout(60_000);
  let world: World;
  let stack: Lifecycle;

  before(async () => {
    world = await World.start("docker:index/volume:Volume");
  });
  beforeEach(async () => {
    stack = await world.stack();
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  async function volume(name: string): Promise<Volume> {
    const seen = await inspectVolume(world.daemon.engine, name);
    if (seen === undefined) throw new Error(`There is no volume ${name}.`);
    return seen;
  }

  function shell(volumeName: string, script: string): string {
    return world.docker("run", "--rm", "-v", `${volumeName}:/data`, "slipway-test/busybox:1", "sh", "-c", script);
  }

  const write = (name: string): string => shell(name, "echo precious > /data/file");
  const read = (name: string): string => shell(name, "cat /data/file");

  // B1: each of these replaced the volume under the official plugin, and its data was gone.
  const changes: readonly (readonly [string, Properties, Properties, string])[] = [
    ["labels", label("1"), label("2"), 'labels is [{"label":"a","value":"1"}] on the daemon'],
    ["labels", label("1"), {}, 'labels is [{"label":"a","value":"1"}] on the daemon and not set in the program'],
    [
      "driverOpts",
      {},
      { driverOpts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
      "driverOpts is not set on the daemon and {",
    ],
    ["driver", {}, { driver: "other" }, 'driver is "local" on the daemon and "other" in the program'],
    ["name", {}, { name: "vv2" }, 'name "vv2" is another volume than "vv", which would be deleted with its data'],
  ];
  for (const [path, before, after, text] of changes) {
    it(`B1: another ${path} is refused in preview and in up, and the data stays`, async () => {
      await stack.apply("v", { name: "vv", ...before });
      write("vv");
      const seen = await volume("vv");
      for (const step of [
        (news: Properties) => stack.preview("v", news),
        (news: Properties) => stack.apply("v", news),
      ]) {
        await world.nextRun(stack);
        const failure = await step({ name: "vv", ...after }).catch(message);
        expect(failure).to.contain(text).and.to.contain("replaceDeletesData: true");
      }
      expect(await volume("vv")).to.deep.equal(seen);
      expect(read("vv")).to.equal("precious");
      expect(world.volumes()).to.deep.equal(["vv"]);
      await world.nextRun(stack);
      expect(await stack.apply("v", { name: "vv", ...before }), "the old program still fits").to.equal("same");
    });
  }

  it("B1: a volume with a generated name: the input that asks for a new one is named", async () => {
    await stack.apply("v", label("1"));
    const name = String(stack.of("v").state["name"]);
    write(name);
    await world.nextRun(stack);
    const failure = await stack.apply("v", label("2")).catch(message);
    expect(failure)
      .to.contain('labels is [{"label":"a","value":"1"}] on the daemon')
      .and.not.to.contain("another volume");
    expect(read(name)).to.equal("precious");
  });

  it("B1: with replaceDeletesData the old one goes first, and the new one is what the program says", async () => {
    await stack.apply("v", { name: "vv", ...label("1") });
    write("vv");
    await world.nextRun(stack);
    const news = { name: "vv", ...label("2"), replaceDeletesData: true };
    const { inputs } = await stack.provider.check("v", news, stack.of("v").inputs);
    const old = stack.of("v");
    const diff = await stack.provider.diff("v", old.id, old.inputs, inputs, old.state);
    expect(diff.replaces).to.deep.equal(["labels"]);
    expect(diff.deletesFirst).to.equal(true);
    await stack.provider.delete("v", old.id, old.inputs, old.state);
    const made = await stack.provider.create("v", inputs);
    expect((await volume("vv")).Labels).to.include({ a: "2" });
    expect(shell("vv", "ls /data")).to.equal("");
    stack.held.set("v", { ...made, inputs });
    await world.nextRun(stack);
    expect(await stack.apply("v", news)).to.equal("same");
    await world.nextRun(stack);
    expect(
      await stack.apply("v", { name: "vv", ...label("2") }),
      "the permission alone is no change of the volume",
    ).to.equal("update");
  });

  it("B1: with keepOnDestroy a renamed volume stays with its data, the new one beside it", async () => {
    await stack.apply("v", { name: "vv" });
    write("vv");
    await world.nextRun(stack);
    expect(await stack.apply("v", { name: "vv2", keepOnDestroy: true })).to.equal("replace");
    await stack.finish("v");
    expect(read("vv")).to.equal("precious");
    await world.nextRun(stack);
    await stack.finish();
    expect(world.volumes()).to.deep.equal(["vv", "vv2"]);
  });

  it("B2: a volume that is there is refused in preview and in up, saying whose it is", async () => {
    world.docker("volume", "create", "--label", "com.docker.compose.project=shop", "vv");
    write("vv");
    for (const answer of [stack.preview("v", { name: "vv" }), stack.apply("v", { name: "vv" })]) {
      const failure = await answer.catch(message);
      expect(failure).to.contain('name "vv" is the name of a volume that is there already (of compose project shop)');
      expect(failure).to.contain("pulumi import docker:index/volume:Volume NAME vv").and.to.contain("adopt: true");
    }
    expect(read("vv")).to.equal("precious");
  });

  it("B2: adopted on request, it survives a destroy; keepOnDestroy: false lets it go", async () => {
    world.docker("volume", "create", "vv");
    write("vv");
    const news = { name: "vv", adopt: true };
    expect(await stack.apply("v", news)).to.equal("create");
    await world.nextRun(stack);
    expect(await stack.apply("v", news)).to.equal("same");
    await world.nextRun(stack);
    expect(await stack.apply("v", { name: "vv" }), "the word is needed only once").to.equal("update");
    await world.nextRun(stack);
    await stack.finish();
    expect(read("vv")).to.equal("precious");
    await world.nextRun(stack);
    await stack.apply("v", { ...news, keepOnDestroy: false });
    await world.nextRun(stack);
    await stack.finish();
    expect(world.volumes()).to.deep.equal([]);
  });

  it("B2: adopting takes a volume as it is, or not at all", async () => {
    world.docker("volume", "create", "--label", "a=1", "vv");
    expect(await stack.preview("v", { name: "vv", adopt: true, ...label("2") }).catch(message)).to.contain(
      'labels is [{"label":"a","value":"1"}] on the daemon',
    );
    const bold = { name: "vv", adopt: true, replaceDeletesData: true, ...label("2") };
    expect(await stack.apply("v", bold).catch(message), "nor is a stranger's data deleted").to.contain("labels is [");
    expect(world.volumes()).to.deep.equal(["vv"]);
    expect(await stack.apply("v", { name: "vv", adopt: true, ...label("1") })).to.equal("create");
  });

  it("B2: an imported volume survives a destroy", async () => {
    world.docker("volume", "create", "--label", "a=1", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "vv");
    const found = await stack.provider.read("v", "vv");
    expect(found.id).to.equal("vv");
    const { __defaults, ...program } = found.inputs;
    expect(program).to.deep.equal({
      driver: "local",
      driverOpts: { device: "tmpfs", type: "tmpfs" },
      labels: [{ __defaults: [], label: "a", value: "1" }],
      name: "vv",
    });
    stack.held.set("v", found);
    expect(await stack.apply("v", program)).to.equal("same");
    await stack.refresh("v");
    await world.nextRun(stack);
    await stack.finish();
    expect(world.volumes()).to.deep.equal(["vv"]);
    expect((await stack.provider.read("v", "nosuch")).id).to.equal("");
  });

  it("B3: one name for two resources is refused in preview", async () => {
    await stack.preview("one", { name: "vv" });
    expect(await stack.preview("two", { name: "vv" }).catch(message)).to.contain(
      'name "vv" is taken by resource "one" of this program. Choose another name.',
    );
  });

  it("B3, A4: a resource that is renamed in the program takes its volume along, data and all", async () => {
    await stack.apply("old", { name: "vv", ...label("1") });
    write("vv");
    await world.nextRun(stack);
    await stack.preview("new", { name: "vv", ...label("1") });
    expect(await stack.apply("new", { name: "vv", ...label("1") })).to.equal("create");
    await stack.finish("new");
    expect(read("vv")).to.equal("precious");
    await world.nextRun(stack);
    expect(await stack.apply("new", { name: "vv", ...label("1") })).to.equal("same");
  });

  it("A3: what a killed create made is taken up, and goes with a destroy", async () => {
    await stack.apply("v", { name: "vv" });
    const next = await world.stack();
    expect(await next.apply("v", { name: "vv" })).to.equal("create");
    await world.nextRun(next);
    await next.finish();
    expect(world.volumes()).to.deep.equal([]);
  });

  it("A8: two clones of one project, equal URNs: the second is refused", async () => {
    const first = await world.stack("clone-1");
    await first.apply("v", { name: "vv" });
    const second = await world.stack("clone-2");
    expect(await second.apply("v", { name: "vv" }).catch(message)).to.contain("another stack or clone");
    expect(world.volumes()).to.deep.equal(["vv"]);
  });

  // Issue "Reconciliation people can trust", done-when 2; contract C4.
  const spellings: readonly (readonly [string, string, Properties, Properties, (seen: Volume) => unknown, unknown])[] =
    [
      ["driver", "Engine API, VolumeCreate: local", { driver: "local" }, {}, (seen) => seen.Driver, "local"],
      [
        "driverOpts",
        "a map: the order of keys says nothing",
        { driverOpts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
        { driverOpts: { o: "size=1m", device: "tmpfs", type: "tmpfs" } },
        (seen) => seen.Options,
        { type: "tmpfs", device: "tmpfs", o: "size=1m" },
      ],
      [
        "labels",
        "schema: a set",
        {
          labels: [
            { label: "a", value: "1" },
            { label: "b", value: "" },
          ],
        },
        {
          labels: [
            { label: "b", value: "" },
            { label: "a", value: "1" },
            { label: "b", value: "" },
          ],
        },
        (seen) => Object.fromEntries(Object.entries(seen.Labels).filter(([name]) => !name.startsWith("io.slipway."))),
        { a: "1", b: "" },
      ],
      ["keepOnDestroy", "default false", { keepOnDestroy: false }, { keepOnDestroy: false }, (seen) => seen.Name, "vv"],
    ];
  for (const [input, source, one, other, oracle, wanted] of spellings) {
    it(`${input}: settled in every spelling (${source})`, async () => {
      await stack.apply("v", { name: "vv", ...one });
      const seen = await volume("vv");
      expect(oracle(seen)).to.deep.equal(wanted);
      for (const spelling of [one, other, one]) {
        await world.nextRun(stack);
        expect(await stack.apply("v", { name: "vv", ...spelling })).to.equal("same");
      }
      expect(await volume("vv")).to.deep.equal(seen);
    });
  }

  it("cluster: an Engine before 23 says so in preview, and a newer one that it manages no swarm", async () => {
    const news = { name: "vv", cluster: { scope: "single", type: "mount" } };
    const isOld = world.daemon.engine.apiVersion === "1.41";
    expect(await stack.preview("v", news).catch(message)).to.contain(
      isOld
        ? "cluster needs Engine 23 (API 1.42), and the daemon speaks API 1.41"
        : "cluster needs a daemon that manages a swarm. Run `docker swarm init` on it",
    );
  });

  it("D2: a volume that was removed is made again; D1: one that was made anew otherwise is told, not deleted", async () => {
    await stack.apply("v", { name: "vv", ...label("1") });
    world.docker("volume", "rm", "vv");
    await world.nextRun(stack);
    expect(await stack.apply("v", { name: "vv", ...label("1") })).to.equal("create");
    world.docker("volume", "rm", "vv");
    world.docker("volume", "create", "--label", "a=9", "vv");
    write("vv");
    await world.nextRun(stack);
    expect(await stack.preview("v", { name: "vv", ...label("1") }).catch(message)).to.contain(
      'labels is [{"label":"a","value":"9"}] on the daemon',
    );
    expect(read("vv")).to.equal("precious");
    await world.nextRun(stack);
    expect(await stack.apply("v", { name: "vv", ...label("9") })).to.equal("same");
  });

  it("E2: a removal that containers stop names them; what is gone is removed already", async () => {
    await stack.apply("v", { name: "vv" });
    world.run("vv-a", "-v", "vv:/data");
    world.run("vv-b", "-v", "vv:/data");
    world.docker("stop", "-t", "0", "vv-b");
    await world.nextRun(stack);
    expect(await stack.finish().catch(message)).to.match(
      /Volume "vv" is still in use by vv-[ab], vv-[ab]\. Remove these containers, then run the command again\./,
    );
    world.docker("rm", "-f", "vv-a", "vv-b");
    world.docker("volume", "rm", "vv");
    await stack.finish();
  });
});
