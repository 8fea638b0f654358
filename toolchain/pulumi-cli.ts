import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../values/cache-folder";
import { isSlipwayError, SlipwayError } from "../values/fault";
import { requireSpace } from "./disk";
import { findExecutables, headOf } from "./executable";
import { withLock } from "./lock";
import { isIntact, removeRemains } from "./published";
import { buildPulumi } from "./pulumi-build";
import { downloadPulumi } from "./pulumi-download";
import { isAtLeast, pulumiVersion, versionOf } from "./pulumi-version";
import type { Report } from "./report";

/** A Pulumi CLI that can be used. */
export interface PulumiCli {
  /** Absolute path of the executable. */
  readonly path: string;
  /** Its version, without a leading v. */
  readonly version: string;
  /** How it came here: the user's own, or the one this package keeps. */
  readonly origin: "path" | "cache";
}

/** Where this package keeps its own CLI. */
export function cachedCliPath(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), "pulumi", pulumiVersion, "bin", "pulumi");
}

/** The CLI on PATH when it is new enough, else the cached one when it is intact; makes nothing. */
export async function findPulumi(environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli | undefined> {
  const cached = cachedCliPath(environment);
  for (const path of usersOwn(environment)) {
    // Folders of the cache come on PATH by `slipway env`; what lies there is judged by its checksum below.
    if (path.startsWith(join(cacheFolder(environment), "pulumi"))) continue;
    const version = versionOf(path, environment);
    if (version !== undefined && isAtLeast(version, pulumiVersion)) return { path, version, origin: "path" };
  }
  return (await isIntact(cached)) ? { path: cached, version: pulumiVersion, origin: "cache" } : undefined;
}

/**
 * Finds the CLI, or brings it into the cache: by the download of npm's package `pulumi`, else built from its Go module.
 * Two processes at once do it once, and a run that was stopped half-way leaves nothing that the next one would take for
 * whole.
 * @throws {@link SlipwayError} with what went wrong in each of the two ways.
 */
export async function ensurePulumi(report: Report, environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli> {
  const found = await findPulumi(environment);
  if (found !== undefined) return found;
  const target = cachedCliPath(environment);
  const waiting = (pid: number) => report(`waiting for process ${pid}, which is making the Pulumi CLI`, "progress");
  return await withLock(join(dirname(dirname(target)), "lock"), waiting, async () => {
    const meanwhile = await findPulumi(environment);
    if (meanwhile !== undefined) return meanwhile;
    removeRemains(dirname(dirname(target)));
    await bring(target, report, environment);
    return { path: target, version: pulumiVersion, origin: "cache" };
  });
}

/** The download first, then the build; each says why it could not. */
async function bring(target: string, report: Report, environment: NodeJS.ProcessEnv): Promise<void> {
  requireSpace(target, 700 * 1024 * 1024, "the Pulumi CLI", "Free some, or set SLIPWAY_CACHE to a folder elsewhere.");
  let reason: string;
  try {
    return await downloadPulumi(target, report, environment);
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    reason = error.faults.map((fault) => fault.problem).join("; ");
    report(`the Pulumi CLI ${reason}`);
  }
  if (await buildPulumi(target, report, environment)) return;
  throw new SlipwayError({
    subject: "Pulumi CLI",
    problem: `is neither on PATH in version ${pulumiVersion} or newer, nor cached; it ${reason}; and there is no Go to build it with`,
    advice: `Install the Pulumi CLI ${pulumiVersion} or newer, or Go 1.21 or newer (it fetches the Go that is needed), and run the command again. Without a network, copy a pulumi executable of that version to a folder on PATH.`,
  });
}

/**
 * The CLIs that are not this package's: those on PATH, and the one that npm's package `pulumi` or the Automation API keep
 * for this version. npm's package itself is a script that downloads when it is asked for its version: passed over.
 */
function usersOwn(environment: NodeJS.ProcessEnv): readonly string[] {
  const home = environment["PULUMI_HOME"] || join(homedir(), ".pulumi");
  const kept = join(home, "versions", pulumiVersion, "bin");
  return findExecutables("pulumi", environment, [kept]).filter((path) => !/^#!.*\bnode\b/.test(headOf(path)));
}
