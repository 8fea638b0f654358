import { createHash, type Hash } from "node:crypto";
import { createReadStream, existsSync, type Stats } from "node:fs";
import { lstat, readdir, readFile, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { SlipwayError } from "../values/fault";
import { type IgnoreRules, parseIgnore } from "./ignore";

/** What a build is made from, as a program names it. */
export interface ContextSource {
  /** The context directory, relative to `root` or absolute. */
  readonly context: string;
  /** The Dockerfile, relative to `root` (not to the context) or absolute. */
  readonly dockerfile: string;
  /** The Dockerfile's text, where it is no file; then `dockerfile` counts for nothing. */
  readonly dockerfileText?: string;
  /** The absolute directory of the program. */
  readonly root: string;
}

/** One entry of a build context. */
export interface ContextEntry {
  /** Relative to the context, with `/`. */
  readonly path: string;
  /** As `ls -l` and Go show it: `-rw-r--r--`, `Lrwxrwxrwx`. */
  readonly mode: string;
  /** What it is; anything else than these three is counted but not sent. */
  readonly kind: "file" | "link" | "directory" | "other";
  /** SHA-256 in hex: of the content, or for a link of the path it leads to; empty for a directory. */
  readonly sha256: string;
}

/** A build context that was read: its digest, its files, and the archive the daemon gets. */
export interface BuildContext {
  /** The `contextDigest` of docker:index/image:Image, in hex. */
  readonly digest: string;
  /** Everything that is sent, in the order of the walk. */
  readonly entries: readonly ContextEntry[];
  /** Name → mode and hash of every file and link, so that two contexts can be compared name by name. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * A digest of what is sent but not counted in `digest`, in hex: behind a link that leads nowhere the official plugin stops
   * counting. Undefined where everything is counted.
   */
  readonly rest?: string;
  /** True for a path that is there and that the ignore file leaves out. */
  leavesOut(path: string): boolean;
  /** The name of the Dockerfile inside the archive. */
  readonly dockerfile: string;
  /** The Dockerfile's text. */
  readonly dockerfileText: string;
  /** The archive; a new stream at each call, files are read while it flows. */
  tar(): Readable;
  /** Where the daemon fetches the context itself; then nothing is sent, and what it holds is not known here. */
  readonly remote?: string;
}

interface Found extends ContextEntry {
  readonly counted: boolean;
  readonly absolute: string;
  readonly stats: Stats;
}

/** Reads a build context: applies the ignore file, hashes every file, computes the digest. */
export async function readContext(source: ContextSource): Promise<BuildContext> {
  const directory = resolve(source.root, source.context);
  const dockerfile = resolve(source.root, source.dockerfile);
  await assertDirectory(source, directory);
  const dockerfileBytes = await readDockerfile(source, dockerfile);
  const rules = await readIgnore(source, dockerfile, directory);

  const buffer = createHash("sha256");
  addRecord(buffer, "Dockerfile", "----------", sha256(dockerfileBytes));
  const walk = new Walk(source, await realpath(directory), rules, buffer);
  await walk.enter("", true);

  const isInline = source.dockerfileText !== undefined;
  const inside = relative(directory, dockerfile).split(sep).join("/");
  const isSent = !isInline && walk.entries.some((entry) => entry.path === inside && entry.kind === "file");
  const name = isSent ? inside : `.dockerfile.${sha256(dockerfileBytes).slice(0, 20)}`;
  const rest = walk.entries.filter((entry) => !entry.counted && entry.kind !== "directory");
  const uncounted = createHash("sha256");
  for (const entry of rest) addRecord(uncounted, entry.path, entry.mode, entry.sha256);
  return {
    digest: buffer.digest("hex"),
    ...(rest.length === 0 ? {} : { rest: uncounted.digest("hex") }),
    leavesOut: (path) => existsSync(join(directory, path)) && rules.ignores(path),
    entries: walk.entries.map(({ path, mode, kind, sha256 }) => ({ path, mode, kind, sha256 })),
    files: new Map(
      walk.entries.filter((e) => e.kind !== "directory").map((entry) => [entry.path, `${entry.mode} ${entry.sha256}`]),
    ),
    dockerfile: name,
    dockerfileText: dockerfileBytes.toString("utf8"),
    tar: () => archive(walk.entries, isSent ? undefined : { name, content: dockerfileBytes }),
  };
}

/**
 * A context that the daemon fetches itself (Engine API, `ImageBuild`, `remote`).
 *
 * @param remote - address of a Git repository, a tar archive or a Dockerfile
 * @param dockerfile - the Dockerfile's path in it
 */
export function remoteContext(remote: string, dockerfile: string): BuildContext {
  return {
    remote,
    dockerfile,
    digest: "",
    entries: [],
    files: new Map(),
    dockerfileText: "",
    leavesOut: () => false,
    tar: () => Readable.from([]),
  };
}

/** The names whose content, mode or kind differs between two readings, or that only one of them has. */
export function changedFiles(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .sort();
}

/** Finds out whether directory and Dockerfile are there, without reading the context. */
export async function assertSource(source: ContextSource): Promise<void> {
  await assertDirectory(source, resolve(source.root, source.context));
  await readDockerfile(source, resolve(source.root, source.dockerfile));
}

async function assertDirectory(source: ContextSource, directory: string): Promise<void> {
  const found = await stat(directory).catch(ifMissing);
  if (found?.isDirectory()) return;
  throw new SlipwayError({
    subject: "Build context",
    value: source.context,
    problem: found === undefined ? "does not exist" : "is not a directory",
    advice: `Name a directory relative to "${source.root}".`,
  });
}

async function readDockerfile(source: ContextSource, dockerfile: string): Promise<Buffer> {
  if (source.dockerfileText !== undefined) return Buffer.from(source.dockerfileText);
  const found = await stat(dockerfile).catch(ifMissing);
  if (found?.isFile()) return await readFile(dockerfile);
  const guess = join(source.context, source.dockerfile);
  const other = await stat(resolve(source.root, guess)).catch(ifMissing);
  throw new SlipwayError({
    subject: "Dockerfile",
    value: source.dockerfile,
    problem: found === undefined ? "does not exist" : "is not a file",
    advice: other?.isFile()
      ? `It is looked for in the program's directory, not in the context: did you mean "${guess}"?`
      : `Name a file relative to "${source.root}".`,
  });
}

async function readIgnore(source: ContextSource, dockerfile: string, directory: string): Promise<IgnoreRules> {
  const own = source.dockerfileText === undefined ? [`${dockerfile}.dockerignore`] : [];
  for (const file of [...own, join(directory, ".dockerignore")]) {
    const text = await readFile(file, "utf8").catch(ifMissing);
    if (text !== undefined) return parseIgnore(text, relative(source.root, file));
  }
  return parseIgnore("");
}

function ifMissing(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return undefined;
  throw error;
}

class Walk {
  readonly entries: Found[] = [];

  constructor(
    private readonly source: ContextSource,
    private readonly directory: string,
    private readonly rules: IgnoreRules,
    private readonly buffer: Hash,
  ) {}

  /** Walks one directory. `counted` is false where the digest has stopped but files are still sent. */
  async enter(parent: string, counted: boolean): Promise<void> {
    const names = await readdir(join(this.directory, parent));
    names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    let counting = counted;
    for (const name of names) {
      const path = parent === "" ? name : `${parent}/${name}`;
      const ignored = this.rules.ignores(path);
      if (ignored && !this.rules.hasExceptions) continue;
      const absolute = join(this.directory, path);
      const stats = await lstat(absolute);
      if (stats.isDirectory()) await this.directoryEntry(path, absolute, stats, ignored, counting);
      else if (!ignored) counting = (await this.leaf(path, absolute, stats, counting)) && counting;
    }
  }

  private async directoryEntry(path: string, absolute: string, stats: Stats, ignored: boolean, counted: boolean) {
    if (ignored && !this.rules.hasExceptions) return;
    const at = this.entries.length;
    await this.enter(path, counted);
    if (ignored && this.entries.length === at) return;
    this.entries.splice(at, 0, {
      path,
      mode: modeOf(stats),
      kind: "directory",
      sha256: "",
      absolute,
      stats,
      counted,
    });
  }

  /** False for a dangling link: as in the official provider the digest leaves out what follows in its directory. */
  private async leaf(path: string, absolute: string, stats: Stats, counted: boolean): Promise<boolean> {
    const mode = modeOf(stats);
    const kind = stats.isFile() ? "file" : stats.isSymbolicLink() ? "link" : "other";
    const target = kind === "link" ? await this.resolveLink(path) : undefined;
    const dangling = kind === "link" && target === undefined;
    const hash =
      kind === "file" ? await hashFile(absolute) : sha256(dangling ? await readlink(absolute) : (target ?? ""));
    this.entries.push({ path, mode, kind, sha256: hash, absolute, stats, counted: counted && !dangling });
    if (counted && !dangling) addRecord(this.buffer, path, mode, hash);
    return !dangling;
  }

  /** Go's filepath.EvalSymlinks of context/name: relative as long as no link on the way is absolute. */
  private async resolveLink(path: string): Promise<string | undefined> {
    let todo = split(join(normalize(this.source.context), path));
    let done = isAbsolute(this.source.context) ? "/" : "";
    for (let links = 0; todo.length > 0; ) {
      const [part = "", ...rest] = todo;
      todo = rest;
      if (part === "..") {
        const up = done === "" || basename(done) === ".." ? join(done, "..") : dirname(done);
        done = up === "." ? "" : up;
        continue;
      }
      const next = join(done, part);
      const found = await lstat(resolve(this.source.root, next)).catch(ifMissing);
      if (found === undefined) return undefined;
      if (!found.isSymbolicLink()) {
        done = next;
        continue;
      }
      if (++links > 255) return undefined;
      const target = await readlink(resolve(this.source.root, next));
      todo = [...split(target), ...todo];
      if (isAbsolute(target)) done = "/";
    }
    return done.split(sep).join("/") || ".";
  }
}

function split(path: string): string[] {
  return path.split(sep).filter((part) => part !== "" && part !== ".");
}

function addRecord(buffer: Hash, name: string, mode: string, hash: string): void {
  buffer.update(name).update(mode).update(Buffer.from(hash, "hex")).update("\0");
}

function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Go's fs.FileMode.String(). */
function modeOf(stats: Stats): string {
  const device = stats.isBlockDevice() ? "D" : stats.isCharacterDevice() ? "Dc" : "";
  const letters = [
    stats.isDirectory() ? "d" : "",
    stats.isSymbolicLink() ? "L" : "",
    device.charAt(0),
    stats.isFIFO() ? "p" : "",
    stats.isSocket() ? "S" : "",
    stats.mode & 0o4000 ? "u" : "",
    stats.mode & 0o2000 ? "g" : "",
    device.charAt(1),
    stats.mode & 0o1000 ? "t" : "",
  ].join("");
  const bits = [..."rwxrwxrwx"].map((letter, index) => (stats.mode & (0o400 >> index) ? letter : "-")).join("");
  return (letters || "-") + bits;
}

/** As the docker command sends it: owner root, times kept (BuildKit's cache looks at content and mode only). */
function archive(entries: readonly Found[], extra: { name: string; content: Buffer } | undefined): Readable {
  const tar = pack();
  fill(tar, entries, extra).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(tar);
}

async function fill(tar: Pack, entries: readonly Found[], extra: { name: string; content: Buffer } | undefined) {
  if (extra !== undefined) tar.entry({ name: extra.name, mode: 0o644 }, extra.content);
  for (const entry of entries) {
    const header = { name: entry.path, mode: entry.stats.mode & 0o7777, mtime: entry.stats.mtime, uid: 0, gid: 0 };
    if (entry.kind === "directory") tar.entry({ ...header, type: "directory" });
    else if (entry.kind === "link") tar.entry({ ...header, type: "symlink", linkname: await readlink(entry.absolute) });
    else if (entry.kind === "file") await addFile(tar, entry, header);
  }
}

async function addFile(tar: Pack, entry: Found, header: { name: string; mode: number; mtime: Date }): Promise<void> {
  const { size } = await lstat(entry.absolute);
  if (size === 0) {
    tar.entry({ ...header, size }, Buffer.alloc(0));
    return;
  }
  await pipeline(createReadStream(entry.absolute, { end: size - 1 }), tar.entry({ ...header, size }));
}
