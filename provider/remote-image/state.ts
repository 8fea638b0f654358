import type { ImageInspect } from "@docker/node-sdk";
import { canonicalReference, fullReference } from "../../values/image-reference";
import { buildBlock } from "../build-block";
import { flagOf, isEmpty, listOf, type Properties, textOf, textsOf, unknown, type Value } from "../value";

/** Default timeouts as the official plugin keeps them, in nanoseconds. */
const meta =
  '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000}}';

/** The id of a RemoteImage: the image's id and right behind it the name, as the official plugin writes it. */
export function idOf(imageId: string, name: string): string {
  return `${imageId}${name}`;
}

/** The two parts of an id; an import may give only one of them. */
export function partsOfId(id: string): { readonly imageId?: string; readonly name: string } {
  const match = /^(sha256:[0-9a-f]{64})(.*)$/s.exec(id);
  if (match === null) return { name: id };
  const [, imageId = "", name = ""] = match;
  return { imageId, name };
}

/** The state of an image that the daemon has. */
export function stateOf(inputs: Properties, name: string, image: ImageInspect, isRead = false): Properties {
  return {
    ...given(inputs, isRead),
    name,
    imageId: image.Id ?? "",
    repoDigest: repoDigestOf(name, image),
  };
}

/** What a preview can say: everything that the daemon decides is unknown. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const decided: Properties = { imageId: old?.["imageId"] ?? unknown, repoDigest: old?.["repoDigest"] ?? unknown };
  return { ...given(inputs), name: inputs["name"] ?? null, ...decided };
}

/** `REPOSITORY@sha256:…` of the image in the registry that its name says, else in any; empty where it was never in one. */
export function repoDigestOf(name: string, image: ImageInspect): string {
  const digests = image.RepoDigests ?? [];
  return digests.find((digest) => isSameRepository(digest, name)) ?? digests[0] ?? "";
}

/** True where the daemon got the image from, or brought it to, the registry that the name says. */
export function isFromRegistry(name: string, image: ImageInspect, digest?: string): boolean {
  const known = (image.RepoDigests ?? []).filter((candidate) => isSameRepository(candidate, name));
  return digest === undefined ? known.length > 0 : known.some((candidate) => candidate.endsWith(`@${digest}`));
}

function isSameRepository(one: string, other: string): boolean {
  const [a, b] = [fullReference(one), fullReference(other)];
  return a !== undefined && b !== undefined && a.registry === b.registry && a.repository === b.repository;
}

function given(inputs: Properties, isRead = false): Record<string, Value> {
  const triggers = textsOf(inputs["pullTriggers"]);
  const hasUnknownTriggers =
    inputs["pullTriggers"] === unknown || triggers.length < listOf(inputs["pullTriggers"]).length;
  return {
    __meta: meta,
    build: buildBlock.state(inputs["build"], isRead),
    forceRemove: flagOf(inputs["forceRemove"]) ?? inputs["forceRemove"] ?? null,
    keepLocally: flagOf(inputs["keepLocally"]) ?? inputs["keepLocally"] ?? null,
    platform: inputs["platform"] ?? null,
    // The official plugin keeps sets in the order of their values.
    pullTriggers: hasUnknownTriggers ? unknown : isEmpty(inputs["pullTriggers"]) ? null : [...new Set(triggers)].sort(),
    triggers: inputs["triggers"] ?? null,
    ...(textOf(inputs["pull"]) === undefined ? {} : { pull: inputs["pull"] ?? null }),
    ...(textOf(inputs["pullAfter"]) === undefined ? {} : { pullAfter: inputs["pullAfter"] ?? null }),
  };
}

/** True where two names are spellings of one reference. */
export function isSameName(one: string, other: string): boolean {
  return canonicalReference(one) === canonicalReference(other);
}
