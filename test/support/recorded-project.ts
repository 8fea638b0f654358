import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { recordings } from "./recordings";

/** Puts the files of a recorded case into a folder, as they were at a step: what the case changed, its links and modes too. */
export function restoreProject(name: string, step: string, folder: string): void {
  const from = join(recordings, name);
  cpSync(from, folder, { recursive: true });
  makeWritable(folder);
  if (!/^(preview|up|preview2)$/.test(step) && existsSync(join(from, "change"))) {
    cpSync(join(from, "change"), folder, { recursive: true });
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (file.endsWith(".DELETED")) rmSync(join(folder, file.slice(0, -".DELETED".length)), { force: true });
      if (file.endsWith(".DELETED")) rmSync(join(folder, file), { force: true });
    }
  }
  makeWritable(folder);
  for (const [path, target] of Object.entries<string>(json(join(from, "symlinks.json")))) {
    symlinkSync(target, join(folder, path));
  }
  const special = json(join(from, "modes.json"));
  for (const path of special.emptyDirectories ?? []) mkdirSync(join(folder, path), { recursive: true });
  for (const [path, mode] of Object.entries<string>(special.modes ?? {})) chmodSync(join(folder, path), Number(mode));
}

/** A recording may be kept read-only; its files were 0644 or 0755. */
function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, file);
    chmodSync(path, statSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}

function json(file: string) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}
