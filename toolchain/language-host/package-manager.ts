import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Children } from "./children";
import { findCommand, findUpwards } from "./find";
import type { PackageManagerName } from "./options";

/** A package manager that is installed. */
export interface PackageManager {
  readonly name: PackageManagerName;
  /** Absolute path of its command. */
  readonly command: string;
}

/** Where the output of an installation goes. */
export interface InstallOutput {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

/** The lock files, in the order in which they are believed; npm is for what has none. */
const lockFiles: readonly (readonly [PackageManagerName, readonly string[]])[] = [
  ["yarn", ["yarn.lock"]],
  ["pnpm", ["pnpm-lock.yaml"]],
  ["bun", ["bun.lock", "bun.lockb"]],
  ["npm", ["package-lock.json", "npm-shrinkwrap.json"]],
];

const installWords: Readonly<Record<PackageManagerName, readonly string[]>> = {
  // A package.json of a program rarely has the fields that npm warns about.
  npm: ["install", "--loglevel=error"],
  yarn: ["install"],
  pnpm: ["install", "--use-stderr"],
  bun: ["install"],
};

/** How often yarn classic is asked: it gives up at the first network error (the official host's number). */
const yarnAttempts = 3;

/**
 * The package manager for a folder: the one asked for, else by PULUMI_PREFER_YARN and the nearest lock file, passing over what
 * is not installed. Throws with what the user should install.
 */
export function packageManagerFor(folder: string, asked: PackageManagerName | "auto"): PackageManager {
  const needsPnpm =
    findUpwards("package.json", folder) === undefined && findUpwards("package.yaml", folder) !== undefined;
  if (asked !== "auto") {
    if (needsPnpm && asked !== "pnpm") {
      throw new Error(
        `the project's manifest is package.yaml, which only pnpm reads, but packagemanager is "${asked}"; ` +
          "set it to pnpm, or make the manifest a package.json",
      );
    }
    return required(asked);
  }
  if (needsPnpm) return required("pnpm");
  const preferred: readonly PackageManagerName[] = isTrue(process.env["PULUMI_PREFER_YARN"]) ? ["yarn"] : [];
  const locked = lockFiles.filter(([, files]) => files.some((file) => findUpwards(file, folder) !== undefined));
  for (const name of [...preferred, ...locked.map(([one]) => one)]) {
    const command = findCommand(name);
    if (command !== undefined) return { name, command };
  }
  return required("npm");
}

/** Whether a lock file says what a folder's program depends on. */
export function isLocked(folder: string): boolean {
  return lockFiles.some(([, files]) => files.some((file) => findUpwards(file, folder) !== undefined));
}

/** Installs a folder's dependencies; throws with what the user should read when that failed. */
export async function install(
  manager: PackageManager,
  folder: string,
  output: InstallOutput,
  children: Children,
  signal: AbortSignal,
): Promise<void> {
  const attempts = manager.name === "yarn" ? yarnAttempts : 1;
  let code = 0;
  for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
    code = await run(manager, folder, output, children, signal);
    if (code === 0) break;
  }
  if (code !== 0) throw new Error(`${manager.name} install failed: exit status ${code}`);
  if (findUpwards("node_modules", folder) === undefined) {
    throw new Error(`${manager.name} install reported success, but node_modules directory is missing`);
  }
}

/** Its version, from the package it was installed as, else as it says itself; undefined where neither is to be had. */
export async function versionOf(manager: PackageManager, children: Children): Promise<string | undefined> {
  const home = findUpwards("package.json", dirname(realpathSync(manager.command)));
  if (home !== undefined) {
    const manifest: unknown = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    if (typeof manifest === "object" && manifest !== null && Reflect.get(manifest, "name") === manager.name) {
      const version: unknown = Reflect.get(manifest, "version");
      if (typeof version === "string") return version;
    }
  }
  return new Promise((resolve) => {
    const child = children.start(manager.command, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
    child.once("error", () => resolve(undefined));
    child.once("close", (code) => resolve(code === 0 ? text.trim() : undefined));
  });
}

function required(name: PackageManagerName): PackageManager {
  const command = findCommand(name);
  if (command !== undefined) return { name, command };
  const advice = name === "npm" ? "it comes with Node.js, https://nodejs.org/" : `install ${name}, or set another one`;
  throw new Error(`could not find ${name} on the $PATH; ${advice}`);
}

function run(
  manager: PackageManager,
  folder: string,
  output: InstallOutput,
  children: Children,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const shell = process.platform === "win32";
    const options = { cwd: folder, stdio: ["ignore" as const, "pipe" as const, "pipe" as const], shell };
    const child = children.start(manager.command, installWords[manager.name], options, signal);
    // yarn classic warns about every field that a program's package.json lacks; of a failure all is shown.
    const held: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => output.stdout(chunk));
    child.stderr?.on("data", (chunk: Buffer) => (manager.name === "yarn" ? held.push(chunk) : output.stderr(chunk)));
    child.once("error", (error) => reject(new Error(`could not run ${manager.name}: ${error.message}`)));
    child.once("close", (code) => {
      if (code !== 0) for (const chunk of held) output.stderr(chunk);
      resolve(code ?? -1);
    });
  });
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value?.toLowerCase() === "true";
}
