import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findUpwards, workspaceRoot } from "./find";
import type { PackageManager } from "./options";

/** The lock files of the package managers, in the order in which they are believed. */
const lockFiles: readonly (readonly [string, PackageManager])[] = [
  ["yarn.lock", "yarn"],
  ["pnpm-lock.yaml", "pnpm"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

const commands: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: ["install", "--loglevel=error"],
  yarn: ["install"],
  pnpm: ["install"],
  bun: ["install"],
};

const productionFlags: Readonly<Record<PackageManager, string>> = {
  npm: "--omit=dev",
  yarn: "--production",
  pnpm: "--prod",
  bun: "--production",
};

/** Where the output of an installation goes. */
export interface InstallOutput {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** Which packages to install, and with what. */
export interface Installation {
  /** The folder of the package.json. */
  readonly folder: string;
  /** The package manager asked for. */
  readonly manager: PackageManager | "auto";
  /** Leave development dependencies out. */
  readonly production: boolean;
}

/** A direct dependency as it is installed. */
export interface InstalledDependency {
  readonly name: string;
  readonly version: string;
}

/** Installs a program's dependencies; throws with what the user should read when that failed. */
export async function install(what: Installation, output: InstallOutput): Promise<void> {
  const manager = what.manager === "auto" ? (lockedBy(what.folder) ?? "npm") : what.manager;
  const args = [...commands[manager], ...(what.production ? [productionFlags[manager]] : [])];
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(manager, args, {
      cwd: what.folder,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    child.stdout.on("data", (chunk: Buffer) => output.stdout(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.stderr(chunk));
    child.once("error", (error) => reject(new Error(`could not run ${manager}: ${error.message}`)));
    child.once("close", (exit) => resolve(exit ?? -1));
  });
  if (code !== 0) throw new Error(`${manager} install failed: exit status ${code}`);
  if (![what.folder, workspaceRoot(what.folder)].some((at) => existsSync(join(at, "node_modules")))) {
    throw new Error(`${manager} install reported success, but node_modules directory is missing`);
  }
}

/**
 * The dependencies that a program's package.json names, with the versions that are installed. With `transitive`, all that
 * npm's lock file lists.
 */
export function installedDependencies(folder: string, transitive: boolean): InstalledDependency[] {
  const root = findUpwards("package.json", folder);
  if (root === undefined || lockedBy(root) === undefined) {
    throw new Error("could not find a lock file of npm, yarn, pnpm or bun; have you run pulumi install?");
  }
  if (transitive && existsSync(join(root, "package-lock.json"))) return lockedDependencies(root);
  const manifest = readObject(join(root, "package.json"));
  const names = [...Object.keys(object(manifest["dependencies"])), ...Object.keys(object(manifest["devDependencies"]))];
  return names.sort().flatMap((name) => {
    const home = findUpwards(join("node_modules", name, "package.json"), root);
    const version = home && readObject(join(home, "node_modules", name, "package.json"))["version"];
    return typeof version === "string" ? [{ name, version }] : [];
  });
}

function lockedDependencies(root: string): InstalledDependency[] {
  const marker = "node_modules/";
  return Object.entries(object(readObject(join(root, "package-lock.json"))["packages"])).flatMap(([path, entry]) => {
    const version = object(entry)["version"];
    const at = path.lastIndexOf(marker);
    return at < 0 || typeof version !== "string" ? [] : [{ name: path.slice(at + marker.length), version }];
  });
}

/** The package manager whose lock file is in a folder or at the root of its workspace; undefined without one. */
function lockedBy(folder: string): PackageManager | undefined {
  const places = [folder, workspaceRoot(folder)];
  return lockFiles.find(([file]) => places.some((place) => existsSync(join(place, file))))?.[1];
}

function readObject(path: string): Readonly<Record<string, unknown>> {
  const content: unknown = JSON.parse(readFileSync(path, "utf8"));
  return object(content);
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
