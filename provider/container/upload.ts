import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { type Engine, EngineError } from "../../daemon/client";
import { putArchive } from "../../daemon/container";
import { readFile as readContainerFile, statFile } from "../../daemon/container-files";
import { messageOf, SlipwayError } from "../../values/fault";
import type { Effect } from "../diff";
import { flagOf, listOf, objectOf, type Properties, textOf, type Value } from "../value";
import type { ContainerRules } from "./look";
import { reloads } from "./reload";

/** Remarks on a file that is not as it was uploaded; no content of a file is a file name or mode with such an end. */
const remark = / \((?:overwritten in|changed in|gone from) the container\)$/;

/** Files that are copied into the container before it starts. */
export const uploadRules = {
  uploads: { on: uploadEffect, unordered: true, has: ({ uploads }, declared) => uploads ?? declared },
} satisfies ContainerRules;

/** Copies uploads into the container, which need not run yet; `blocks` are those to copy, all by default. */
export async function uploadAll(
  engine: Engine,
  id: string,
  inputs: Properties,
  signal: AbortSignal,
  blocks: readonly Value[] = listOf(inputs["uploads"]),
): Promise<void> {
  for (const item of blocks) {
    const block = objectOf(item);
    const { uid = 0, gid = 0 } = ownerOf(block);
    const tar = pack();
    const name = (textOf(block["file"]) ?? "").replace(/^\/+/, "");
    // The time of all uploads is 1970, as with the official plugin: so a file that was written to later shows.
    tar.entry({ name, mode: modeOf(block), uid, gid, mtime: new Date(0) }, await contentOf(block));
    tar.finalize();
    try {
      await putArchive(engine, id, "/", Readable.from(tar), signal);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const path = `uploads[${listOf(inputs["uploads"]).indexOf(item)}].file`;
      const why = messageOf(error).replace(/^Error processing tar file\(.*?\): /, "");
      const fault = { subject: `Container "${textOf(inputs["name"]) ?? ""}"`, path, value: textOf(block["file"]) };
      const advice = "Choose another place, or mend what the image or a mount has there.";
      throw new SlipwayError({ ...fault, problem: `can't be written: ${why}`, advice }, { cause: error });
    }
  }
}

/** The uploads as they are in the container: those that are as uploaded unchanged, the others with a remark on what differs. */
export async function presentUploads(
  engine: Engine,
  id: string,
  uploads: Value | undefined,
  signal: AbortSignal,
): Promise<Value[]> {
  return Promise.all(
    listOf(uploads).map(async (item): Promise<Value> => {
      const block = withoutRemarks(objectOf(item));
      const remarks = await differences(engine, id, block, signal);
      return remarks === undefined ? block : { ...block, ...remarks };
    }),
  );
}

/** The uploads of a list that carry a remark. */
export function differing(uploads: readonly Value[]): string[] {
  const remarked = uploads.map(objectOf).filter((block) => Object.values(block).some(isRemark));
  return remarked.map((block) => textOf(block["file"]) ?? "");
}

/** User and group ids of an upload; names are looked up on this machine, as the official plugin does. */
export function ownerOf(block: Properties): { readonly uid: number | undefined; readonly gid: number | undefined } {
  return { uid: idOf(block["owner"], "/etc/passwd"), gid: idOf(block["group"], "/etc/group") };
}

/** Permission bits: `permissions` before `executable` before 0644. */
function modeOf(block: Properties): number {
  const permissions = textOf(block["permissions"]);
  const fallback = flagOf(block["executable"]) === true ? 0o744 : 0o644;
  return permissions === undefined ? fallback : Number.parseInt(permissions, 8);
}

function contentOf(block: Properties): Promise<Buffer> {
  const source = textOf(block["source"]);
  if (source !== undefined) return readFile(source);
  const base64 = textOf(block["contentBase64"]);
  if (base64 !== undefined) return Promise.resolve(Buffer.from(base64, "base64"));
  return Promise.resolve(Buffer.from(textOf(block["content"]) ?? ""));
}

async function differences(
  engine: Engine,
  id: string,
  block: Properties,
  signal: AbortSignal,
): Promise<Properties | undefined> {
  const path = textOf(block["file"]) ?? "";
  const field = textOf(block["source"]) ? "source" : textOf(block["contentBase64"]) ? "contentBase64" : "content";
  const stat = await statFile(engine, id, path, signal);
  if (stat === undefined) return { [field]: `${path} (gone from the container)` };
  const found: Record<string, Value> = {};
  if (stat.mode !== modeOf(block)) found["permissions"] = `${octal(stat.mode)} (changed in the container)`;
  const wanted = await contentOf(block).catch(() => undefined);
  const { uid, gid } = ownerOf(block);
  const untouched = stat.modified === 0 && stat.size === wanted?.length && field !== "source";
  if (untouched && uid === undefined && gid === undefined) return Object.keys(found).length === 0 ? undefined : found;
  const seen = stat.isFile ? await readContainerFile(engine, id, path, signal) : undefined;
  const seenText = seen === undefined ? "no file" : `sha256:${digestOf(seen.content)}`;
  if (seen === undefined || (wanted !== undefined && !wanted.equals(seen.content))) {
    // A source that has changed on this side is a change of the program; the container has what it was given.
    const here = stat.modified === 0 && field === "source";
    if (here) found["sourceHash"] = seenText;
    else found[field] = `${seenText} (overwritten in the container)`;
  }
  if (uid !== undefined && seen !== undefined && seen.uid !== uid)
    found["owner"] = `${seen.uid} (changed in the container)`;
  if (gid !== undefined && seen !== undefined && seen.gid !== gid)
    found["group"] = `${seen.gid} (changed in the container)`;
  return Object.keys(found).length === 0 ? undefined : found;
}

/**
 * A file that was changed in the container is written again; what the program changes is there from the start, in a new
 * one, unless the container says how it takes that up (`reload`).
 */
function uploadEffect(before: Value, after: Value, _olds: Properties, inputs: Properties): Effect {
  if (reloads(before, after, inputs)) return "update";
  const olds = listOf(before).map(objectOf);
  const news = listOf(after).map(objectOf);
  const same = olds.length === news.length && olds.every((old) => news.some((block) => differsByRemark(old, block)));
  return same ? "update" : "replace";
}

/** True where all that differs carries a remark. */
function differsByRemark(old: Properties, block: Properties): boolean {
  const names = new Set([...Object.keys(old), ...Object.keys(block)]);
  names.delete("__defaults");
  return [...names].every((name) => isRemark(old[name]) || (old[name] ?? null) === (block[name] ?? null));
}

function withoutRemarks(block: Properties): Properties {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => !isRemark(value)));
}

function isRemark(value: Value | undefined): boolean {
  return typeof value === "string" && remark.test(value);
}

function idOf(value: Value | undefined, file: string): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const line = readFileSync(file, "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${text}:`));
  return line === undefined ? undefined : Number(line.split(":")[2]);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function digestOf(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
