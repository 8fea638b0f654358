import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isAlive } from "./lock";
import { stateFolder } from "./paths";

/** Where the engine keeps the state of a project, and what it encrypts secrets with. */
export interface State {
  /** The backend, as PULUMI_BACKEND_URL takes it. */
  readonly backend: string;
  /** True when it is the local backend of this package, false when the user chose one. */
  readonly own: boolean;
  /** The file with the passphrase; undefined when the user gave a passphrase in another way. */
  readonly passphraseFile?: string;
}

/** The state of a project; makes the folder and the passphrase file when they are needed and missing. */
export function ensureState(project: string, environment: NodeJS.ProcessEnv = process.env): State {
  const chosen = environment["PULUMI_BACKEND_URL"];
  const folder = stateFolder(project, environment);
  const ownBackend = pathToFileURL(folder).href;
  const backend = chosen || ownBackend;
  if (backend === ownBackend) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = backend === ownBackend;
  if (environment["PULUMI_CONFIG_PASSPHRASE"] !== undefined) return { backend, own };
  const given = environment["PULUMI_CONFIG_PASSPHRASE_FILE"];
  if (given) return { backend, own, passphraseFile: given };
  return { backend, own, passphraseFile: ensurePassphrase(folder) };
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
  try {
    writeFileSync(file, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return file;
}
