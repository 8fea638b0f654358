import { expect } from "chai";
import { HostedCliFolder, type HostedProject } from "../support/hosted-cli";

/** Functions of every kind that the SDK writes down as text, and one that it can't. */
const functions = `import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
const counter = { n: 1, nested: { list: [1, 2, "three"] } };
let changing = "before";
class Shape { constructor(readonly sides: number) {} area() { return this.sides * counter.n; } static unit = new Shape(1); }
async function later(x: number) { await null; return x + Shape.unit.area(); }
function* numbers() { yield* [counter.n, 2]; }
const bound = function (this: { k: number }) { return this.k; }.bind({ k: 7 });
const output = pulumi.output("from an output");
const text = (f: Function) => pulumi.runtime.serializeFunction(f).then(({ text }) => text);
export const arrow = text(() => changing + counter.nested.list.length);
export const klass = text(() => new Shape(4).area());
export const asynchronous = text(async () => later(2));
export const generator = text(function* () { yield* numbers(); });
export const module = text(() => path.join("a", "b"));
export const binding = text(() => bound());
export const awaited = text(() => output.get());
changing = "after";
const native = { parse: JSON.parse, weak: new WeakMap() };
const handle = setTimeout(() => undefined, 1);
export const refused = text(() => handle.ref()).catch((error: Error) => error.message);
`;

/** What a program can find out about the process it runs in. */
const surroundings = `import * as pulumi from "@pulumi/pulumi";
import { fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
const own = (name: string) => !/^(SLIPWAY_|PULUMI_NODEJS_(MONITOR|ENGINE|SYNC)$|_$)/.test(name);
export const env = Object.keys(process.env).filter(own).sort();
export const config = [process.env.PULUMI_CONFIG, process.env.PULUMI_CONFIG_SECRET_KEYS];
export const argv = [process.argv.length, process.argv[1], process.execArgv];
export const cwd = process.cwd();
export const open = readdirSync("/proc/self/fd").filter((fd) => Number(fd) < 4).map((fd) => fd < "3" ? fd : "more");
export const stdin = [readlinkSync("/proc/self/fd/0"), readFileSync(0, "utf8"), fstatSync(0).isCharacterDevice()];
const byDomain = ["newListener", "removeListener", "uncaughtException"]; // which ts-node loads, for its REPL
export const listeners = process.eventNames().filter((name) => !byDomain.includes(String(name))).map((name) => [String(name), process.listenerCount(name)]).sort();
export const globals = Object.keys(globalThis).sort();
export const loaded = [typeof pulumi.automation.LocalWorkspace, Object.keys(pulumi.automation).length > 10, "Stack" in pulumi.automation];
export const stack = [pulumi.getProject(), pulumi.getStack(), pulumi.getOrganization(), pulumi.runtime.isDryRun()];
export const word = new pulumi.Config().require("word");
export const main = require.main?.filename;
console.log("out"); console.error("err");
pulumi.log.warn("warned");
`;

// Our runner puts off, or does beforehand, what the SDK's does at once: a program must not be able to tell.
describe("the runner of programs beside the SDK's own", function () {
  this.timeout(240_000);
  let ours: HostedCliFolder;
  let plain: HostedCliFolder;

  before(async () => {
    ours = await HostedCliFolder.make();
    plain = await HostedCliFolder.make({ plainRunner: true });
  });

  after(() => {
    ours?.remove();
    plain?.remove();
  });

  for (const [what, program] of Object.entries({ functions, surroundings })) {
    it(`is the same to a program of ${what}, also when its compiled files were kept`, async () => {
      const expected = await outcome(plain, await project(plain, what, program));
      expect(expected).to.contain("Outputs:");
      const same = await project(ours, what, program);
      for (const run of ["first", "second"]) {
        expect(await outcome(ours, same), run).to.equal(expected);
        await same.pulumi(["destroy", "--yes", "--skip-preview"]);
      }
    });
  }

  async function project(host: HostedCliFolder, name: string, program: string): Promise<HostedProject> {
    const made = await host.project(name, { "index.ts": program });
    await made.pulumi(["config", "set", "word", "hidden", "--secret"]);
    return made;
  }

  /** The messages, as a set, and the outputs of a program; folders left out. The pipes of stdout and stderr race. */
  async function outcome(host: HostedCliFolder, program: HostedProject): Promise<string> {
    const { status, text } = await program.up({}, "--show-secrets");
    expect(status, text).to.equal(0);
    const [messages = "", outputs = ""] = text.replaceAll(host.folder, "HOST").split(/^(?=Outputs:)/m);
    const lines = (/^Diagnostics:[\s\S]*/m.exec(messages)?.[0] ?? "").split("\n").filter((line) => line.trim() !== "");
    return [...lines.sort(), outputs.replace(/Duration.*/, "")].join("\n");
  }
});
