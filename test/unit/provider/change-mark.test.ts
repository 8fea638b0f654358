import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ChangeMark } from "../../../provider/change-mark";
import { processOf } from "../../../values/process";

describe("the mark of a provider that changes something", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-mark-"));
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  function begin(): ChildProcess {
    const child = spawn("sleep", ["100"], { stdio: "ignore" });
    children.push(child);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** A change under way in `self`, started by `engine`; answers how to end it. */
  function change(self: ChildProcess, engine: ChildProcess): () => void {
    const mark = new ChangeMark(folder, processOf(self.pid ?? 0), processOf(engine.pid ?? 0));
    let end: () => void = () => undefined;
    void mark.during("id-1", () => new Promise<void>((resolve) => (end = resolve)));
    return end;
  }

  async function waited(id = "id-1"): Promise<number[]> {
    const told: number[] = [];
    const signal = AbortSignal.timeout(250);
    await new ChangeMark(folder).settled(id, signal, (process) => told.push(process)).catch(() => undefined);
    return told;
  }

  it("is waited for where its engine was killed, until the change is over", async () => {
    const [self, engine] = [begin(), begin()];
    const end = change(self, engine);
    await kill(engine);
    expect(await waited()).to.deep.equal([self.pid]);
    expect(await waited("id-2"), "another stack's").to.deep.equal([]);
    const after = new ChangeMark(folder).settled("id-1", AbortSignal.timeout(5000), () => undefined);
    end();
    await after;
    await sleep(0);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("is not waited for where its engine lives: a preview beside an up, or the lock of the stack, is not its business", async () => {
    const end = change(begin(), begin());
    expect(await waited()).to.deep.equal([]);
    end();
  });

  it("goes with a provider that was killed itself", async () => {
    const [self, engine] = [begin(), begin()];
    change(self, engine);
    await Promise.all([kill(self), kill(engine)]);
    expect(await waited()).to.deep.equal([]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("is none where nothing is changed, or the folder can't be made", async () => {
    expect(await waited()).to.deep.equal([]);
    expect(existsSync(join(folder, "id-1"))).to.equal(false);
    const mark = new ChangeMark(join(__filename, "nowhere"));
    expect(await mark.during("id-1", () => 7)).to.equal(7);
  });
});
