import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildContext } from "./context";

/** How many records are kept; the oldest go first. */
const most = 200;

/** What a context of one digest was made of. */
export interface ContextRecord {
  /** Name → mode and hash of every file and link. */
  readonly files: ReadonlyMap<string, string>;
  /** The Dockerfile's text. */
  readonly dockerfile: string;
}

/**
 * Writes down what a context of this digest is made of, so that a later plan can name what differs: hashes of the files, and
 * the Dockerfile itself. Done once per digest.
 */
export function recordContext(folder: string, context: BuildContext): void {
  const file = join(folder, `${context.digest}.json`);
  if (existsSync(file)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  const content = { files: Object.fromEntries(context.files), dockerfile: context.dockerfileText };
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  renameSync(draft, file);
  const records = readdirSync(folder).map((name) => join(folder, name));
  if (records.length <= most) return;
  const age = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const oldest = records.map((path) => ({ path, time: age(path) })).sort((a, b) => a.time - b.time);
  for (const { path } of oldest.slice(0, records.length - most)) rmSync(path, { force: true });
}

/** A recorded context; undefined when this machine has not seen it, or not lately. */
export function recordedContext(folder: string, digest: string): ContextRecord | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, `${digest}.json`), "utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    const files: unknown = Reflect.get(content, "files");
    const dockerfile: unknown = Reflect.get(content, "dockerfile");
    if (typeof files !== "object" || files === null || typeof dockerfile !== "string") return undefined;
    return { files: new Map(Object.entries(files).map(([name, hash]) => [name, String(hash)])), dockerfile };
  } catch {
    return undefined;
  }
}
