import type { Readable } from "node:stream";
import type { ImageInspect, ImageSummary } from "@docker/node-sdk";
import { type Engine, EngineError } from "./client";
import { unlessGone } from "./container";

/** An image by id or reference; undefined when the daemon has none. */
export function inspectImage(
  engine: Engine,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageInspect | undefined> {
  return unlessGone(engine.json("GET", `/images/${encodeURIComponent(reference)}/json`, { signal }));
}

/** True where the daemon keeps its images in containerd: an image's id is the digest of its manifest there (API 1.48). */
export function isInContainerd(image: ImageInspect): boolean {
  const descriptor: unknown = Reflect.get(image, "Descriptor");
  return typeof descriptor === "object" && descriptor !== null;
}

/** The id of the image that a reference leads to; undefined when it leads nowhere. */
export async function taggedImage(
  engine: Engine,
  reference: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  return (await inspectImage(engine, reference, signal))?.Id;
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

/**
 * Takes a tag off, and removes the image with its last one unless a container uses it: then nothing happens.
 * @returns the daemon's words about what uses it, such as "container 1f2e… is using its referenced image …"
 */
export async function removeTag(engine: Engine, reference: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    await removeImage(engine, reference, { force: false }, signal);
    return undefined;
  } catch (error) {
    if (error instanceof EngineError && error.status === 409) return error.message;
    throw error;
  }
}

/** Every tag of a repository on the daemon, with the id of its image (Engine API, `ImageList`). */
export async function taggedImages(
  engine: Engine,
  repository: string,
  signal?: AbortSignal,
): Promise<{ readonly reference: string; readonly imageId: string }[]> {
  const query = { filters: { reference: [repository] } };
  const images: ImageSummary[] = await engine.json("GET", "/images/json", { query, signal });
  return images.flatMap(({ Id, RepoTags }) =>
    (RepoTags ?? [])
      .filter((reference) => reference.startsWith(`${repository}:`))
      .map((reference) => ({ reference, imageId: Id })),
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
    // Podman gives the tag only where it is part of the name, and Docker's own client sends it so.
    query: { fromSrc: "-", repo: `${repository}:${tag}`, changes },
    body: archive,
    headers: { "content-type": "application/x-tar" },
    signal,
  });
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  const error = /"error":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (error !== undefined) throw new Error(`The daemon could not import ${repository}:${tag}: ${error}`);
}

/**
 * Tags and registry digests of every image (Engine API, `ImageList`). With images in containerd an image's id is its digest
 * in every registry, of which the list names one only.
 */
export async function listDigests(
  engine: Engine,
  signal?: AbortSignal,
): Promise<{ readonly id: string; readonly tags: readonly string[]; readonly digests: readonly string[] }[]> {
  const images: ImageSummary[] = await engine.json("GET", "/images/json", { query: { digests: true }, signal });
  return images.map(({ Id, RepoTags, RepoDigests }) => ({ id: Id, tags: RepoTags ?? [], digests: RepoDigests ?? [] }));
}

/** The ids of all images, those without a tag too (Engine API, `ImageList`). */
export async function imageIds(engine: Engine, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const images: ImageSummary[] = await engine.json("GET", "/images/json", { signal });
  return new Set(images.map(({ Id }) => Id));
}

/** The first tag of every image that has one, by the image's id (Engine API, `ImageList`). */
export async function listImages(engine: Engine, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const images: ImageSummary[] = await engine.json("GET", "/images/json", { signal });
  return new Map(images.flatMap(({ Id, RepoTags }) => (RepoTags?.[0] === undefined ? [] : [[Id, RepoTags[0]]])));
}
