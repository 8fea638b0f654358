import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PackageDependency, PackageParameterization } from "@pulumi/pulumi/proto/plugin_pb";
import { type Item, type Manifest, PackageCache } from "./package-cache";

/** One copy of `@pulumi/pulumi` in a dependency tree. */
export interface SdkCopy {
  /** Its package.json. */
  readonly path: string;
  /** Its version, as written there. */
  readonly version: string;
}

/** What a walk through a program's dependencies found. */
export interface FoundPackages {
  /** The provider packages, in the order of the walk. */
  readonly packages: readonly PackageDependency[];
  /** Every copy of the SDK itself. */
  readonly sdks: readonly SdkCopy[];
}

/**
 * Finds the provider packages below the folders of a program: those whose package.json says `pulumi.resource`. All folders
 * are looked at, also those deep inside of a package, as the official host does. It reads synchronously: there is nothing
 * else to do meanwhile, and a walk that waits for each folder takes half as long again.
 */
export function findPackages(...folders: readonly string[]): FoundPackages {
  const roots = folders.map((folder) => resolve(folder));
  const cache = new PackageCache(roots);
  const walk = new Walk(cache);
  for (const folder of roots) walk.folder(folder, list(folder), false);
  cache.save();
  return walk;
}

/** The complaint about copies of the SDK with different major versions; undefined when there is none. */
export function describeIncompatible(sdks: readonly SdkCopy[]): string | undefined {
  const majors = new Set(sdks.map((copy) => copy.version.split(".")[0]));
  if (majors.size < 2) return undefined;
  const lines = sdks.map((copy) => `  Version ${copy.version} referenced at ${copy.path}\n`);
  return `Found incompatible versions of @pulumi/pulumi. Differing major versions are not supported.\n${lines.join("")}`;
}

/** The files that make a folder a policy pack. */
const policyFiles: ReadonlySet<string> = new Set(["PulumiPolicy.json", "PulumiPolicy.yaml", "PulumiPolicy.yml"]);

class Walk implements FoundPackages {
  readonly packages: PackageDependency[] = [];
  readonly sdks: SdkCopy[] = [];
  private readonly seen = new Set<string>();
  /** What the package that is being walked through holds; undefined outside of one, and in one that can't be cached. */
  private items: Item[] | undefined;

  constructor(private readonly cache: PackageCache) {}

  /** A folder and all below it, in name order; `installed` where a `node_modules` is around it. What can't be read is passed over. */
  folder(folder: string, entries: readonly Dirent[], installed: boolean): void {
    if (this.seen.has(folder)) return;
    this.seen.add(folder);
    const below = installed || basename(folder) === "node_modules";
    for (const entry of entries) {
      if (entry.isDirectory()) this.subfolder(join(folder, entry.name), below);
      else if (entry.isSymbolicLink()) this.link(join(folder, entry.name), entry.name, below, installed);
      else if (installed && entry.name === "package.json") this.manifest(join(folder, entry.name));
    }
  }

  /** What a policy pack needs is no dependency of the program. The objects of git are many, and none is a package. */
  private subfolder(folder: string, installed: boolean): void {
    const name = basename(folder);
    if (name === ".git") return;
    if (name === "node_modules") this.modules(folder);
    else if (isPackage(folder)) this.package(folder);
    else this.plain(folder, installed);
  }

  private plain(folder: string, installed: boolean): void {
    const entries = list(folder);
    if (!entries.some(({ name }) => policyFiles.has(name))) this.folder(folder, entries, installed);
  }

  /** A folder of packages is looked at in every run, also one inside of a package. */
  private modules(folder: string): void {
    this.items?.push({ modules: folder });
    const around = this.items;
    this.items = undefined;
    this.folder(folder, list(folder), true);
    this.items = around;
  }

  private package(folder: string): void {
    if (this.seen.has(folder)) return;
    const known = this.cache.find(folder);
    if (known !== undefined) {
      this.seen.add(folder);
      for (const item of known) {
        if ("modules" in item) this.modules(item.modules);
        else this.add(item.manifest, item.path);
      }
      return;
    }
    const around = this.items;
    const items: Item[] = [];
    this.items = items;
    this.plain(folder, true);
    if (this.items === items) this.cache.keep(folder, items);
    this.items = around;
  }

  private link(path: string, name: string, below: boolean, installed: boolean): void {
    // What a link leads to may change without a trace in the package that holds it.
    this.items = undefined;
    let target: string;
    try {
      target = realpathSync(path);
      if (!statSync(target).isDirectory()) {
        if (installed && name === "package.json") this.manifest(target);
        return;
      }
    } catch {
      return;
    }
    this.subfolder(target, below);
  }

  private manifest(path: string): void {
    const manifest = parse(path);
    if (manifest === undefined) return;
    const { name, version, pulumi } = manifest;
    this.items?.push({ manifest: { name, version, pulumi }, path });
    this.add(manifest, path);
  }

  private add(manifest: Manifest, path: string): void {
    if (manifest.name === "@pulumi/pulumi" && typeof manifest.version === "string") {
      this.sdks.push({ path, version: manifest.version });
    }
    const found = dependency(manifest);
    if (found !== undefined) this.packages.push(found);
  }
}

/** Whether a folder is one that a package manager has put where packages belong. */
function isPackage(folder: string): boolean {
  const holder = dirname(folder);
  return basename(basename(holder).startsWith("@") ? dirname(holder) : holder) === "node_modules";
}

function list(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** The content of a package.json; undefined where it is none, or has nothing to do with Pulumi. */
function parse(path: string): Manifest | undefined {
  try {
    const text = readFileSync(path);
    return text.includes("pulumi") ? record(JSON.parse(text.toString("utf8"))) : undefined;
  } catch {
    return undefined;
  }
}

/** The dependency that a package.json declares; undefined for one that is no provider, or lacks a name or version. */
function dependency(manifest: Manifest): PackageDependency | undefined {
  const pulumi = record(manifest.pulumi);
  if (pulumi?.["resource"] !== true) return undefined;
  const name = word(pulumi["name"]) ?? ownName(word(manifest.name));
  const version = word(pulumi["version"]) ?? word(manifest.version);
  if (name === undefined || version === undefined) return undefined;
  const found = new PackageDependency();
  found.setName(name);
  found.setKind("resource");
  found.setVersion(version.startsWith("v") ? version : `v${version}`);
  found.setServer(word(pulumi["server"]) ?? "");
  const replacement = parameterization(pulumi["parameterization"]);
  if (replacement !== undefined) found.setParameterization(replacement);
  const extension = parameterization(pulumi["extensionParameterization"]);
  if (extension !== undefined) found.setExtension$(extension);
  return found;
}

/** A provider of Pulumi's own is called as its package; all others have to say their name. */
function ownName(name: string | undefined): string | undefined {
  return name?.startsWith("@pulumi/") ? name.slice("@pulumi/".length) : undefined;
}

function parameterization(value: unknown): PackageParameterization | undefined {
  const parameters = record(value);
  if (parameters === undefined) return undefined;
  const made = new PackageParameterization();
  made.setName(word(parameters["name"]) ?? "");
  made.setVersion(word(parameters["version"]) ?? "");
  made.setValue(word(parameters["value"]) ?? "");
  return made;
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
