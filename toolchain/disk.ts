import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { SlipwayError } from "../values/fault";

const megabyte = 1024 * 1024;

/** Bytes that this user can still write where a path is or would be made. */
export function freeBytes(path: string): number {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** A number of bytes in MB or GB. */
export function spellBytes(bytes: number): string {
  const megabytes = bytes / megabyte;
  return megabytes < 1024 ? `${Math.floor(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`;
}

/**
 * Refuses work that would fill a disk half-way.
 * @throws {@link SlipwayError} when less than `bytes` are free there.
 */
export function requireSpace(path: string, bytes: number, purpose: string, advice: string): void {
  const free = freeBytes(path);
  if (free >= bytes) return;
  throw new SlipwayError({
    subject: `Disk of ${path}`,
    problem: `has ${spellBytes(free)} free, and ${purpose} takes about ${spellBytes(bytes)} there`,
    advice,
  });
}
