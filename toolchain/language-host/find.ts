import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/** The `node` that programs run on: the first on PATH, else the one that runs this host. */
export function findNode(): string {
  const names = process.platform === "win32" ? ["node.exe"] : ["node"];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      if (folder !== "" && isExecutable(path)) return path;
    }
  }
  return process.execPath;
}

/** The file that a module name stands for when required from a folder; undefined if it is not installed there. */
export function locateModule(name: string, folder: string): string | undefined {
  try {
    return createRequire(join(folder, "program.js")).resolve(name);
  } catch {
    return undefined;
  }
}

/** The nearest of a folder and its parents that has an entry of this name; undefined if none has. */
export function findUpwards(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, name))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** The folder whose package.json (or pnpm-workspace.yaml) makes a workspace around a folder; else the folder itself. */
export function workspaceRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "pnpm-workspace.yaml")) || declaresWorkspaces(join(at, "package.json"))) return at;
    if (dirname(at) === at) return folder;
  }
}

function declaresWorkspaces(path: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof manifest === "object" && manifest !== null && "workspaces" in manifest;
  } catch {
    return false;
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
