import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../values/process";

/** Runs `work` while holding a lock that other processes of this machine respect; waits for a living holder. */
export async function withLock<T>(
  folder: string,
  waiting: (holder: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(folder), { recursive: true });
  let told = 0;
  while (!take(folder)) {
    if (isAbandoned(folder)) {
      removeAbandoned(folder);
      continue;
    }
    const holder = holderOf(folder);
    if (holder !== undefined && Date.now() - told > 5000) {
      waiting(holder);
      told = Date.now();
    }
    await sleep(200);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

/** How long a lock may be without its holder's id, in ms: a moment after it was made. */
const unsigned = 5000;

function isAbandoned(folder: string): boolean {
  const holder = holderOf(folder);
  return holder === undefined ? ageOf(folder) > unsigned : !isAlive(holder);
}

/** Judged and removed by one process at a time: another could else remove the lock that the first has just taken anew. */
function removeAbandoned(folder: string): void {
  const guard = `${folder}.removal`;
  try {
    mkdirSync(guard);
  } catch {
    if (ageOf(guard) > unsigned) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (isAbandoned(folder)) rmSync(folder, { recursive: true, force: true });
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  try {
    writeFileSync(join(folder, "pid"), `${process.pid}\n`);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return true;
}

function holderOf(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, "pid"), "utf8").trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function ageOf(folder: string): number {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}
