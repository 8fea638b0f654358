import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { Lifecycle } from "../support/lifecycle";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

describe("a network that is replaced under its containers", function () {
  this.timeout(120_000);
  let world: World;
  let net: string;

  before(async () => {
    world = await World.start("docker:index/network:Network");
    net = world.net;
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  const labelled = (name: string, subnet: string, value: string) => ({
    name,
    ipamConfigs: [{ subnet }],
    labels: [{ label: "a", value }],
  });

  it("A7, C6: a label change keeps containers, starts, addresses and aliases; stopped and paused ones too", async () => {
    const stack = await world.stack();
    await stack.apply("n", labelled("sw", `${net}.1.0/24`, "1"));
    const old = stack.of("n").id;
    const on = ["--network", "sw"];
    world.run("sw-a", ...on, "--network-alias", "first");
    world.run("sw-b", ...on);
    world.run("sw-c", ...on, "--ip", `${net}.1.99`);
    const sleeper = world.run("sw-d", ...on, "--network-alias", "sleeping");
    world.run("sw-e", ...on);
    world.docker("stop", "-t", "0", "sw-d");
    // A gap below sw-e's address: the Engine's own choice would be another one.
    world.docker("rm", "-f", "sw-b");
    world.docker("pause", "sw-e");
    const before = await Promise.all(["sw-a", "sw-c", "sw-e"].map((name) => world.container(name)));

    await world.nextRun(stack);
    expect(await stack.apply("n", labelled("sw", `${net}.1.0/24`, "2"))).to.equal("replace");
    await stack.finish("n");

    const { id } = stack.of("n");
    expect(id).not.to.equal(old);
    expect((await world.network(id)).Labels).to.include({ a: "2" });
    for (const had of before) {
      const has = await world.container((had.Name ?? "").slice(1));
      expect(has.Id).to.equal(had.Id);
      expect(has.State?.StartedAt).to.equal(had.State?.StartedAt);
      const [first, then] = [had, has].map((one) => one.NetworkSettings?.Networks?.["sw"]);
      expect(then?.IPAddress).to.equal(first?.IPAddress);
      expect(then?.Aliases ?? []).to.have.members(first?.Aliases ?? []);
      expect(then?.NetworkID).to.equal(id);
    }
    world.docker("unpause", "sw-e");
    world.docker("start", "sw-d");
    expect((await world.container("sw-d")).Id).to.equal(sleeper);
    expect(world.docker("exec", "sw-a", "ping", "-c", "1", "-w", "5", "sleeping")).to.contain("1 packets received");
    expect(world.networks()).to.deep.equal(["sw"]);
    expect(world.docker("volume", "ls", "-q"), "no journal is left").to.equal("");
    await world.nextRun(stack);
    expect(await stack.apply("n", labelled("sw", `${net}.1.0/24`, "2"))).to.equal("same");
  });

  it("A7: a subnet that the program leaves to the Engine stays, and so do the addresses", async () => {
    const stack = await world.stack();
    await stack.apply("n", { name: "sw-auto" });
    world.run("sw-a", "--network", "sw-auto");
    const before = (await world.container("sw-a")).NetworkSettings?.Networks?.["sw-auto"]?.IPAddress;
    await world.nextRun(stack);
    expect(await stack.apply("n", { name: "sw-auto", labels: [{ label: "a", value: "1" }] })).to.equal("replace");
    await stack.finish("n");
    expect((await world.container("sw-a")).NetworkSettings?.Networks?.["sw-auto"]?.IPAddress).to.equal(before);
    await world.nextRun(stack);
    expect(await stack.apply("n", { name: "sw-auto", labels: [{ label: "a", value: "1" }] })).to.equal("same");
  });

  it("A7: a subnet change: nothing replaced, nothing lost, published ports answer again", async () => {
    const stack = await world.stack();
    await stack.apply("n", labelled("sw", `${net}.1.0/24`, "1"));
    const serve = ["busybox", "httpd", "-f", "-p", "80", "-h", "/etc"];
    const words = ["--name", "sw-web", "--network", "sw", "--network-alias", "web", "-p", "127.0.0.1:26010:80"];
    world.docker("run", "-d", ...words, "slipway-test/busybox:1", ...serve);
    world.run("sw-fixed", "--network", "sw", "--ip", `${net}.1.50`);
    world.run("sw-two", "--network", "bridge");
    world.docker("network", "connect", "--alias", "second", "sw", "sw-two");
    const before = await Promise.all(["sw-web", "sw-fixed", "sw-two"].map((name) => world.container(name)));

    await world.nextRun(stack);
    await stack.apply("n", labelled("sw", `${net}.2.0/24`, "1"));
    await stack.finish("n");

    for (const had of before) {
      const has = await world.container((had.Name ?? "").slice(1));
      expect(has.Id).to.equal(had.Id);
      expect(has.State?.StartedAt).to.equal(had.State?.StartedAt);
      expect(has.NetworkSettings?.Networks?.["sw"]?.IPAddress).to.match(new RegExp(`^${net}\\.2\\.`));
    }
    const two = (await world.container("sw-two")).NetworkSettings?.Networks;
    expect(Object.keys(two ?? {}).sort()).to.deep.equal(["bridge", "sw"]);
    expect(two?.["sw"]?.Aliases).to.include("second");
    expect((await fetch("http://127.0.0.1:26010/nothing")).status).to.equal(404);
    expect(world.docker("exec", "sw-fixed", "wget", "-q", "-O", "-", "http://web/hostname")).not.to.equal("");
  });

  it("A7: an option that the daemon refuses is found before the first container is detached", async () => {
    const stack = await world.stack();
    const good = { name: "sw", ipamConfigs: [{ subnet: `${net}.1.0/24` }] };
    await stack.apply("n", good);
    world.run("sw-a", "--network", "sw");
    const before = await world.network("sw");
    await world.nextRun(stack);
    const options = { "com.docker.network.bridge.default_bridge": "maybe" };
    const failure = await stack.apply("n", { ...good, options }).catch(message);
    expect(failure).to.contain('Network "sw" can\'t be made: ').and.to.contain("The old one is untouched.");
    expect(await world.network("sw")).to.deep.equal(before);
    expect(world.networks()).to.deep.equal(["sw"]);
    await world.nextRun(stack);
    expect(await stack.apply("n", good)).to.equal("same");
  });

  it("A7: when the new one can't be made, the old one is made again with everything on it, and Read finds it", async () => {
    const stack = await world.stack();
    const good = labelled("sw", `${net}.1.0/24`, "1");
    await stack.apply("n", good);
    const old = stack.of("n").id;
    world.run("sw-a", "--network", "sw", "--network-alias", "first");
    const before = await world.container("sw-a");
    await world.nextRun(stack);
    // An interface that is there and is no bridge: only a create under the final name can find that out.
    const unmakeable = { ...good, options: { "com.docker.network.bridge.name": "lo" } };
    const failure = await stack.apply("n", unmakeable).catch(message);
    expect(failure).to.contain('Network "sw" could not be replaced: ').and.to.contain("The old one is in place again.");
    const after = await world.container("sw-a");
    expect(after.State?.StartedAt).to.equal(before.State?.StartedAt);
    expect(after.NetworkSettings?.Networks?.["sw"]?.IPAddress).to.equal(
      before.NetworkSettings?.Networks?.["sw"]?.IPAddress,
    );
    expect(after.NetworkSettings?.Networks?.["sw"]?.Aliases).to.include("first");
    await world.nextRun(stack);
    expect(await stack.apply("n", good), "the next run finds it by name and label").to.equal("same");
    expect(stack.of("n").id).not.to.equal(old);
    expect(world.docker("volume", "ls", "-q")).to.equal("");
  });

  // Each moment is an event of the daemon at which the provider is killed. `npm test` is shortened: one program each.
  const long = process.env["SLIPWAY_TEST_ALL"] !== undefined;
  for (const [moment, action, programs] of [
    ["containers are being detached", "disconnect", [false, true]],
    ["the old network is gone", "destroy", [true, false]],
    ["the new network is there and empty", "create", [true, false]],
    ["some containers are attached again", "connect", [false, true]],
  ] as const) {
    const which = long ? "with either program" : `with the ${programs[0] ? "new" : "old"} program (shortened)`;
    it(`A3: kill -9 when ${moment}: the next up attaches all, ${which}`, async () => {
      for (const goesOn of long ? programs : programs.slice(0, 1)) {
        const stack = new Lifecycle(await world.killable());
        const good = labelled("sw", `${net}.1.0/24`, "1");
        const changed = labelled("sw", `${net}.1.0/24`, "2");
        await stack.apply("n", good);
        for (const name of ["sw-a", "sw-b", "sw-c"])
          world.run(name, "--network", "sw", "--network-alias", `of-${name}`);
        const killed = await world.killable();
        stack.provider = killed;
        const seen = killedAt(action, killed.close.bind(killed));
        expect(await stack.apply("n", changed).catch(() => "killed")).to.equal("killed");
        await seen;

        await world.nextRun(stack);
        await stack.apply("n", goesOn ? changed : good);
        await stack.finish("n");
        const now = await world.network("sw");
        expect(now.Id).to.equal(stack.of("n").id);
        expect(now.Labels).to.include({ a: goesOn ? "2" : "1" });
        expect(Object.values(now.Containers ?? {}).map((one) => one.Name)).to.have.members(["sw-a", "sw-b", "sw-c"]);
        for (const name of ["sw-a", "sw-b", "sw-c"]) {
          const one = await world.container(name);
          expect(one.NetworkSettings?.Networks?.["sw"]?.Aliases).to.include(`of-${name}`);
        }
        expect(world.docker("volume", "ls", "-q"), "no journal is left").to.equal("");
        await world.nextRun(stack);
        expect(await stack.apply("n", goesOn ? changed : good)).to.equal("same");
        world.clear();
      }
    });
  }

  it("A3: kill -9 when the old network is gone, then destroy: nothing is left", async () => {
    const stack = new Lifecycle(await world.killable());
    await stack.apply("n", labelled("sw", `${net}.1.0/24`, "1"));
    world.run("sw-a", "--network", "sw");
    const killed = await world.killable();
    stack.provider = killed;
    const seen = killedAt("destroy", killed.close.bind(killed));
    await stack.apply("n", labelled("sw", `${net}.1.0/24`, "2")).catch(() => undefined);
    await seen;
    await world.nextRun(stack);
    await stack.refresh("n");
    await stack.finish();
    expect(world.networks()).to.deep.equal([]);
    expect(world.docker("volume", "ls", "-q")).to.equal("");
  });

  /** Calls `kill` at the first event of that kind on a network. */
  async function killedAt(action: string, kill: () => void): Promise<void> {
    const words = ["-H", world.daemon.host, "events", "--filter", "type=network", "--format", "{{.Action}}"];
    const events = spawn("docker", words, { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface(events.stdout)) {
      if (line !== action) continue;
      kill();
      break;
    }
    events.kill();
    await once(events, "exit");
  }
});
