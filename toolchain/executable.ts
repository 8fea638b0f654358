import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** True for a file that this user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every executable of this name in the folders of PATH and then in `further`, in that order. */
export function findExecutables(
  name: string,
  environment: NodeJS.ProcessEnv,
  further: readonly string[] = [],
): readonly string[] {
  const folders = [...(environment["PATH"] ?? "").split(delimiter), ...further].filter((folder) => folder !== "");
  return [...new Set(folders)].map((folder) => join(folder, name)).filter(isExecutable);
}

/** The first bytes of a file, one character a byte; enough to tell a script from a program, and ours from others'. */
export function headOf(path: string, bytes = 200): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    return buffer.toString("latin1", 0, readSync(file, buffer, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
