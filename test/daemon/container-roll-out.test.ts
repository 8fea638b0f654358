import { expect } from "chai";
import { inspectContainer, listContainers, removeContainer } from "../../daemon/container";
import { execute } from "../../daemon/exec";
import type { Properties } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ProviderUnderTest } from "../support/provider";

const type = "docker:index/container:Container";

// The inputs that only Slipway's provider takes and that govern how a container comes, changes and goes.
describe("roll-out of a container", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let provider: ProviderUnderTest;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  beforeEach(async () => {
    provider = await ProviderUnderTest.start(daemon.engine, type);
  });

  afterEach(async () => {
    provider.close();
    for (const { Id = "" } of await listContainers(daemon.engine, {})) {
      await removeContainer(daemon.engine, Id, { force: true, volumes: true });
    }
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  async function checked(name: string, news: Properties): Promise<Properties> {
    const { inputs, failures } = await provider.check(name, { image: "slipway-test/busybox:1", name, ...news });
    expect(failures).to.deep.equal([]);
    return inputs;
  }

  async function create(name: string, news: Properties) {
    const inputs = await checked(name, news);
    return { inputs, ...(await provider.create(name, inputs)) };
  }

  /** What the engine does for a replacement: Check, Diff, Create, Delete. */
  async function replace(name: string, old: { id: string; inputs: Properties; state: Properties }, news: Properties) {
    const inputs = await checked(name, news);
    const diff = await provider.diff(name, old.id, old.inputs, inputs, old.state);
    expect(diff.replaces).not.to.deep.equal([]);
    const made = await provider.create(name, inputs);
    await provider.delete(name, old.id, old.inputs, old.state);
    return { inputs, ...made };
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => "no error",
      (error: unknown) => String(error),
    );
  }

  const sleep = ["sleep", "1000"];

  it("mustComplete waits for the end, and fails with exit code and log", async () => {
    const good = await create("job", {
      command: ["sh", "-c", "sleep 1; echo done"],
      mustRun: false,
      mustComplete: true,
    });
    const seen = await inspectContainer(daemon.engine, good.id);
    expect(seen?.State?.Status).to.equal("exited");
    const command = ["sh", "-c", "echo no such table; exit 3"];
    const bad = await failure(replace("job", good, { command, mustRun: false, mustComplete: true }));
    expect(bad).to.match(/Container "job": ?stopped with exit code 3|stopped with exit code 3/);
    expect(bad).to.contain("no such table");
    expect((await inspectContainer(daemon.engine, "job"))?.Id, "the finished one is there still").to.equal(good.id);
  });

  it("mustComplete has its time", async () => {
    const late = create("late", { command: sleep, mustRun: false, mustComplete: true, waitTimeout: 1, stopTimeout: 1 });
    expect(await failure(late)).to.contain("has not ended after 1 s");
  });

  it("a completed container that somebody pruned is done, not gone", async () => {
    const job = await create("pruned", { command: ["true"], mustRun: false, mustComplete: true });
    await removeContainer(daemon.engine, job.id, { force: true, volumes: true });
    const read = await provider.read("pruned", job.id, job.inputs, job.state);
    expect(read.id).to.equal(job.id);
    expect((await provider.diff("pruned", job.id, read.inputs, job.inputs, read.state)).changes).to.deep.equal([]);
  });

  it("beforeStop is told who goes and who has come; if it fails, the old one stays", async () => {
    const log = {
      command: ["sh", "-c", 'echo "$SLIPWAY_CONTAINER|$SLIPWAY_ADDRESSES|$SLIPWAY_SUCCESSOR_ADDRESSES" > /tmp/hook'],
    };
    const door = await create("door", { command: sleep, stopTimeout: 1 });
    const first = await create("app", { command: sleep, stopTimeout: 1 });
    const address = (await inspectContainer(daemon.engine, first.id))?.NetworkSettings?.Networks?.["bridge"]?.IPAddress;
    const second = await replace("app", first, {
      command: sleep,
      envs: ["V=2"],
      stopTimeout: 1,
      beforeStop: [{ ...log, container: "door" }],
    });
    const told = (await execute(daemon.engine, door.id, { command: ["cat", "/tmp/hook"] })).output.trim().split("|");
    expect(told[0]).to.equal("app");
    expect(told[1]).to.equal(address);
    expect(told[2])
      .to.match(/^\d+\.\d+\.\d+\.\d+$/)
      .and.not.equal(address);

    const refused = replace("app", second, {
      command: sleep,
      envs: ["V=3"],
      stopTimeout: 1,
      beforeStop: [{ command: ["sh", "-c", "echo not healthy >&2; exit 1"], container: "door" }],
    });
    const message = await failure(refused);
    expect(message).to.contain("beforeStop[0] failed with exit code 1: not healthy");
    expect(message).to.contain("runs as before");
    const seen = await inspectContainer(daemon.engine, "app");
    expect([seen?.Id, seen?.State?.Running]).to.deep.equal([second.id, true]);
  });

  it("postStart runs after the start, and its failure is a failure", async () => {
    const made = await create("hooked", {
      command: sleep,
      stopTimeout: 1,
      postStart: [{ command: ["touch", "/tmp/here"] }],
    });
    expect((await execute(daemon.engine, made.id, { command: ["ls", "/tmp/here"] })).exitCode).to.equal(0);
    expect(
      await failure(create("broken", { command: sleep, stopTimeout: 1, postStart: [{ command: ["false"] }] })),
    ).to.contain("postStart[0] failed with exit code 1");
  });

  it("preStart runs before the start, in containers with its volumes, networks and variables, and keeps it from starting", async () => {
    const volumes = [{ volumeName: "prepared", containerPath: "/data" }];
    const step = (command: string) => ({ command: ["sh", "-c", command], image: "slipway-test/busybox:1" });
    const inputs = { command: sleep, stopTimeout: 1, volumes, envs: ["WHO=me"] };
    const made = await create("prepared", {
      ...inputs,
      preStart: [step("echo one $WHO > /data/log"), { ...step("echo two $ALSO >> /data/log"), envs: ["ALSO=you"] }],
    });
    const log = await execute(daemon.engine, made.id, { command: ["cat", "/data/log"] });
    expect(log.output).to.equal("one me\ntwo you\n");

    const worse = {
      ...inputs,
      envs: ["WHO=other"],
      preStart: [step("echo three >> /data/log; echo no schema; exit 4")],
    };
    const message = await failure(replace("prepared", made, worse));
    expect(message).to.contain(
      'Container "prepared": preStart[0] failed with exit code 4: no schema. Mend the command',
    );
    expect(message).to.contain("runs as before");
    const seen = await inspectContainer(daemon.engine, "prepared");
    expect([seen?.Id, seen?.State?.Running]).to.deep.equal([made.id, true]);
    const left = await listContainers(daemon.engine, { label: ["io.slipway.pre-start"] });
    expect(left, "containers of preStart").to.deep.equal([]);

    const absent = await failure(create("absent", { ...inputs, preStart: [{ image: "no/such:1" }] }));
    expect(absent).to.contain('Image "no/such:1"');
    expect(await inspectContainer(daemon.engine, "absent")).to.equal(undefined);
  });

  it("reload takes changed files up in place, and refuses what its check refuses", async () => {
    const script = "trap 'cat /etc/app.conf > /tmp/loaded' HUP; while true; do sleep 0.1; done";
    const reload = { check: ["grep", "-q", "good", "/etc/app.conf"], signal: "HUP" };
    const withFile = (content: string): Properties => ({
      command: ["sh", "-c", script],
      stopTimeout: 1,
      reload,
      uploads: [{ file: "/etc/app.conf", content }],
    });
    const made = await create("proxy", withFile("good 1"));
    const news = await checked("proxy", withFile("good 2"));
    const diff = await provider.diff("proxy", made.id, made.inputs, news, made.state);
    expect([diff.changes, diff.replaces]).to.deep.equal([["uploads"], []]);
    const state = await provider.update("proxy", made.id, made.inputs, news, made.state);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await execute(daemon.engine, made.id, { command: ["cat", "/tmp/loaded"] })).output).to.equal("good 2");

    // A provider process serves one run.
    provider.close();
    provider = await ProviderUnderTest.start(daemon.engine, type);
    const bad = await checked("proxy", withFile("bad"));
    const message = await failure(provider.update("proxy", made.id, news, bad, state));
    expect(message).to.contain("uploads are refused by its check (exit code 1)");
    expect((await execute(daemon.engine, made.id, { command: ["cat", "/etc/app.conf"] })).output).to.equal("good 2");
  });

  it("replaceOrder decides who goes first, and a failure counts the replicas", async () => {
    const first = await create("two", {
      command: sleep,
      stopTimeout: 1,
      volumes: [{ volumeName: "data", containerPath: "/d" }],
    });
    const news: Properties = {
      command: ["sh", "-c", "exit 4"],
      stopTimeout: 1,
      volumes: [{ volumeName: "data", containerPath: "/d" }],
      replaceOrder: "start-first",
      replica: { app: "shop", number: 2, count: 3 },
    };
    const started = (await inspectContainer(daemon.engine, first.id))?.State?.StartedAt;
    const message = await failure(replace("two", first, news));
    expect(message).to.contain('0 of 3 replicas of "shop" are as the program says, 3 stay as they were');
    const seen = await inspectContainer(daemon.engine, "two");
    expect([seen?.Id, seen?.State?.StartedAt], "never stopped").to.deep.equal([first.id, started]);
    await failure(replace("two", first, { ...news, replaceOrder: "stop-first" }));
    const again = await inspectContainer(daemon.engine, "two");
    expect(again?.Id).to.equal(first.id);
    expect(again?.State?.StartedAt, "stopped and started again").not.to.equal(started);
  });
});
