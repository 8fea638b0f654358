import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isAlive } from "../values/process";
import { stateFolder } from "./paths";

/** Where the engine keeps the state of a project, and what it encrypts secrets with. */
export interface State {
  /** The backend, as PULUMI_BACKEND_URL takes it. */
  readonly backend: string;
  /** True when it is the local backend of this package, false when the user chose one. */
  readonly own: boolean;
  /** True when the folder of the local backend was made by this call. */
  readonly isNew: boolean;
  /** The file with the passphrase; undefined when the user gave a passphrase in another way, or chose a backend. */
  readonly passphraseFile?: string;
}

/**
 * The state of a project; makes the folder and the passphrase file of the local backend when they are missing. For a
 * backend of the user's no passphrase is made up: it would lock everybody else out of the stack's secrets.
 */
export function ensureState(project: string, environment: NodeJS.ProcessEnv = process.env): State {
  const folder = stateFolder(project, environment);
  const ownBackend = pathToFileURL(folder).href;
  const backend = environment["PULUMI_BACKEND_URL"] || ownBackend;
  const own = backend === ownBackend;
  const isNew = own && !existsSync(folder);
  if (own) mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (environment["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return { backend, own, isNew };
  const given = environment["PULUMI_CONFIG_PASSPHRASE_FILE"];
  if (given) return { backend, own, isNew, passphraseFile: given };
  return own ? { backend, own, isNew, passphraseFile: ensurePassphrase(folder) } : { backend, own, isNew };
}

/** A lock that a Pulumi process left behind when it was killed. */
export interface StaleLock {
  /** The lock file. */
  readonly file: string;
  /** The process that took it; it is gone. */
  readonly pid: number;
}

/** Removes the locks of a file backend that processes of this machine left behind; never one of a living process. */
export function clearStaleLocks(backend: string): StaleLock[] {
  if (!backend.startsWith("file:///")) return [];
  const locks = join(fileURLToPath(backend), ".pulumi", "locks");
  if (!existsSync(locks)) return [];
  const cleared: StaleLock[] = [];
  for (const name of readdirSync(locks, { recursive: true, encoding: "utf8" })) {
    const file = join(locks, name);
    if (!name.endsWith(".json")) continue;
    const holder = readHolder(file);
    if (holder === undefined || holder.hostname !== hostname()) continue;
    if (isAlive(holder.pid) && startedBefore(holder.pid, holder.taken)) continue;
    rmSync(file, { force: true });
    cleared.push({ file, pid: holder.pid });
  }
  return cleared;
}

/**
 * Removes the sidecars of a file backend that a killed Pulumi process left empty: it makes them anew in place, and one that was
 * not written keeps every later run from reading the stack (`failed to load checkpoint: EOF`). They hold nothing that counts.
 * @returns the files that were removed
 */
export function clearBrokenSidecars(backend: string): string[] {
  if (!backend.startsWith("file:///")) return [];
  const root = join(fileURLToPath(backend), ".pulumi");
  const files = ["locks", "stacks"].flatMap((name) => {
    const folder = join(root, name);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
  });
  const broken = [join(root, "meta.yaml.attrs"), ...files].filter((file) => file.endsWith(".attrs") && isCut(file));
  for (const file of broken) rmSync(file, { force: true });
  return broken;
}

function isCut(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch {
    return true;
  }
}

interface Holder {
  readonly pid: number;
  readonly hostname: string;
  readonly taken: number;
}

function readHolder(file: string): Holder | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof content !== "object" || content === null) return undefined;
    if (!("pid" in content) || typeof content.pid !== "number") return undefined;
    if (!("hostname" in content) || typeof content.hostname !== "string") return undefined;
    const taken = "timestamp" in content && typeof content.timestamp === "string" ? Date.parse(content.timestamp) : NaN;
    return { pid: content.pid, hostname: content.hostname, taken };
  } catch {
    return undefined;
  }
}

/** False when the id was given to a younger process since the lock was taken. */
function startedBefore(pid: number, time: number): boolean {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
    const started = (boot + Number(fields[19]) / 100) * 1000;
    return !(started > time + 2000);
  } catch {
    return true;
  }
}

function ensurePassphrase(folder: string): string {
  const file = join(folder, "passphrase");
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Written whole first: a file that a full disk left empty would be taken for the passphrase by the next run.
  const partial = `${file}.${process.pid}`;
  try {
    writeFileSync(partial, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flush: true });
    linkSync(partial, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(partial, { force: true });
  }
  return file;
}
