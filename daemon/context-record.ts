import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildContext } from "./context";

/** How many records are kept; the oldest go first. */
const most = 200;

/** Writes down which files a context of this digest has, so that a later plan can name those that differ. Hashes only. */
export function recordContext(folder: string, context: BuildContext): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${context.digest}.json`);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(Object.fromEntries(context.files)), { mode: 0o600 });
  renameSync(draft, file);
  const records = readdirSync(folder).map((name) => join(folder, name));
  if (records.length <= most) return;
  const age = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const oldest = records.map((path) => ({ path, time: age(path) })).sort((a, b) => a.time - b.time);
  for (const { path } of oldest.slice(0, records.length - most)) rmSync(path, { force: true });
}

/** The files of a recorded context; undefined when this machine has not built it, or not lately. */
export function recordedFiles(folder: string, digest: string): ReadonlyMap<string, string> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, `${digest}.json`), "utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    return new Map(Object.entries(content).map(([name, hash]) => [name, String(hash)]));
  } catch {
    return undefined;
  }
}
