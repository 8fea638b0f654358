import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type Answer, PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushRandom, startRegistry } from "../support/registry";
import { type SlowProxy, slowProxy } from "../support/slow-proxy";

// One program, whose cases are each a thing that takes long; `SLOW` picks one and `TIMEOUT` gives it a custom timeout.
const program = `import * as docker from "@pulumi/docker";
const slow = process.env["SLOW"];
const timeout = process.env["TIMEOUT"];
const options = timeout === undefined ? {} : { customTimeouts: { create: timeout, update: timeout, delete: timeout } };
const image = "slipway-test/busybox:1";
if (slow === "build") new docker.Image("it", { imageName: "stops/built:1", skipPush: true, build: { context: "app" } }, options);
if (slow === "push") new docker.Image("it", { imageName: process.env["FAR"] + "/h/pushed:1", build: { context: "large" } }, options);
if (slow === "pull") new docker.RemoteImage("it", { name: process.env["FAR"] + "/h/large:1" }, options);
if (slow === "container's pull") new docker.Container("it", { name: "stops-it", image: process.env["FAR"] + "/h/large:2" }, options);
if (slow === "health") new docker.Container("it", {
  name: "stops-it", image, command: ["sleep", "1000"], stopTimeout: 1, wait: true, waitTimeout: 300,
  healthcheck: { tests: ["CMD-SHELL", "exit 1"], interval: "300ms", retries: 1000, startPeriod: "300s" },
}, options);
if (slow === "removal") new docker.Container("it", {
  name: "stops-it", image, command: ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], stopTimeout: 12, destroyGraceSeconds: 12,
}, options);
if (slow === "stop" || slow === "stop, changed") new docker.Container("it", {
  name: "stops-it", image, stopTimeout: 4, mustRun: true, envs: [slow === "stop" ? "A=1" : "A=2"], volumes: [{ volumeName: "stops-data", containerPath: "/data" }],
  command: ["sh", "-c", "trap 'echo asked >> /data/log; sleep 2; echo done >> /data/log; exit 0' TERM; while :; do sleep 0.1; done"],
}, options);
`;

describe("what takes long, through the CLI: Ctrl-C, custom timeouts, the container's grace", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let registry: PrivateRegistry;
  let proxy: SlowProxy;
  let project: PulumiProject;
  let clone: PulumiProject;

  before(async () => {
    registry = await startRegistry();
    // 20 MB in 40 s.
    proxy = await slowProxy(registry.host, 500_000);
    daemon = await startDockerd();
    makeBaseImage(daemon);
    await pushRandom(registry, daemon, "h/large:1", 20_000_000);
    await pushRandom(registry, daemon, "h/large:2", 20_000_000);
    const files = {
      "app/Dockerfile": "FROM slipway-test/busybox:1\nRUN sleep 271\n",
      "large/Dockerfile": "FROM slipway-test/busybox:1\nCOPY noise /noise\n",
      // 20 MB of letters that no compression makes much smaller.
      "large/noise": randomBytes(15_000_000).toString("base64"),
    };
    const make = (): PulumiProject =>
      PulumiProject.make({ name: "stops", daemon, program, files, env: { FAR: proxy.host } });
    [project, clone] = [make(), make()];
    for (const one of [project, clone]) {
      const first = await one.up();
      expect(first.status, first.text).to.equal(0);
    }
  });

  after(async () => {
    project?.remove();
    clone?.remove();
    proxy?.stop();
    await daemon?.stop();
    await registry?.stop();
  });

  let ofEarlier = 0;
  const isSlowlyUnderWay = (): boolean => proxy.passed() > ofEarlier + 500_000;

  /** True once it is under way on the daemon. */
  const begun: Readonly<Record<string, () => Promise<boolean> | boolean>> = {
    build: () => sleepers().length > 0,
    pull: isSlowlyUnderWay,
    push: isSlowlyUnderWay,
    "container's pull": isSlowlyUnderWay,
    health: async () => (await inspectContainer(daemon.engine, "stops-it"))?.State?.Running === true,
  };

  function sleepers(): string[] {
    const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    return all.split("\n").filter((line) => line === "sleep 271");
  }

  /** Nothing of it goes on on the daemon, and nothing is left of it. */
  async function nothingIsLeft(what: string): Promise<void> {
    await sleep(1500);
    // What the kernel's buffers held of an upload comes still; it is a part of the layer.
    for (let tries = 0, before = -1; tries < 30 && before !== proxy.passed(); tries++) {
      before = proxy.passed();
      await sleep(700);
    }
    expect(proxy.passed() - ofEarlier, `${what}: bytes that came`).to.be.below(11_000_000);
    expect(sleepers(), `${what}: steps that still run`).to.deep.equal([]);
    expect((await listContainers(daemon.engine, {})).map((one) => one.Names?.[0])).to.deep.equal([]);
    const images = execFileSync("docker", ["-H", daemon.host, "images", "--format", "{{.Repository}}"], {
      encoding: "utf8",
    });
    expect(images.trim()).to.equal("slipway-test/busybox");
    const again = await project.up({}, "--expect-no-changes");
    expect(again.status, `${what}: the next up\n${again.text}`).to.equal(0);
  }

  for (const what of Object.keys(begun)) {
    it(`Ctrl-C in a ${what}: it ends at once, on the daemon too, and the next up has nothing to clear away`, async () => {
      ofEarlier = proxy.passed();
      const run = await project.begin(["up", "--yes", "--skip-preview"], { SLOW: what });
      await until(async () => (await begun[what]?.()) ?? false, run.answer);
      const at = Date.now();
      run.child.kill("SIGINT");
      const { status, text } = await run.answer;
      expect(status, text).not.to.equal(0);
      expect(Date.now() - at, text).to.be.below(10_000);
      await nothingIsLeft(what);
    });

    it(`a custom timeout of 3 s in a ${what}: it is said, and nothing is left`, async () => {
      ofEarlier = proxy.passed();
      const at = Date.now();
      const { status, text } = await project.up({ SLOW: what, TIMEOUT: "3s" });
      expect(status, text).not.to.equal(0);
      expect(text).to.match(/customTimeouts/);
      expect(Date.now() - at, text).to.be.below(30_000);
      await nothingIsLeft(what);
    });
  }

  it("a custom timeout of 3 s in a removal: it is said, nothing is forgotten, and the next up finishes it", async () => {
    const first = await project.up({ SLOW: "removal", TIMEOUT: "3s" });
    expect(first.status, first.text).to.equal(0);
    const late = await project.up({});
    expect(late.status, late.text).not.to.equal(0);
    expect(late.text, late.text).to.match(/customTimeouts/);
    // The daemon goes on stopping it: kill comes after the container's own grace.
    await sleep(13_000);
    const next = await project.up({});
    expect(next.status, next.text).to.equal(0);
    await nothingIsLeft("removal");
  });

  it("A2: a replacement and a destroy ask with the stop signal, and give the container the time that it has", async () => {
    const log = (): string[] => {
      const words = ["run", "--rm", "-v", "stops-data:/data", "slipway-test/busybox:1", "cat", "/data/log"];
      return execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" })
        .trim()
        .split("\n");
    };
    const first = await project.up({ SLOW: "stop" });
    expect(first.status, first.text).to.equal(0);
    const second = await project.up({ SLOW: "stop, changed" });
    expect(second.status, second.text).to.equal(0);
    expect(log()).to.deep.equal(["asked", "done"]);
    const gone = await project.up({});
    expect(gone.status, gone.text).to.equal(0);
    expect(log()).to.deep.equal(["asked", "done", "asked", "done"]);
  });

  it("A8: a clone of the project leaves the other one's container alone, and is told whose the name is", async () => {
    const mine = await project.up({ SLOW: "stop" });
    expect(mine.status, mine.text).to.equal(0);
    const id = (await inspectContainer(daemon.engine, "stops-it"))?.Id;
    const other = await clone.up({ SLOW: "stop" });
    expect(other.status, other.text).not.to.equal(0);
    expect(other.text).to.match(/name "stops-it" belongs to container [0-9a-f]{12}/);
    const emptied = await clone.up({});
    expect(emptied.status, emptied.text).to.equal(0);
    const destroyed = await clone.destroy();
    expect(destroyed.status, destroyed.text).to.equal(0);
    const now = await inspectContainer(daemon.engine, "stops-it");
    expect([now?.Id, now?.State?.Running]).to.deep.equal([id, true]);
    const same = await project.up({ SLOW: "stop" }, "--expect-no-changes");
    expect(same.status, same.text).to.equal(0);
  });

  async function until(condition: () => Promise<boolean>, run: Promise<Answer>): Promise<void> {
    let ended: Answer | undefined;
    void run.then((answer) => (ended = answer));
    while (!(await condition())) {
      if (ended !== undefined) throw new Error(`It has ended too soon:\n${ended.text}`);
      await sleep(100);
    }
  }
});
