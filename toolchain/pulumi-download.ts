import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { SlipwayError } from "../values/fault";
import { runAlone } from "./child";
import { spellBytes } from "./disk";
import { findExecutables } from "./executable";
import { publish } from "./published";
import { pulumiVersion, versionOf } from "./pulumi-version";
import { type Report, spell } from "./report";

/** When to give up, in ms. */
export interface DownloadLimits {
  /** Not a byte more for so long. */
  readonly stalled: number;
  /** In all. */
  readonly whole: number;
}

const defaultLimits: DownloadLimits = { stalled: 30_000, whole: 30 * 60_000 };

/**
 * Lets npm's package `pulumi` fetch the official CLI with its language hosts, and puts them in their place. The package is
 * run by `npm exec` and installed nowhere: a `pulumi` in node_modules/.bin would hide the real one on every PATH.
 * Proxies are those of the environment (HTTPS_PROXY, NO_PROXY).
 * @throws {@link SlipwayError} when it can't be had in time; what was loaded by then is removed.
 */
export async function downloadPulumi(
  target: string,
  report: Report,
  environment: NodeJS.ProcessEnv,
  limits = defaultLimits,
): Promise<void> {
  const [npm] = findExecutables("npm", environment);
  if (npm === undefined) throw failure("there is no npm on PATH");
  report("downloading the Pulumi CLI with npm's package pulumi, once (about 150 MB)");
  const folder = `${dirname(target)}.${process.pid}.download`;
  const discard = () => rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  process.once("exit", discard);
  try {
    await fetchInto(folder, npm, report, environment, limits);
    const bin = join(folder, "versions", pulumiVersion, "bin");
    const version = versionOf(join(bin, "pulumi"), environment);
    if (version !== pulumiVersion) throw failure(`what came is ${version ?? "no working program"}`);
    mkdirSync(dirname(target), { recursive: true });
    for (const name of readdirSync(bin)) {
      if (name !== "pulumi") renameSync(join(bin, name), join(dirname(target), name));
    }
    await publish(join(bin, "pulumi"), target);
  } finally {
    process.removeListener("exit", discard);
    discard();
  }
}

async function fetchInto(
  folder: string,
  npm: string,
  report: Report,
  environment: NodeJS.ProcessEnv,
  limits: DownloadLimits,
): Promise<void> {
  const late = new AbortController();
  const started = Date.now();
  let size = 0;
  let grown = started;
  let reason: string | undefined;
  const timer = setInterval(() => {
    const now = Date.now();
    const seen = sizeOf(folder);
    if (seen !== size) grown = now;
    size = seen;
    if (now - grown > limits.stalled) reason = `nothing came for ${spell(limits.stalled)}`;
    else if (now - started > limits.whole) reason = `it took more than ${spell(limits.whole)}`;
    if (reason !== undefined) late.abort();
    else report(`downloading the Pulumi CLI: ${spellBytes(size)}, ${spell(now - started)}`, "progress");
  }, 1000);
  const patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000"];
  const { code, tail } = await runAlone({
    command: npm,
    args: ["exec", "--yes", ...patience, `--package=pulumi@${pulumiVersion}`, "--", "pulumi", "version"],
    cwd: folder,
    environment: {
      ...environment,
      PULUMI_HOME: folder,
      PULUMI_VERSION: pulumiVersion,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_USE_ENV_PROXY: environment["NODE_USE_ENV_PROXY"] ?? "1",
      TMPDIR: folder,
    },
    signal: late.signal,
  }).finally(() => clearInterval(timer));
  if (reason !== undefined) throw failure(reason);
  const last = tail.findLast((line) => !/^npm (notice|error A complete log)/.test(line));
  if (code !== 0) throw failure(last?.replace(/^(npm error|pulumi:) /, "") ?? `npm exec ended with ${code}`);
}

function failure(reason: string): SlipwayError {
  return new SlipwayError({ subject: "Pulumi CLI", problem: `can't be downloaded (${reason.replace(/[.\s]+$/, "")})` });
}

/** Bytes of a file or of all in a folder; what vanishes while it is looked at counts nothing. */
function sizeOf(path: string): number {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
