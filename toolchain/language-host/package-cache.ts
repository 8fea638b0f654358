import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../values/cache-folder";

/** What a package holds, in the order of the walk: a package.json that Pulumi is interested in, or a folder of packages inside. */
export type Item = { readonly manifest: Manifest; readonly path: string } | { readonly modules: string };

/** The part of a package.json that says what the package is to Pulumi. */
export interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly pulumi?: unknown;
}

interface Entry {
  readonly stamp: string;
  readonly items: readonly Item[];
}

/**
 * What installed packages were found to hold in former runs: a walk through all their folders takes most of the time of asking
 * what a program needs. An entry holds as long as the package's folder and its package.json are the same files, unchanged;
 * folders of packages inside of it are looked at anew in every run.
 */
export class PackageCache {
  private readonly file: string;
  private readonly known: Map<string, Entry>;
  private readonly used = new Map<string, Entry>();
  private grew = false;

  /** The cache of one program's folders. */
  constructor(folders: readonly string[]) {
    const name = createHash("sha256").update(folders.join("\n")).digest("hex").slice(0, 24);
    this.file = join(cacheFolder(), "packages", `${name}.json`);
    this.known = new Map(Object.entries(read(this.file)));
  }

  /** What a package holds, if it is as it was. */
  find(folder: string): readonly Item[] | undefined {
    const entry = this.known.get(folder);
    if (entry === undefined || entry.stamp !== stampOf(folder)) return undefined;
    this.used.set(folder, entry);
    return entry.items;
  }

  keep(folder: string, items: readonly Item[]): void {
    const stamp = stampOf(folder);
    if (stamp === undefined) return;
    this.used.set(folder, { stamp, items });
    this.grew = true;
  }

  /** Writes down what this run used, if that is not what it read. A cache that can't be written is no fault. */
  save(): void {
    if (!this.grew && this.used.size === this.known.size) return;
    const partial = `${this.file}.${process.pid}.partial`;
    try {
      mkdirSync(join(this.file, ".."), { recursive: true, mode: 0o700 });
      writeFileSync(partial, JSON.stringify(Object.fromEntries(this.used)), { mode: 0o600 });
      renameSync(partial, this.file);
    } catch {
      return;
    }
  }
}

/** Which files a package's folder and its package.json are; undefined for a folder that is no package. */
function stampOf(folder: string): string | undefined {
  try {
    const stats = [statSync(folder), statSync(join(folder, "package.json"))];
    return stats.map(({ ino, size, mtimeMs, ctimeMs }) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`).join(", ");
  } catch {
    return undefined;
  }
}

function read(file: string): Readonly<Record<string, Entry>> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof content !== "object" || content === null) return {};
    return Object.fromEntries(Object.entries(content).filter((pair): pair is [string, Entry] => isEntry(pair[1])));
  } catch {
    return {};
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null || !("stamp" in value) || !("items" in value)) return false;
  return typeof value.stamp === "string" && Array.isArray(value.items);
}
