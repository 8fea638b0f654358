import type { ImageInspect } from "@docker/node-sdk";
import type { Engine } from "./client";
import { unlessGone } from "./container";

/** An image by id or reference; undefined when the daemon has none. */
export function inspectImage(
  engine: Engine,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageInspect | undefined> {
  return unlessGone(engine.json("GET", `/images/${encodeURIComponent(reference)}/json`, { signal }));
}

/** Takes a tag off, and removes the image with its last one. Gone already is a success. */
export async function removeImage(
  engine: Engine,
  reference: string,
  options: { readonly force: boolean },
  signal?: AbortSignal,
): Promise<void> {
  await unlessGone(
    engine.json("DELETE", `/images/${encodeURIComponent(reference)}`, { query: { force: options.force }, signal }),
  );
}

/** Gives an image another reference. */
export async function tagImage(
  engine: Engine,
  reference: string,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  const query = { repo: repository, tag };
  await engine.json("POST", `/images/${encodeURIComponent(reference)}/tag`, { query, signal });
}
