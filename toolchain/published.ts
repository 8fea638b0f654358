import { createHash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { isExecutable } from "./executable";

/** Puts a finished executable in its place: checksum first, then the file itself by one rename. */
export async function publish(partial: string, target: string): Promise<void> {
  chmodSync(partial, 0o755);
  const record = `${target}.sha256`;
  writeFileSync(`${record}.${process.pid}`, `${await checksumOf(partial)}  ${basename(target)}\n`);
  renameSync(`${record}.${process.pid}`, record);
  renameSync(partial, target);
}

/** True when the file has the checksum recorded beside it. Hashed again only when its size or time changed. */
export async function isIntact(path: string): Promise<boolean> {
  const record = `${path}.sha256`;
  if (!isExecutable(path) || !existsSync(record)) return false;
  const expected = readFileSync(record, "utf8").split(/\s/)[0] ?? "";
  const stat = statSync(path);
  const seen = `${expected} ${stat.size} ${stat.mtimeMs} ${stat.ino}\n`;
  const memo = `${path}.verified`;
  if (existsSync(memo) && readFileSync(memo, "utf8") === seen) return true;
  if ((await checksumOf(path)) !== expected) return false;
  try {
    writeFileSync(memo, seen);
  } catch {
    // A cache that can't be written (another user's, a full disk) is hashed every time.
  }
  return true;
}

/** Removes what runs that were killed left half-made; for the holder of the lock, since only it makes anything there. */
export function removeRemains(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (/\.(download|partial)$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function checksumOf(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    createReadStream(path)
      .on("data", (chunk) => hash.update(chunk))
      .on("error", reject)
      .on("end", () => resolve(hash.digest("hex")));
  });
}
