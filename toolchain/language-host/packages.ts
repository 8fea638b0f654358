import type { Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PackageDependency, PackageParameterization } from "@pulumi/pulumi/proto/plugin_pb";
import { isMap, isSeq, parseDocument } from "yaml";

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

/** Finds the provider packages below a program's folder: those whose package.json says `pulumi.resource`. */
export async function findPackages(folder: string): Promise<FoundPackages> {
  const walk = new Walk();
  const found = await walk.folder(folder);
  return { packages: found, sdks: walk.sdks };
}

/** The complaint about copies of the SDK with different major versions; undefined when there is none. */
export function describeIncompatible(sdks: readonly SdkCopy[]): string | undefined {
  const majors = new Set(sdks.map((copy) => copy.version.split(".")[0]));
  if (majors.size < 2) return undefined;
  const lines = sdks.map((copy) => `  Version ${copy.version} referenced at ${copy.path}\n`);
  return `Found incompatible versions of @pulumi/pulumi. Differing major versions are not supported.\n${lines.join("")}`;
}

class Walk {
  readonly sdks: SdkCopy[] = [];
  private readonly seen = new Set<string>();

  /** The packages in one folder of a program and below, in name order. What cannot be read is passed over. */
  async folder(folder: string): Promise<PackageDependency[]> {
    if (basename(folder) === "node_modules") return this.modules(folder);
    const entries = await list(folder);
    const parts = await Promise.all(
      entries.map((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return this.folder(path);
        return entry.isSymbolicLink() ? this.link(path, (target) => this.folder(target)) : [];
      }),
    );
    return parts.flat();
  }

  /** The packages of a `node_modules` folder: an entry each, and one level deeper for a scope. */
  private async modules(folder: string): Promise<PackageDependency[]> {
    const entries = await list(folder);
    const parts = await Promise.all(
      entries.map((entry) => {
        const path = join(folder, entry.name);
        const look = (at: string) =>
          entry.name.startsWith("@") || entry.name === ".pnpm" ? this.modules(at) : this.package(at);
        if (entry.isDirectory()) return look(path);
        return entry.isSymbolicLink() ? this.link(path, look) : [];
      }),
    );
    return parts.flat();
  }

  /** A package, and those installed below it. Policy packs need no provider. */
  private async package(folder: string): Promise<PackageDependency[]> {
    const own = await this.manifest(join(folder, "package.json"));
    const below = await this.modules(join(folder, "node_modules"));
    const found = own === undefined ? below : [...below, own];
    if (found.length === 0) return [];
    const policy = await readFile(join(folder, "PulumiPolicy.yaml")).catch(() => undefined);
    return policy === undefined ? found : [];
  }

  private async link(path: string, look: (path: string) => Promise<PackageDependency[]>): Promise<PackageDependency[]> {
    try {
      const target = await realpath(path);
      if (!(await stat(target)).isDirectory() || this.seen.has(target)) return [];
      this.seen.add(target);
    } catch {
      return [];
    }
    return look(path);
  }

  private async manifest(path: string): Promise<PackageDependency | undefined> {
    const text = await readFile(path, "utf8").catch(() => "");
    if (!text.includes("pulumi")) return undefined;
    const manifest = parse(text);
    if (manifest === undefined) return undefined;
    if (manifest["name"] === "@pulumi/pulumi" && typeof manifest["version"] === "string") {
      this.sdks.push({ path, version: manifest["version"] });
    }
    return dependency(manifest);
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The dependency that a package.json declares; undefined for one that is no provider, or lacks a name or version. */
function dependency(manifest: Readonly<Record<string, unknown>>): PackageDependency | undefined {
  const pulumi = record(manifest["pulumi"]);
  if (pulumi?.["resource"] !== true) return undefined;
  const name = word(pulumi["name"]) ?? word(manifest["name"])?.replace(/^@pulumi\//, "");
  const version = word(pulumi["version"]) ?? word(manifest["version"]);
  if (name === undefined || version === undefined || name.includes("/")) return undefined;
  const found = new PackageDependency();
  found.setName(name);
  found.setKind("resource");
  found.setVersion(version.startsWith("v") ? version : `v${version}`);
  found.setServer(word(pulumi["server"]) ?? "");
  const parameters = record(pulumi["parameterization"]);
  if (parameters !== undefined) {
    const parameterization = new PackageParameterization();
    parameterization.setName(word(parameters["name"]) ?? "");
    parameterization.setVersion(word(parameters["version"]) ?? "");
    parameterization.setValue(word(parameters["value"]) ?? "");
    found.setParameterization(parameterization);
  }
  return found;
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

/** The packages that a project serves from folders of its own (`plugins.providers` with a `path`): none needs a download. */
export async function servedByProject(folder: string): Promise<ReadonlySet<string>> {
  for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const document = parseDocument(text);
    const providers = document.errors.length === 0 ? document.getIn(["plugins", "providers"]) : undefined;
    if (!isSeq(providers)) return new Set();
    const served = providers.items.filter((item) => isMap(item) && item.has("path"));
    return new Set(served.map((item) => (isMap(item) ? String(item.get("name")) : "")));
  }
  return new Set();
}
