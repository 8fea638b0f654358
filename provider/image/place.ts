import type { Engine } from "../../daemon/client";
import { inspectImage, taggedImage } from "../../daemon/image";
import { canonicalReference } from "../../values/image-reference";
import type { Context } from "../resource";
import { flagOf, numberOf, objectOf, type Properties, textOf } from "../value";
import { buildKey, isPushed, registryHost } from "./inputs";
import { KeptImages } from "./kept";
import { builtInputs, localId, pushedDigest } from "./state";

/** The image as the state has it: what was built last, from what. */
export interface Predecessor {
  /** The resource's id, which is the image's name at its creation. */
  readonly id: string;
  readonly state: Properties;
  /** The old inputs, with what has drifted. */
  readonly inputs: Properties;
}

/** What has to be done for the inputs to hold, and why. */
export interface Plan {
  /** The image that will have the name; undefined where only a build tells, or where it is in its registry only. */
  readonly imageId?: string;
  /** Build it, take the image that is there, take back an earlier build, or leave in its registry what was pushed. */
  readonly from: "build" | "present" | "kept" | "registry";
  /** The image that has been built last, where the daemon still has it. */
  readonly oldId?: string;
  /** True where the name does not lead to the image. */
  readonly tags: boolean;
  /** True where the registry has to get it. */
  readonly pushes: boolean;
  /** Earlier builds of this resource. */
  readonly kept: KeptImages;
}

/** Looks at the daemon and says what has to be done; it changes nothing. */
export async function planOf(context: Context, inputs: Properties, old?: Predecessor): Promise<Plan> {
  const engine = await context.engine();
  const name = textOf(inputs["imageName"]) ?? "";
  const build = objectOf(inputs["build"]);
  const kept = new KeptImages(engine, context.providerId, old?.id ?? name);
  const key = buildKey(inputs, context.providerId);
  const oldId = old === undefined ? undefined : await oldImage(context, engine, old.state);
  const pushes = isPushed(inputs);
  const isThere = old !== undefined && pushes && isInRegistry(inputs, old.state);
  const rest = { kept, ...(oldId === undefined ? {} : { oldId }) };
  // Read takes the digest out of the old inputs where the image is there but no longer what a build would give.
  const stale = old !== undefined && objectOf(old.inputs["build"])["contextDigest"] === undefined;
  const same = old !== undefined && key !== undefined && key === buildKey(builtInputs(old.state), context.providerId);
  const present = same && !stale ? oldId : undefined;
  if (same && !stale && oldId === undefined && isThere)
    return { ...rest, from: "registry", tags: false, pushes: false };
  if (present !== undefined) {
    const tags = (await taggedImage(engine, name, context.signal)) !== present;
    return {
      ...rest,
      imageId: present,
      from: "present",
      tags,
      pushes: pushes && !isThere,
    };
  }
  const fresh = stale || flagOf(build["noCache"]) === true || build["pull"] === "always";
  const earlier = fresh || key === undefined ? undefined : await kept.find(key, context.signal);
  if (earlier !== undefined) return { ...rest, imageId: earlier.imageId, from: "kept", tags: true, pushes };
  return { ...rest, from: "build", tags: true, pushes };
}

/** How many earlier builds stay where the program does not say: a bad release, the attempt to mend it, and the one before. */
const defaultKeep = 3;

/** How many earlier builds stay. */
export function keepOf(inputs: Properties): number {
  return numberOf(objectOf(inputs["build"])["keep"]) ?? defaultKeep;
}

/** The id of the image that a state stands for, if the daemon still has it. */
export async function oldImage(context: Context, engine: Engine, state: Properties): Promise<string | undefined> {
  const reference = localId(state) ?? pushedDigest(state);
  if (reference === undefined) return undefined;
  return (await inspectImage(engine, reference, context.signal))?.Id;
}

/** True where the state says that this very name in this very registry was pushed. */
function isInRegistry(inputs: Properties, state: Properties): boolean {
  const before = builtInputs(state);
  const name = (properties: Properties): string => canonicalReference(textOf(properties["imageName"]) ?? "");
  const sameRegistry = registryHost(inputs["registry"]) === registryHost(before["registry"]);
  return pushedDigest(state) !== undefined && name(inputs) === name(before) && sameRegistry;
}
