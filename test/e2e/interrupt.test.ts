import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { listContainers } from "../../daemon/container";
import { BareMachine } from "../support/bare-machine";
import { Checkout, type Running } from "../support/checkout";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const port = 21030;

// Ctrl-C in every phase of `npm run up`, and kill -9: what is left, and that the next run takes it up.
describe("a stopped run", function () {
  this.timeout(600_000);
  let daemon: PrivateDaemon;
  let checkout: Checkout;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  afterEach(() => checkout.remove());

  function make(dockerfile: string): Checkout {
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
    checkout.configure({ port: String(port), baseImage: "slipway-test/busybox:1" });
    writeFileSync(checkout.path("stacks/hello/app/Dockerfile"), dockerfile);
    return checkout;
  }

  /** A web server that answers at once, and one that gets healthy only after long. */
  const serving = 'FROM slipway-test/busybox:1\nCMD ["httpd", "-f", "-p", "3000", "-h", "/etc"]\n';
  const slow = `FROM slipway-test/busybox:1\nRUN sleep 300\n`;

  /** Sends Ctrl-C to everything that the terminal runs; answers what was written, once it has ended in good time. */
  async function interrupt(running: Running): Promise<string> {
    const started = Date.now();
    running.signal("SIGINT");
    const { status, text } = await running.ended;
    expect(status, text).not.to.equal(0);
    expect(Date.now() - started, text).to.be.lessThan(60_000);
    return text;
  }

  async function succeeds(running: Running): Promise<string> {
    const { status, text } = await running.ended;
    expect(status, text).to.equal(0);
    return text;
  }

  it("while dependencies are installed", async () => {
    checkout = Checkout.make({ installed: false, env: { DOCKER_HOST: daemon.host } });
    const running = checkout.startNpm("slipway", "doctor");
    await running.until(/Dependencies, from package-lock\.json/);
    await sleep(2000);
    const text = await interrupt(running);
    expect(text).to.contain("slipway: stopped. Run the command again: it takes up what is done.");
    expect(existsSync(checkout.path("node_modules/.package-lock.json"))).to.equal(false);
    if (!all) return console.log("      shortened: the run that installs them all is part of npm run test:all");
    const again = await checkout.startNpm("slipway", "doctor").ended;
    expect(again.text).to.match(/^slipway: {3}installed/m);
    expect(again.text).to.match(/^ok +Docker daemon/m);
  });

  it("while the CLI is built", async () => {
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
    const dead = "http://127.0.0.1:9";
    const go = (name: string): string => execFileSync("go", ["env", name], { encoding: "utf8" }).trim();
    const env = {
      SLIPWAY_CACHE: checkout.path("cache"),
      HTTPS_PROXY: dead,
      https_proxy: dead,
      GOCACHE: go("GOCACHE"),
      GOMODCACHE: go("GOMODCACHE"),
    };
    const running = checkout.start(["npm", "run", "--silent", "up"], env);
    await running.until(/building the Pulumi CLI from its Go module/);
    await sleep(1500);
    const text = await interrupt(running);
    expect(text).to.contain("slipway: stopped. Run the command again: it takes up what is done.");
    await sleep(500);
    const left = readdirSync(checkout.path("cache"), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /partial|download|lock/.test(name))).to.deep.equal([]);
    expect(processes(checkout.path("cache"))).to.deep.equal([]);
  });

  it("while the daemon starts, on a machine where none runs; the next run deploys, and the one after changes nothing", async () => {
    checkout = Checkout.make();
    delete checkout.environment["DOCKER_HOST"];
    const machine = await BareMachine.make();
    const up = (...words: string[]): Running =>
      checkout.start(machine.inside(checkout.folder, ["npm", "run", "--silent", "up", "--", ...words]));
    try {
      checkout.configure({ port: String(port) });
      const running = up();
      await running.until(/starting dockerd, because none runs/);
      await interrupt(running);
      const text = await succeeds(up());
      expect(text).to.match(/^slipway: +putting together slipway\/node-base:/m);
      expect(text).to.contain(`http://localhost:${port} answers 200`);
      for (const line of text.split("\n")) {
        // Every step is announced once.
        if (/^slipway: \S/.test(line)) expect(text.split("\n").filter((one) => one === line)).to.deep.equal([line]);
      }
      const second = await succeeds(up("--expect-no-changes"));
      expect(second).to.contain("5 unchanged");
      expect(second).not.to.match(/^slipway: /m);
    } finally {
      machine.remove();
    }
  });

  it("while an image is built: the daemon stops building, and the next run deploys", async () => {
    make(slow);
    const running = checkout.startNpm("up");
    await running.until(/RUN sleep 300/);
    await sleep(1000);
    await interrupt(running);
    const busy = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    expect(busy.split("\n").filter((line) => line === "sleep 300")).to.deep.equal([]);
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
    writeFileSync(checkout.path("stacks/hello/app/Dockerfile"), serving);
    expect(await succeeds(checkout.startNpm("up"))).to.match(/answers [24]\d\d/);
    await succeeds(checkout.startNpm("destroy"));
  });

  it("while containers are made, and when only this process is told to end", async () => {
    make(serving);
    await succeeds(checkout.startNpm("up"));
    const [before] = await listContainers(daemon.engine, {});
    writeFileSync(
      checkout.path("stacks/hello/index.ts"),
      readFileSync(checkout.path("stacks/hello/index.ts"), "utf8").replace(
        "stopTimeout:",
        'healthcheck: { test: "sleep 1; false", interval: "1s", retries: 300 },\n  stopTimeout:',
      ),
    );
    if (!all) console.log("      shortened: SIGINT only; npm run test:all sends SIGTERM too");
    for (const end of all ? (["SIGINT", "SIGTERM"] as const) : (["SIGINT"] as const)) {
      const running = checkout.startNpm("up");
      await running.until(/Container hello (replacing|creating replacement|updating|creating)/);
      await sleep(3000);
      if (end === "SIGINT") await interrupt(running);
      else {
        // As a supervisor does: to npm alone, which hands it on.
        running.process.kill(end);
        expect((await running.ended).status).not.to.equal(0);
      }
      const [after, ...others] = await listContainers(daemon.engine, {});
      expect(others).to.deep.equal([]);
      expect([after?.Id, after?.State]).to.deep.equal([before?.Id, "running"]);
    }
    await succeeds(checkout.startNpm("destroy"));
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  });

  it("by kill -9 of the CLI: plain Pulumi names `pulumi cancel`, and `slipway up` clears the lock and converges", async () => {
    make(slow);
    const running = checkout.startNpm("up");
    await running.until(/RUN sleep 300/);
    execFileSync("kill", ["-9", ...processes(checkout.folder, "pulumi up")]);
    expect((await running.ended).status).not.to.equal(0);
    const plain = ["sh", "-c", `eval "$(node dist/bin/slipway.js env)" && exec pulumi up --yes --skip-preview`];
    const refused = await checkout.start(plain).ended;
    expect(refused.status).not.to.equal(0);
    expect(refused.text).to.match(/the stack is currently locked by 1 lock.*`pulumi cancel`/);
    writeFileSync(checkout.path("stacks/hello/app/Dockerfile"), serving);
    // As if it had been killed while it wrote the state: the engine makes this file anew, in place.
    const files = readdirSync(checkout.path("state"), { recursive: true, encoding: "utf8" });
    const sidecar = files.find((file) => file.endsWith("stacks/slipway/dev.json.attrs"));
    writeFileSync(checkout.path("state", sidecar ?? "none/none"), "");
    const broken = await checkout.start(plain).ended;
    expect(broken.text).to.contain("EOF");
    const text = await succeeds(checkout.startNpm("up"));
    expect(text).to.match(/slipway: cleared "[^"]+\.attrs", which a run that was killed left empty/);
    expect(text).to.match(/slipway: cleared the lock of process \d+, which is gone/);
    expect(text).to.match(/answers [24]\d\d/);
    await succeeds(checkout.startNpm("destroy"));
  });

  it("by a second one at the same time: it is told who holds the lock, and takes none away", async () => {
    make("FROM slipway-test/busybox:1\nRUN sleep 8\nCMD httpd -f -p 3000 -h /etc\n");
    const first = checkout.startNpm("up");
    await first.until(/RUN sleep 8/);
    const { status, text } = await checkout.npm("up");
    expect(status).not.to.equal(0);
    expect(text).to.match(/the stack is currently locked by 1 lock/);
    expect(text).not.to.contain("cleared the lock");
    await succeeds(first);
    await succeeds(checkout.startNpm("destroy"));
  });
});

/** Ids of processes whose command line holds a path, and another text if given; found by what they are, ended one by one. */
function processes(path: string, text = ""): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      if ((line.includes(path) || cwd === path) && line.includes(text)) found.push(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
