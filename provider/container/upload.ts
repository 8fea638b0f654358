import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { Engine } from "../../daemon/client";
import { putArchive } from "../../daemon/container";
import { flagOf, listOf, objectOf, type Properties, textOf } from "../value";

/** Copies every upload into the container, which need not run yet. */
export async function uploadAll(engine: Engine, id: string, inputs: Properties, signal: AbortSignal): Promise<void> {
  for (const item of listOf(inputs["uploads"])) {
    const block = objectOf(item);
    const target = textOf(block["file"]) ?? "";
    const permissions = textOf(block["permissions"]);
    const fallback = flagOf(block["executable"]) === true ? 0o744 : 0o644;
    const mode = permissions === undefined ? fallback : Number.parseInt(permissions, 8);
    const tar = pack();
    tar.entry({ name: target.replace(/^\/+/, ""), mode }, await contentOf(block));
    tar.finalize();
    await putArchive(engine, id, "/", Readable.from(tar), signal);
  }
}

function contentOf(block: Properties): Promise<Buffer> {
  const source = textOf(block["source"]);
  if (source !== undefined) return readFile(source);
  const base64 = textOf(block["contentBase64"]);
  if (base64 !== undefined) return Promise.resolve(Buffer.from(base64, "base64"));
  return Promise.resolve(Buffer.from(textOf(block["content"]) ?? ""));
}
