import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findUpwards } from "./find";
import { isLocked } from "./package-manager";

/** A dependency as it is installed. */
export interface InstalledDependency {
  readonly name: string;
  readonly version: string;
}

/**
 * The dependencies that a program's package.json names, with the versions that are installed; with `transitive`, all packages
 * that its folder can reach. Both are read from what is installed, so every package manager's lock file will do.
 */
export function installedDependencies(folder: string, transitive: boolean): readonly InstalledDependency[] {
  const root = findUpwards("package.json", folder);
  if (root === undefined || !isLocked(root)) {
    throw new Error("could not find a lock file of npm, yarn, pnpm or bun; have you run pulumi install?");
  }
  const found = transitive ? reachable(root) : direct(root);
  const unique = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function direct(root: string): InstalledDependency[] {
  const manifest = readManifest(root);
  const names = [...Object.keys(object(manifest["dependencies"])), ...Object.keys(object(manifest["devDependencies"]))];
  return [...new Set(names)].flatMap((name) => {
    const home = findUpwards(join("node_modules", name, "package.json"), root);
    return home === undefined ? [] : describe(join(home, "node_modules", name), name);
  });
}

/** The packages in the `node_modules` of a folder and of those above, and what is installed inside of them. */
function reachable(root: string): InstalledDependency[] {
  const found: InstalledDependency[] = [];
  const seen = new Set<string>();
  const modules = (folder: string): void => {
    for (const entry of list(folder)) {
      const path = join(folder, entry);
      if (entry.startsWith("@")) modules(path);
      else if (entry === ".pnpm") for (const store of list(path)) modules(join(path, store, "node_modules"));
      else if (!entry.startsWith(".")) add(path);
    }
  };
  const add = (path: string): void => {
    if (!existsSync(join(path, "package.json"))) return;
    const real = realpathSync(path);
    if (seen.has(real)) return;
    seen.add(real);
    found.push(...describe(real));
    modules(join(real, "node_modules"));
  };
  for (let at = root; ; at = dirname(at)) {
    modules(join(at, "node_modules"));
    if (dirname(at) === at) return found;
  }
}

function describe(folder: string, alias?: string): InstalledDependency[] {
  const { name, version } = readManifest(folder);
  if (typeof version !== "string") return [];
  const shown = alias ?? name;
  return typeof shown === "string" ? [{ name: shown, version }] : [];
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readManifest(folder: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
  } catch {
    return {};
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
