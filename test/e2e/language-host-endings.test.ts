import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { HostedCliFolder, type HostedProject } from "../support/hosted-cli";

/** Writes down who runs it, then does what the variable DO says. */
const program = `import { writeFileSync } from "node:fs";
import { join } from "node:path";
writeFileSync(join(__dirname, "running.json"), JSON.stringify({ program: process.pid, host: process.ppid }));
if (process.env.DO === "ignore") for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => undefined);
if (process.env.DO === "busy") for (;;);
if (process.env.DO === "child") require("node:child_process").spawn("sleep", ["1000"], { stdio: "inherit" });
export const later = new Promise((resolve) => setTimeout(() => resolve("late"), 600_000));`;

/** How long a process may take to be gone after what ran it is: the checks of a second each, and the grace of 5 s. */
const goneWithinMs = 15_000;

// kill -9, signals, debuggers and environments: what ends a program early, and what its Node process must not inherit.
describe("the end of a program on the language host", function () {
  this.timeout(240_000);
  let host: HostedCliFolder;
  let project: HostedProject;

  before(async () => {
    host = await HostedCliFolder.make();
    project = await host.project("endings", { "index.ts": program });
  });

  after(() => host?.remove());

  /** Starts a preview and waits until the program runs. */
  async function running(what: string, ...words: string[]) {
    const file = join(project.folder, "running.json");
    project.write("running.json", "");
    const cli = project.start(["preview", ...words], { env: { DO: what } });
    const output: string[] = [];
    cli.stdout?.on("data", (chunk) => output.push(String(chunk)));
    cli.stderr?.on("data", (chunk) => output.push(String(chunk)));
    const ended = once(cli, "close");
    await until(() => existsSync(file) && readFileSync(file, "utf8") !== "", "the program runs");
    const pids: { program: number; host: number } = JSON.parse(readFileSync(file, "utf8"));
    return { cli, ended, ...pids, text: () => output.join("") };
  }

  for (const what of ["wait", "ignore", "busy", "child"]) {
    it(`leaves no process behind after kill -9 of the CLI, with a program that would ${what}`, async () => {
      const { cli, ended, ...pids } = await running(what);
      cli.kill("SIGKILL");
      await gone(pids.host, pids.program);
      expect(processesOf(project), "processes of the project").to.deep.equal([]);
      await ended;
    });
  }

  it("leaves no process behind after kill -9 of the host, and says that it is gone", async () => {
    const { ended, text, ...pids } = await running("wait");
    process.kill(pids.host, "SIGKILL");
    await gone(pids.program);
    const [code] = await ended;
    expect(code).to.not.equal(0);
    expect(text()).to.match(/error/);
  });

  it("is said when it was killed", async () => {
    const { ended, text, ...pids } = await running("wait");
    process.kill(pids.program, "SIGKILL");
    const [code] = await ended;
    expect(code).to.not.equal(0);
    expect(text()).to.contain("Program exited with non-zero exit code: -1");
    await gone(pids.host);
  });

  it("comes by Ctrl-C also to one that does not listen", async () => {
    const { cli, ended, ...pids } = await running("ignore");
    cli.kill("SIGINT");
    const [code] = await ended;
    expect(code).to.not.equal(0);
    await gone(pids.host, pids.program);
  });

  it("waits for a debugger that is asked for, and goes on once it has come", async () => {
    project.write("index.ts", 'export const debugged = "yes";');
    const cli = project.start(["preview", "--attach-debugger"]);
    const output: string[] = [];
    cli.stdout?.on("data", (chunk) => output.push(String(chunk)));
    cli.stderr?.on("data", (chunk) => output.push(String(chunk)));
    const ended = once(cli, "close");
    const waiting = /on process id (\d+)(?: and port (\d+))?/;
    await until(
      () => waiting.test(output.join("")),
      "the engine says where the program waits",
      () => output.join(""),
    );
    const port = waiting.exec(output.join(""))?.[2] ?? "9229";
    const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    await runOn(String(Reflect.get(Array.isArray(targets) ? targets[0] : {}, "webSocketDebuggerUrl")));
    const [code] = await ended;
    expect(code, output.join("")).to.equal(0);
    expect(output.join("")).to.contain('debugged: "yes"');
    project.write("index.ts", program);
  });

  it("knows NODE_OPTIONS and nodeargs, which the host does not", async () => {
    const loud =
      'globalThis.loaded = (globalThis.loaded ?? 0) + 1; require("fs").appendFileSync(process.env.LOADED, "x");';
    const other = await host.project("options", {
      "Pulumi.yaml":
        "name: options\nruntime:\n  name: nodejs\n  options:\n    nodeargs: --inspect=127.0.0.1:0 --title=mine\n",
      "first.js": loud,
      "index.ts": `export const loaded = (globalThis as { loaded?: number }).loaded;
export const options = process.env.NODE_OPTIONS;
export const inspected = require("node:inspector").url() !== undefined;
export const title = process.title;`,
    });
    const NODE_OPTIONS = `--require=${join(other.folder, "first.js")}`;
    const { status, text } = await other.up({ env: { NODE_OPTIONS, LOADED: join(other.folder, "loaded") } });
    expect(status, text).to.equal(0);
    expect(text)
      .to.match(/loaded {3}: 1/)
      .and.match(/inspected: true/)
      .and.match(/title {4}: "mine"/);
    expect(text).to.contain(NODE_OPTIONS);
    expect(other.read("loaded"), "processes that loaded the module").to.equal("x");
  });

  it("is a good one without a node on PATH, on the host's own", async () => {
    const other = await host.project("pathless", { "index.ts": "export const at = process.version;" });
    const { status, text } = await other.up({ env: { PATH: "/nonexistent" } });
    expect(status, text).to.equal(0);
    expect(text).to.contain(`at: "${process.version}"`);
  });

  it("names the line of the TypeScript file, also when the output was kept from a former run", async () => {
    const other = await host.project("lines", {
      "index.ts": `interface Long { readonly a: string; }
type Gone = Long | undefined;

export function fails(gone: Gone): string {
  if (gone === undefined) throw new Error("as it must");
  return gone.a;
}
fails(undefined);`,
    });
    for (const run of ["first", "second"]) {
      const { text } = await other.preview();
      expect(text, run)
        .to.match(/index\.ts:5:33/)
        .and.match(/index\.ts:8:1\b/);
    }
  });

  it("comes after all output, be it 20 MB", async () => {
    const other = await host.project("loud", {
      "index.ts": 'for (let i = 0; i < 20; i++) console.log("x".repeat(1024 * 1024)); console.log("the end");',
    });
    const { status, text } = await other.preview({}, "--json");
    expect(status).to.equal(0);
    expect(text.length).to.be.greaterThan(20 * 1024 * 1024);
    expect(text).to.contain("the end");
  });
});

/** Attaches to a program that waits for a debugger, lets it go on and leaves: with a debugger attached Node does not end. */
async function runOn(url: string): Promise<void> {
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const resumed = new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      if (String(data).includes("Debugger.paused")) socket.send(JSON.stringify({ id: 9, method: "Debugger.resume" }));
      if (String(data).includes("Debugger.resumed")) resolve(undefined);
    });
  });
  for (const [id, method] of ["Runtime.enable", "Debugger.enable", "Runtime.runIfWaitingForDebugger"].entries()) {
    socket.send(JSON.stringify({ id, method }));
  }
  await resumed;
  socket.close();
}

async function gone(...pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive), `${pids.join(" and ")} ended`);
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The processes that still work in a project's folder. */
function processesOf({ folder }: HostedProject): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && isAlive(Number(pid)) && readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

async function until(condition: () => boolean, what: string, seen: () => string = () => ""): Promise<void> {
  const end = Date.now() + goneWithinMs * 2;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Not within ${goneWithinMs * 2} ms: ${what}. ${seen()}`);
    await sleep(50);
  }
}
