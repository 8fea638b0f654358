import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lives, type Process, processOf } from "../values/process";

/** How often it is looked whether an orphan has ended, in milliseconds. */
const lookMs = 100;

/**
 * A file that is there while this process changes something for a provider resource. Where the CLI is killed, its provider
 * goes on: it puts back what served, which takes as long as containers need to stop and start. The next run's provider would
 * look at a daemon half-way, and both would rename and remove; so it waits for the orphan. A provider that was killed itself
 * changes nothing any more, and its file is taken away. Orphans of another machine can't be seen.
 */
export class ChangeMark {
  private changes = 0;
  private file: string | undefined;

  constructor(
    /** Folder of all marks of this user. */
    private readonly folder: string,
    private readonly self: Process = processOf(process.pid),
    private readonly engine: Process = processOf(process.ppid),
  ) {}

  /** Runs a change for a provider resource of this id; nothing is marked where the folder can't be written. */
  async during<Answer>(providerId: string, change: () => Promise<Answer> | Answer): Promise<Answer> {
    if (this.changes++ === 0) this.make(providerId);
    try {
      return await change();
    } finally {
      if (--this.changes === 0) this.remove();
    }
  }

  /** Resolves when no orphan changes anything for this provider resource any more; `waiting` is told once who is waited for. */
  async settled(providerId: string, signal: AbortSignal, waiting: (id: number) => void): Promise<void> {
    const told = new Set<number>();
    for (;;) {
      const orphan = this.orphanOf(providerId);
      if (orphan === undefined) return;
      if (!told.has(orphan.id)) waiting(orphan.id);
      told.add(orphan.id);
      await sleep(lookMs, undefined, { signal });
    }
  }

  private make(providerId: string): void {
    const folder = folderOf(this.folder, providerId);
    if (folder === undefined) return;
    // The folder goes with its last mark: another process may take it away between two calls.
    for (let tries = 0; tries < 3 && this.file === undefined; tries++) {
      try {
        mkdirSync(folder, { recursive: true });
        const file = join(folder, String(this.self.id));
        writeFileSync(file, JSON.stringify({ self: this.self, engine: this.engine }));
        this.file = file;
      } catch {
        this.file = undefined;
      }
    }
  }

  private remove(): void {
    if (this.file === undefined) return;
    rmSync(this.file, { force: true });
    removeIfEmpty(dirname(this.file));
    this.file = undefined;
  }

  private orphanOf(providerId: string): Process | undefined {
    const folder = folderOf(this.folder, providerId);
    if (folder === undefined) return undefined;
    for (const name of listOf(folder)) {
      const file = join(folder, name);
      const mark = readMark(file);
      if (mark?.self.id === this.self.id) continue;
      if (mark === undefined || !lives(mark.self)) rmSync(file, { force: true });
      else if (!lives(mark.engine)) return mark.self;
    }
    removeIfEmpty(folder);
    return undefined;
  }
}

function folderOf(folder: string, providerId: string): string | undefined {
  return /^[\w-]+$/.test(providerId) ? join(folder, providerId) : undefined;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not there, or holds another mark.
  }
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readMark(file: string): { readonly self: Process; readonly engine: Process } | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isMark(mark) ? mark : undefined;
  } catch {
    return undefined;
  }
}

function isMark(mark: unknown): mark is { readonly self: Process; readonly engine: Process } {
  const isProcess = (value: unknown): boolean => typeof value === "object" && value !== null && "id" in value;
  return (
    typeof mark === "object" &&
    mark !== null &&
    "self" in mark &&
    "engine" in mark &&
    isProcess(mark.self) &&
    isProcess(mark.engine)
  );
}
