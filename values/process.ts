import { readFileSync } from "node:fs";

/** A process of this machine; the start tells it from a later one with the same number. */
export interface Process {
  readonly id: number;
  readonly start: string | undefined;
}

/** A process with the time it started at, where the system tells. */
export function processOf(id: number): Process {
  return { id, start: startOf(id) };
}

/** True while it runs; a later process with its number is another one. */
export function lives({ id, start }: Process): boolean {
  return isAlive(id) && start === startOf(id);
}

/** True while a process of this number runs, whichever it is; one that only waits for its parent to look does not. */
export function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
  } catch (error) {
    // A process of another user lives too.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startOf(id) !== ended;
}

/** Stands for the start of a process that has ended, and whose parent has not looked yet. */
const ended = "ended";

/** When a process started, in ticks since the machine did (proc(5), field 22 of stat); undefined for one that has ended. */
function startOf(id: number): string | undefined {
  try {
    const [state, ...rest] = readFileSync(`/proc/${id}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" || state === "X" ? ended : rest[18];
  } catch {
    return undefined;
  }
}
