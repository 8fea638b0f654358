import { accessSync, constants, existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/** The `node` that programs run on: the first on PATH, else the one that runs this host. */
export function findNode(): string {
  return findCommand("node") ?? process.execPath;
}

/** The first executable of a name on PATH; undefined where there is none. */
export function findCommand(name: string): string | undefined {
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((one) => join(folder, one))).find(isExecutable);
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
