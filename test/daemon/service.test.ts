import type { Service } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectService, listTasks } from "../../daemon/swarm";
import type { Properties } from "../../provider/value";
import { startDockerd } from "../support/dockerd";
import { Lifecycle } from "../support/lifecycle";
import { ProviderUnderTest } from "../support/provider";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const token = "docker:index/service:Service";
const image = "slipway-test/busybox:1";

describe("services of a swarm", function () {
  this.timeout(120_000);
  let world: World;
  let stack: Lifecycle;

  before(async () => {
    world = await World.start(token, { isSwarmManager: true });
  });
  beforeEach(async () => {
    stack = await world.stack();
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  /** Waits for its tasks, and gives up quickly: a swarm restarts a failed task at once here. */
  const waiting = (spec: Properties, more: Properties = {}): Properties => ({
    name: "sv",
    convergeConfig: { delay: "200ms", timeout: "40s" },
    taskSpec: { containerSpec: { image, stopGracePeriod: "1s", ...spec }, restartPolicy: { delay: "100ms" } },
    updateConfig: { monitor: "1s" },
    ...more,
  });
  const steady = (more: Properties = {}): Properties => waiting({ commands: ["sleep", "1000"], ...more });

  async function service(name = "sv"): Promise<Service> {
    const seen = await inspectService(world.daemon.engine, name);
    if (seen === undefined) throw new Error(`The swarm has no service ${name}.`);
    return seen;
  }

  async function running(name = "sv"): Promise<string[]> {
    const tasks = await listTasks(world.daemon.engine, name);
    const wanted = tasks.filter((task) => task.DesiredState === "running" && task.Status?.State === "running");
    return wanted.map((task) => task.ID ?? "").sort();
  }

  const names = (): string[] =>
    world.docker("service", "ls", "--format", "{{.Name}}").split("\n").filter(Boolean).sort();

  it("converges: every replica runs when up has ended; more replicas and a new variable come in place", async () => {
    await stack.apply("s", { ...steady(), mode: { replicated: { replicas: 2 } } });
    const { id } = stack.of("s");
    const first = await running();
    expect(first).to.have.length(2);
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady(), mode: { replicated: { replicas: 3 } } })).to.equal("update");
    expect(await running()).to.include.members(first);
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady({ env: { A: "1" } }), mode: { replicated: { replicas: 3 } } })).to.equal(
      "update",
    );
    expect(stack.of("s").id).to.equal(id);
    expect(await running())
      .to.have.length(3)
      .and.not.to.include.members(first);
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady({ env: { A: "1" } }), mode: { replicated: { replicas: 3 } } })).to.equal(
      "same",
    );
  });

  it("C6: labels, credentials and waiting touch no task", async () => {
    await stack.apply("s", steady());
    const tasks = await running();
    for (const more of [
      { labels: [{ label: "a", value: "1" }] },
      { auth: { serverAddress: "registry.test", username: "u", password: "canary-of-a-password" } },
      { convergeConfig: { delay: "100ms", timeout: "20s" } },
    ]) {
      await world.nextRun(stack);
      expect(await stack.apply("s", { ...steady(), ...more })).to.equal("update");
      expect(await running()).to.deep.equal(tasks);
    }
    expect(JSON.stringify(await service())).not.to.contain("canary");
  });

  // C11, C12: the official plugin waits until the time is over, and then names nothing.
  const bad: readonly (readonly [string, Properties, RegExp])[] = [
    [
      "a command that exits",
      { commands: ["sh", "-c", "echo the reason; exit 3"] },
      /does not run\. Its last task failed: task: non-zero exit \(3\)\. Its last log lines:\n.*the reason/,
    ],
    ["an executable that is not there", { commands: ["nosuch"] }, /Its last task failed: .*nosuch/],
    [
      "an image that is not there",
      { image: "127.0.0.1:9/nosuch:1" },
      /Its last task rejected: (No such image: |failed to resolve reference ")127\.0\.0\.1:9\/nosuch:1/,
    ],
    [
      "a failing health check",
      { commands: ["sleep", "1000"], healthcheck: { tests: ["CMD", "false"], interval: "300ms", retries: 1 } },
      /Its last task failed: task: non-zero exit|unhealthy/,
    ],
  ];
  for (const [what, spec, text] of bad) {
    it(`C12: ${what}: up fails long before the time is over, with the reason; the resource is kept and mended`, async () => {
      const begun = Date.now();
      const failure = await stack.apply("s", waiting(spec)).catch(message);
      expect(failure).to.contain('Service "sv"').and.to.match(text);
      expect(Date.now() - begun, "milliseconds").to.be.lessThan(25_000);
      const { ID = "" } = await service();
      const { inputs } = await stack.provider.check("s", waiting(spec));
      stack.held.set("s", { id: ID, inputs, state: {} });
      await world.nextRun(stack);
      expect(await stack.apply("s", steady())).to.equal("update");
      expect(await running()).to.have.length(1);
    });
  }

  it("A1: a bad update goes back to what served", async () => {
    await stack.apply("s", steady({ env: { A: "1" } }));
    await world.nextRun(stack);
    const failure = await stack.apply("s", waiting({ commands: ["sh", "-c", "exit 4"] })).catch(message);
    expect(failure).to.contain("non-zero exit (4)");
    for (let tries = 0; tries < 100 && (await running()).length === 0; tries++) {
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(await running()).to.have.length(1);
    expect((await service()).Spec?.TaskTemplate?.ContainerSpec?.Env).to.deep.equal(["A=1"]);
    await world.nextRun(stack);
    expect(await stack.apply("s", steady({ env: { A: "1" } }))).to.equal("same");
  });

  it("without convergeConfig up does not wait, as with the official plugin", async () => {
    const news = { name: "sv", taskSpec: { containerSpec: { image: "127.0.0.1:9/nosuch:1" } } };
    expect(await stack.apply("s", news)).to.equal("create");
  });

  it("a mode that the swarm can't change: replaced under its name; when the new one fails, the old one is made again", async () => {
    await stack.apply("s", steady());
    await world.nextRun(stack);
    const broken = waiting({ commands: ["sh", "-c", "exit 5"] }, { mode: { global: true } });
    const failure = await stack.apply("s", broken).catch(message);
    expect(failure).to.contain('Service "sv" could not be replaced: ').and.to.contain("The old one is in place again.");
    await world.nextRun(stack);
    expect(await stack.apply("s", steady()), "the next run finds it by name and label").to.equal("same");
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady(), mode: { global: true } })).to.equal("replace");
    await stack.finish("s");
    expect((await service()).Spec?.Mode).to.have.property("Global");
    expect(names()).to.deep.equal(["sv"]);
  });

  it("another name: beside the old one, which goes last; with a port of the swarm in its place", async () => {
    await stack.apply("s", steady());
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady(), name: "sv2" })).to.equal("replace");
    expect(names()).to.deep.equal(["sv", "sv2"]);
    await stack.finish("s");
    expect(names()).to.deep.equal(["sv2"]);
    const published = { endpointSpec: { ports: [{ targetPort: 80, publishedPort: 26311 }] } };
    await world.nextRun(stack);
    await stack.apply("s", { ...steady(), name: "sv2", ...published });
    await world.nextRun(stack);
    expect(await stack.apply("s", { ...steady(), name: "sv3", ...published })).to.equal("replace");
    await stack.finish("s");
    expect(names()).to.deep.equal(["sv3"]);
  });

  it("B5, A8: a name of somebody else or of a clone is refused in preview and in up; B3: and one of the same program", async () => {
    world.docker("service", "create", "-q", "-d", "--name", "sv", image, "sleep", "1000");
    for (const answer of [stack.preview("s", steady()), stack.apply("s", steady())]) {
      expect(await answer.catch(message)).to.contain('name "sv" is the name of a service that is there already (id ');
    }
    const first = await world.stack("clone-1");
    await first.apply("s", { ...steady(), name: "other" });
    const second = await world.stack("clone-2");
    expect(await second.apply("s", { ...steady(), name: "other" }).catch(message)).to.contain("another stack or clone");
    const both = await world.stack();
    await both.preview("one", { ...steady(), name: "third" });
    expect(await both.preview("two", { ...steady(), name: "third" }).catch(message)).to.contain(
      'is taken by resource "one"',
    );
  });

  it("C10: a published port, a network, a secret that can't be: refused in preview", async () => {
    world.docker(
      "service",
      "create",
      "-q",
      "-d",
      "--name",
      "other",
      "--publish",
      "published=26312,target=80",
      image,
      "sleep",
      "1000",
    );
    world.docker("network", "create", "local-net");
    const news = {
      ...steady({ secrets: [{ secretId: "nosuchsecret", fileName: "s" }] }),
      endpointSpec: { ports: [{ targetPort: 80, publishedPort: 26312 }] },
    };
    const text = await stack.preview("s", news).catch(message);
    expect(text).to.contain('endpointSpec.ports[0].publishedPort "26312" is published by service "other"');
    expect(text).to.contain('secrets[0].secretId "nosuchsecret" is none of the swarm\'s secrets');
    for (const [name, problem] of [
      ["nosuch", "is no network here"],
      ["local-net", "is a network of one daemon (driver bridge)"],
    ]) {
      const task = { containerSpec: { image }, networksAdvanceds: [{ name: name ?? "" }] };
      expect(await stack.preview("s", { name: "sv", taskSpec: task }).catch(message)).to.contain(problem);
    }
  });

  it("A3: what a killed create made is taken up; A4: a renamed resource keeps its service and its tasks", async () => {
    await stack.apply("old", steady());
    const tasks = await running();
    const { ID } = await service();
    const killed = await world.stack();
    expect(await killed.apply("old", steady())).to.equal("create");
    expect(killed.of("old").id).to.equal(ID);
    await world.nextRun(killed);
    expect(await killed.apply("new", steady())).to.equal("create");
    await killed.finish("new");
    expect((await service()).ID).to.equal(ID);
    expect(await running()).to.deep.equal(tasks);
  });

  it("D2: removed by somebody else, it is made again; its removal waits for its tasks; gone is gone", async () => {
    world.docker("network", "create", "-d", "overlay", "sv-net");
    const task = {
      containerSpec: { image, commands: ["sleep", "1000"], stopGracePeriod: "1s" },
      networksAdvanceds: [{ name: "sv-net" }],
    };
    const news = { ...steady(), taskSpec: task };
    await stack.apply("s", news);
    world.docker("service", "rm", "sv");
    await world.nextRun(stack);
    expect(await stack.apply("s", news)).to.equal("create");
    await world.nextRun(stack);
    await stack.finish();
    expect(world.docker("ps", "-aq")).to.equal("");
    world.docker("network", "rm", "sv-net");
    const old = await world.stack();
    await old.provider.delete("s", "nosuch", {}, {});
  });

  it("a daemon that manages no swarm: a clear error in preview", async () => {
    const daemon = await startDockerd();
    try {
      const provider = await ProviderUnderTest.start(daemon.engine, token);
      const text = await new Lifecycle(provider).preview("s", steady()).catch(message);
      expect(text).to.contain('Service "sv" needs a daemon that manages a swarm, and this one does not.');
      provider.close();
    } finally {
      await daemon.stop();
    }
  });
});
