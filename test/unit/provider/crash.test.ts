import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";

// A process of its own, since it ends.
const program = (what: string): string => `
const { Deployment } = require("${join(__dirname, "../../../provider/deployment")}");
const { endAfterCrash } = require("${join(__dirname, "../../../provider/crash")}");
const deployment = new Deployment();
const gone = new AbortController();
endAfterCrash(deployment, (why) => gone.abort(why));
void deployment.change("urn", () => new Promise((resolve) => {
  gone.signal.addEventListener("abort", () => setTimeout(() => { console.log("put back"); resolve(); }, 200));
}));
setTimeout(() => { ${what} }, 20);
setTimeout(() => { console.log("still here"); process.exit(0); }, 5000);
`;

describe("an error in the provider that nothing caught", function () {
  this.timeout(30_000);
  for (const [what, code] of [
    ["in a callback", 'throw new TypeError("x is undefined")'],
    ["in a promise that nobody waits for", 'void Promise.reject(new TypeError("x is undefined"))'],
    ["twice", 'setTimeout(() => { throw new Error("second"); }, 50); throw new TypeError("x is undefined")'],
  ] as const) {
    it(`${what}: what is under way is put back, it is said, and the process ends`, async () => {
      const words = ["-r", "ts-node/register/transpile-only", "-e", program(code)];
      const { status, out, err } = await new Promise<{ status: unknown; out: string; err: string }>((resolve) => {
        execFile(process.execPath, words, { cwd: join(__dirname, "../../..") }, (error, out, err) =>
          resolve({ status: error?.code ?? 0, out, err }),
        );
      });
      expect(status, err).to.equal(1);
      expect(out).to.equal("put back\n");
      expect(err).to.match(/^This is a bug in Slipway, not in your program\..*\n.*\n +TypeError: x is undefined/);
    });
  }

  it("when nobody reads what it says, as after kill -9 of the engine: it ends all the same", async () => {
    const code = 'setTimeout(() => { throw new TypeError("x is undefined"); }, 200)';
    const words = ["-r", "ts-node/register/transpile-only", "-e", program(code)];
    const child = spawn(process.execPath, words, {
      cwd: join(__dirname, "../../.."),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    child.stderr.destroy();
    const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
    const [status, signal] = await once(child, "close");
    clearTimeout(late);
    expect([status, signal]).to.deep.equal([1, null]);
  });
});
