import { isUtf8 } from "node:buffer";
import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

/** Go's filepath.Join of two: cleaned, no slash at the end; nothing when both are empty. */
export function joinPaths(base: string, path: string): string {
  if (base === "" && path === "") return "";
  const joined = base === "" ? join(path) : join(base, path);
  return joined.length > 1 && joined.endsWith("/") ? joined.slice(0, -1) : joined;
}

/** Go's filepath.Dir. */
export function folderOf(path: string): string {
  return joinPaths(dirname(path === "" ? "." : path.endsWith("/") ? `${path}x` : path), "");
}

/** `~` at the front is the home folder. */
export function expandHome(path: string, home: string | undefined): string {
  return path.startsWith("~") && home !== undefined ? joinPaths(home, path.slice(1)) : path;
}

/** An absolute Windows path, which a client on Windows may hand on. */
export function isWindowsAbsolute(path: string): boolean {
  return /^[a-zA-Z]:[\\/]/.test(path) || /^[\\/]{2}[^\\/]+[\\/]+[^\\/]+/.test(path);
}

/** The path of a folder as seen from another; the path itself when there is none. */
export function relativeTo(base: string, path: string): string {
  if (isAbsolute(base) !== isAbsolute(path)) return path;
  return relative(base, path) || ".";
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The path with its first symbolic link replaced by what it leads to. */
export function withoutFirstLink(path: string): string {
  let current = isAbsolute(path) ? "/" : "";
  for (const part of path.split("/")) {
    if (part === "") continue;
    current = joinPaths(current, part);
    const stats = lstatSync(current, { throwIfNoEntry: false });
    if (stats === undefined) return path;
    if (stats.isSymbolicLink()) return path.replace(current, () => realpathSync(current));
  }
  return path;
}

/** The text of a file; what is no UTF-8 becomes U+FFFD. */
export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** The text of a YAML file: UTF-8, or UTF-16 with its mark. Undefined when it is neither. */
export function readYamlText(path: string): string | undefined {
  const bytes = readFileSync(path);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString("utf16le");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return Buffer.from(bytes.subarray(2)).swap16().toString("utf16le");
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}

export function absolute(base: string, path: string): string {
  return resolve(base, path);
}
