import type { Readable } from "node:stream";
import type { ImageInspect, ImageSummary } from "@docker/node-sdk";
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

/** True when the registry of the reference, asked by the daemon, has it (Engine API, `DistributionInspect`). */
export async function registryHas(engine: Engine, reference: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await unlessGone(
    engine.json("GET", `/distribution/${encodeURIComponent(reference)}/json`, { signal }),
  );
  return answer !== undefined;
}

/** Makes an image of one layer from a tar of its root file system (Engine API, `ImageCreate` with fromSrc). */
export async function importImage(
  engine: Engine,
  archive: Readable,
  repository: string,
  tag: string,
  changes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const answer = await engine.stream("POST", "/images/create", {
    query: { fromSrc: "-", repo: repository, tag, changes },
    body: archive,
    headers: { "content-type": "application/x-tar" },
    signal,
  });
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  const error = /"error":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (error !== undefined) throw new Error(`The daemon could not import ${repository}:${tag}: ${error}`);
}

/** The first tag of every image that has one, by the image's id (Engine API, `ImageList`). */
export async function listImages(engine: Engine, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const images: ImageSummary[] = await engine.json("GET", "/images/json", { signal });
  return new Map(images.flatMap(({ Id, RepoTags }) => (RepoTags?.[0] === undefined ? [] : [[Id, RepoTags[0]]])));
}
