import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder } from "../values/cache-folder";
import { SlipwayError } from "../values/fault";
import { withLock } from "./lock";
import { packageFolder } from "./paths";

/** The version of the Pulumi CLI and engine that this package is built and tested with. */
export const pulumiVersion = "3.259.0";

/** A Pulumi CLI that can be used. */
export interface PulumiCli {
  /** Absolute path of the executable. */
  readonly path: string;
  /** Its version, without a leading v. */
  readonly version: string;
  /** How it came here: the user's own, or the one this package keeps. */
  readonly origin: "path" | "cache";
}

/** Told what is going on, one line at a time. */
export type Report = (line: string) => void;

/** Where this package keeps its own CLI. */
export function cachedCliPath(environment: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(environment), "pulumi", pulumiVersion, "bin", "pulumi");
}

/** The CLI on PATH when it is new enough, else the cached one when it is intact; makes nothing. */
export async function findPulumi(environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli | undefined> {
  const cached = cachedCliPath(environment);
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "pulumi");
    if (folder === "" || path === cached || !isExecutable(path)) continue;
    const version = versionOf(path);
    if (version !== undefined && isAtLeast(version, pulumiVersion)) return { path, version, origin: "path" };
  }
  return (await isIntact(cached)) ? { path: cached, version: pulumiVersion, origin: "cache" } : undefined;
}

/** Finds the CLI, or builds it from its Go module into the cache. Two processes at once build it once. */
export async function ensurePulumi(report: Report, environment: NodeJS.ProcessEnv = process.env): Promise<PulumiCli> {
  const found = await findPulumi(environment);
  if (found !== undefined) return found;
  const target = cachedCliPath(environment);
  const waiting = (pid: number) => report(`waiting for process ${pid}, which is making the Pulumi CLI`);
  return await withLock(join(dirname(dirname(target)), "lock"), waiting, async () => {
    const meanwhile = await findPulumi(environment);
    if (meanwhile !== undefined) return meanwhile;
    await build(target, report, environment);
    return { path: target, version: pulumiVersion, origin: "cache" };
  });
}

/** True when dotted version `version` is `minimum` or newer; a pre-release counts as older than its release. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [release = "", ...rest] = version.split("-");
  const left = release.split(".").map(Number);
  const right = minimum.split(".").map(Number);
  for (let index = 0; index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return rest.length === 0;
}

/** True when the file has the checksum recorded beside it. Hashed again only when its size or time changed. */
export async function isIntact(path: string): Promise<boolean> {
  const record = `${path}.sha256`;
  if (!isExecutable(path) || !existsSync(record)) return false;
  const expected = readFileSync(record, "utf8").split(/\s/)[0] ?? "";
  const stat = statSync(path);
  const seen = `${expected} ${stat.size} ${stat.mtimeMs} ${stat.ino}\n`;
  const memo = `${path}.verified`;
  if (existsSync(memo) && readFileSync(memo, "utf8") === seen) return true;
  if ((await checksumOf(path)) !== expected) return false;
  writeFileSync(memo, seen);
  return true;
}

/** Puts a finished executable in its place: checksum first, then the file itself by one rename. */
export async function publish(partial: string, target: string): Promise<void> {
  chmodSync(partial, 0o755);
  const record = `${target}.sha256`;
  writeFileSync(`${record}.${process.pid}`, `${await checksumOf(partial)}  pulumi\n`);
  renameSync(`${record}.${process.pid}`, record);
  renameSync(partial, target);
}

async function build(target: string, report: Report, environment: NodeJS.ProcessEnv): Promise<void> {
  const module = join(packageFolder(), "toolchain", "cli");
  const go = findGo(environment);
  if (go === undefined) {
    throw new SlipwayError({
      subject: "Pulumi CLI",
      problem: `is neither on PATH in version ${pulumiVersion} or newer, nor cached, and there is no Go to build it with`,
      advice: `Install the Pulumi CLI ${pulumiVersion} or newer, or Go 1.26 or newer (any Go from 1.21 fetches it), and run the command again. Without a network, copy a pulumi executable of that version to a folder on PATH.`,
    });
  }
  report("building the Pulumi CLI from its Go module, once (about 5 minutes on 2 cores)");
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.partial`;
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`;
  const args = ["build", "-mod=readonly", "-trimpath", "-v", "-ldflags", `-s -w ${version}`, "-o", partial];
  try {
    await runGo(go, [...args, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"], module, report, environment);
    await publish(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
}

function runGo(go: string, args: string[], cwd: string, report: Report, environment: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(go, args, {
      cwd,
      env: { ...environment, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const started = Date.now();
    let compiled = 0;
    const tail: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      compiled += lines.filter((line) => !line.includes(" ")).length;
      tail.push(...lines);
      tail.splice(0, Math.max(0, tail.length - 8));
    });
    const stop = () => child.kill("SIGTERM");
    process.once("exit", stop);
    const timer = setInterval(() => {
      const what = compiled === 0 ? "fetching modules" : `${compiled} packages compiled`;
      report(`building the Pulumi CLI: ${what}, ${Math.round((Date.now() - started) / 1000)} s`);
    }, 5000);
    const finish = () => {
      clearInterval(timer);
      process.removeListener("exit", stop);
    };
    child.once("error", (error) => {
      finish();
      reject(error);
    });
    child.once("close", (code) => {
      finish();
      if (code === 0) return resolve();
      reject(
        new SlipwayError({
          subject: "Pulumi CLI",
          problem: `could not be built with Go (exit code ${code}):\n  ${tail.join("\n  ")}\n`,
          advice:
            "Check the network, the Go proxy setting (GOPROXY) and the free disk space, then run the command again.",
        }),
      );
    });
  });
}

function findGo(environment: NodeJS.ProcessEnv): string | undefined {
  const folders = [...(environment["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
  return folders.map((folder) => join(folder, "go")).find((path) => isExecutable(path));
}

function versionOf(path: string): string | undefined {
  try {
    const output = execFileSync(path, ["version"], {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return output.trim().replace(/^v/, "");
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function checksumOf(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    createReadStream(path)
      .on("data", (chunk) => hash.update(chunk))
      .on("error", reject)
      .on("end", () => resolve(hash.digest("hex")));
  });
}
