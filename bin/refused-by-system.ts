import { tmpdir } from "node:os";
import { freeBytes } from "../toolchain/disk";
import { findProject, stateFolder } from "../toolchain/paths";
import { cacheFolder } from "../values/cache-folder";
import { SlipwayError } from "../values/fault";

const elsewhere = "or set SLIPWAY_CACHE or XDG_STATE_HOME to a folder elsewhere.";

const known: Readonly<Record<string, readonly [problem: string, advice: string]>> = {
  ENOSPC: ["can't be written: the disk is full", "Free some space there and run the command again."],
  EDQUOT: ["can't be written: this user's quota is used up", "Free some space there and run the command again."],
  EROFS: ["can't be written: the file system is read-only", `Mount it writable, ${elsewhere}`],
  EACCES: ["can't be used: this user may not", `Mend its owner or mode, ${elsewhere}`],
};

/** What the system refused a file operation with, in the user's terms; undefined for any other error. */
export function refusedBySystem(error: unknown): SlipwayError | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const [problem, advice] = known[String(error.code)] ?? [];
  if (problem === undefined || advice === undefined) return undefined;
  const path =
    "path" in error && typeof error.path === "string" ? error.path.replace(/\.\d+(\.partial)?$/, "") : fullFolder();
  return new SlipwayError({ subject: path ?? "A file", problem, advice }, { cause: error });
}

/** A full disk is reported without a path: the folder that we write to and that has no room. */
function fullFolder(): string | undefined {
  const project = findProject(process.cwd());
  const folders = [cacheFolder(), ...(project === undefined ? [] : [stateFolder(project)]), tmpdir()];
  return folders.find((folder) => freeBytes(folder) < 64 * 1024);
}
