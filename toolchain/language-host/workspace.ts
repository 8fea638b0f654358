import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { findUpwards } from "./find";

/**
 * The root of the npm, yarn, pnpm or bun workspace that a program belongs to: the nearest folder above whose list of packages
 * names the program's own. Undefined outside of any.
 */
export async function workspaceRoot(folder: string): Promise<string | undefined> {
  const own = findUpwards("package.json", folder);
  if (own === undefined) return undefined;
  for (let at = own; ; at = dirname(at)) {
    const patterns = [...(await pnpmPackages(at)), ...manifestPackages(at)];
    if (patterns.length > 0 && isListed(relative(at, own).replaceAll(sep, "/"), patterns)) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Whether a workspace's patterns name a package; one that starts with `!` takes it out again. */
export function isListed(path: string, patterns: readonly string[]): boolean {
  if (path === "") return true;
  let listed = false;
  for (const pattern of patterns) {
    const takesOut = pattern.startsWith("!");
    if (expression(takesOut ? pattern.slice(1) : pattern).test(`${path}/`)) listed = !takesOut;
  }
  return listed;
}

/** For a path that ends with a slash. */
function expression(pattern: string): RegExp {
  const plain = pattern.replace(/^\.\//, "").replace(/\/+$/, "");
  const parts = plain.split("/").map((part) => {
    if (part === "**") return "(?:[^/]+/)*";
    const escaped = part.replace(/[.+^${}()|\\]/g, "\\$&");
    return `${escaped.replace(/\*+/g, "[^/]*").replaceAll("?", "[^/]")}/`;
  });
  return new RegExp(`^${parts.join("")}$`);
}

async function pnpmPackages(folder: string): Promise<readonly string[]> {
  const path = join(folder, "pnpm-workspace.yaml");
  if (!existsSync(path)) return [];
  const { parse } = await import("yaml");
  const content: unknown = parse(readFileSync(path, "utf8"));
  return words(field(content, "packages"));
}

/** `workspaces: [...]`, or yarn's longer `workspaces: { packages: [...] }`. */
function manifestPackages(folder: string): readonly string[] {
  let workspaces: unknown;
  try {
    workspaces = field(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), "workspaces");
  } catch {
    return [];
  }
  return words(Array.isArray(workspaces) ? workspaces : field(workspaces, "packages"));
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function words(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
