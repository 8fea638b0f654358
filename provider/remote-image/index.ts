import type { Engine } from "../../daemon/client";
import { inspectImage, isInContainerd } from "../../daemon/image";
import { registryAvailability, type Search } from "../../daemon/image-availability";
import type { EngineRemoteImageArgs } from "../../resources/remote-image";
import { parseDuration } from "../../values/duration";
import { type Fault, messageOf, SlipwayError } from "../../values/fault";
import { canonicalReference, fullReference, isImageId, parseImageReference } from "../../values/image-reference";
import { canonicalPlatform } from "../../values/platform";
import { buildBlock } from "../build-block";
import { withDefaults } from "../check";
import type { Rules } from "../diff";
import { giveUpImage } from "../image-removal";
import { ensureImage, imageClaim, imageFault } from "../image-source";
import { loginsOf } from "../registry-logins";
import type { Context, Found, Resource } from "../resource";
import { subjectOf } from "../urn";
import { flagOf, isEmpty, type Properties, textOf, unknown, type Value } from "../value";
import { idOf, isFromRegistry, isSameName, partsOfId, plannedState, repoDigestOf, stateOf } from "./state";

const whenTrue = (value: Value): Value => (value === true ? true : null);

const rules: Rules<EngineRemoteImageArgs> = {
  // Not "replace" as a word: the official plugin does not list the block among what is stable.
  build: { on: () => "replace", meaning: (value) => buildBlock.meaning(value) },
  forceRemove: { on: "update", meaning: whenTrue },
  keepLocally: { on: "update", meaning: whenTrue },
  name: { on: "replace", meaning: (value) => (typeof value === "string" ? canonicalReference(value) : value) },
  platform: {
    on: "replace",
    meaning: (value) => (typeof value === "string" && value !== "" ? (canonicalPlatform(value) ?? value) : null),
  },
  pull: { on: "update", meaning: (value) => (value === "always" ? value : null) },
  pullAfter: { on: "update", meaning: (value) => ageOf(value) ?? null },
  pullTriggers: { on: "replace", unordered: true },
  triggers: { on: "replace" },
};

/** docker.RemoteImage: an image that the daemon has under a name: its own, else the registry's, or one built there. */
export const remoteImage: Resource = {
  token: "docker:index/remoteImage:RemoteImage",
  rules,
  secrets: buildBlock.secrets,

  async check(_olds, news, request) {
    const subject = `RemoteImage "${request.name}"`;
    const inputs = withDefaults(news, {}, { build: buildBlock.defaults });
    const faults: Fault[] = [];
    const name = inputs["name"];
    const isReference = typeof name === "string" && !isImageId(name) && parseImageReference(name) !== undefined;
    if (name !== unknown && !isReference) {
      const problem = textOf(name) === undefined ? "is missing" : "is not an image reference";
      const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
      faults.push({ subject, path: "name", problem, advice, ...(textOf(name) === undefined ? {} : { value: name }) });
    }
    const platform = textOf(inputs["platform"]);
    if (platform !== undefined && canonicalPlatform(platform) === undefined) {
      const advice = "Write it as OS/ARCHITECTURE, such as linux/amd64.";
      faults.push({ subject, path: "platform", value: platform, problem: "is not a platform", advice });
    }
    const pull = inputs["pull"];
    if (!isEmpty(pull) && pull !== unknown && pull !== "always" && pull !== "missing") {
      faults.push({ subject, path: "pull", value: pull, problem: "is unknown", advice: 'Use "always" or "missing".' });
    }
    const age = inputs["pullAfter"];
    if (!isEmpty(age) && age !== unknown && ageOf(age) === undefined) {
      const advice = 'Write it as "24h" or "90m".';
      faults.push({ subject, path: "pullAfter", value: age, problem: "is no length of time", advice });
    }
    if (!isEmpty(inputs["build"]) && inputs["build"] !== unknown) {
      faults.push(...(await buildBlock.faults(inputs["build"], subject)));
    }
    return { inputs, faults };
  },

  /** What is built has its names for itself; what is pulled may be named by anyone. */
  claims(inputs) {
    const name = textOf(inputs["name"]);
    if (name === undefined) return [];
    if (isEmpty(inputs["build"])) return [{ ...imageClaim(name), isShared: true }];
    return buildBlock.tags(name, inputs["build"]).map(imageClaim);
  },

  /** A registry that says it has no such image is asked before anything is touched. */
  async verify(context, inputs, old) {
    const name = textOf(inputs["name"]);
    if (old === undefined) buildBlock.warn(context, inputs["build"]);
    if (name === undefined || old !== undefined || !isEmpty(inputs["build"])) return [];
    const place = { subject: subjectOf(context.urn), path: "name" };
    const asked = await askedFor(context, inputs, name);
    if (!isAskedAnew(context, asked, name)) {
      const fault = await imageFault(context, name, place);
      return fault === undefined ? [] : [fault];
    }
    const search = { logins: loginsOf(context), signal: context.signal };
    const found = await registryAvailability(await context.engine(), name, search);
    if (found.at === "nowhere" && insists(asked)) return [{ ...place, value: name, ...found.fault }];
    if (found.at === "unknown") context.log(`${place.subject}: name "${name}": ${found.reason}.`, "warning");
    return [];
  },

  plan: plannedState,

  async create(context, inputs) {
    const name = textOf(inputs["name"]) ?? "";
    const image = isEmpty(inputs["build"]) ? await pulled(context, inputs, name) : await built(context, inputs, name);
    return { id: idOf(image.Id ?? "", name), state: stateOf(inputs, name, image) };
  },

  /**
   * Looks the name up. Where a registry's image was fetched anew by hand, the resource follows; where the name was given to
   * an image of other origin, or has moved in its registry and that counts (`pull: "always"`), the name shows as changed.
   */
  async read(context, id, inputs, state): Promise<Found | undefined> {
    const engine = await context.engine();
    if (inputs === undefined) return imported(context, id);
    const name = textOf(state["name"]) ?? textOf(inputs["name"]) ?? "";
    const image = await inspectImage(engine, name, context.signal);
    if (image === undefined) return undefined;
    // An earlier Read may have left its remark in the inputs.
    const spelt = textOf(inputs["name"]) ?? name;
    const known: Properties = { ...inputs, name: isSameName(spelt, name) ? spelt : name };
    const remark = await drift(context, known, state, name, image);
    const shown: Properties = remark === undefined ? known : { ...known, name: `${name} (${remark})` };
    return { id: idOf(image.Id ?? "", name), inputs: shown, state: stateOf(known, name, image, true) };
  },

  async update(context, _id, _olds, news, state) {
    const name = textOf(state["name"]) ?? textOf(news["name"]) ?? "";
    const image = await inspectImage(await context.engine(), name, context.signal);
    return image === undefined ? { ...state, ...plannedState(news, state) } : stateOf(news, name, image);
  },

  /** Takes the name off, and the image with it where nobody else uses it. */
  async delete(context, id, inputs, state) {
    const asked = { ...state, ...inputs };
    if (flagOf(asked["keepLocally"]) === true) return;
    const { imageId, name } = partsOfId(id);
    const force = flagOf(asked["forceRemove"]) ?? false;
    for (const reference of isEmpty(state["build"]) ? [name] : buildBlock.tags(name, state["build"])) {
      await giveUpImage(context, { reference, imageId, force });
    }
  },
};

type Image = NonNullable<Awaited<ReturnType<typeof inspectImage>>>;

async function pulled(context: Context, program: Properties, name: string): Promise<Image> {
  const inputs = await askedFor(context, program, name);
  const platform = textOf(inputs["platform"]);
  if (!isAskedAnew(context, inputs, name)) return ensureImage(context, name, { platform });
  try {
    return await ensureImage(context, name, { platform, anew: true });
  } catch (error) {
    context.signal.throwIfAborted();
    const present = await inspectImage(await context.engine(), name, context.signal);
    // An image that was never in a registry can only be looked at anew, which has been done.
    if (present === undefined || insists(inputs)) throw error;
    context.log(`${messageOf(error)} The daemon's own image of that name is used.`, "warning");
    return present;
  }
}

async function built(context: Context, inputs: Properties, name: string): Promise<Image> {
  const id = await buildBlock.build(context, name, inputs["build"] ?? null);
  const image = await inspectImage(await context.engine(), id, context.signal);
  if (image !== undefined) return image;
  throw new SlipwayError({ subject: `Image "${name}"`, problem: "was removed right after it was built" });
}

/** `pullAfter` in milliseconds; undefined where there is none. */
function ageOf(value: Value | undefined): number | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : parseDuration(text);
}

/** The inputs with `pull: "always"` where `pullAfter` has passed; an image that no record tells the age of is old. */
function whenOld(inputs: Properties, image: Image | undefined): Properties {
  const age = ageOf(inputs["pullAfter"]);
  if (age === undefined || image === undefined) return inputs;
  const named = Date.parse(image.Metadata?.LastTagTime ?? "");
  return Number.isNaN(named) || Date.now() > named + age ? { ...inputs, pull: "always" } : inputs;
}

/** {@link whenOld} for the image that the daemon has now; looked at only where there is an age. */
async function askedFor(context: Context, inputs: Properties, name: string): Promise<Properties> {
  if (ageOf(inputs["pullAfter"]) === undefined) return inputs;
  return whenOld(inputs, await inspectImage(await context.engine(), name, context.signal));
}

/** True where the registry is asked although the daemon has the name: always, or since this replaces an image of that name. */
function isAskedAnew(context: Context, inputs: Properties, name: string): boolean {
  if (inputs["pull"] === "always") return true;
  const before = context.deployment.seen.get(context.urn);
  return before !== undefined && isSameName(partsOfId(before).name, name);
}

/** True where the registry's image is what the program asks for, and the daemon's would not do. */
function insists(inputs: Properties): boolean {
  return inputs["pull"] === "always" || !isEmpty(inputs["pullTriggers"]);
}

/** What has become of a name, as a remark; undefined where all is well. */
async function drift(
  context: Context,
  inputs: Properties,
  state: Properties,
  name: string,
  image: Image,
): Promise<string | undefined> {
  const before = textOf(state["imageId"]);
  const moved = before !== undefined && before !== image.Id;
  const isBuilt = !isEmpty(inputs["build"]);
  const wasFromRegistry = textOf(state["repoDigest"]) !== undefined;
  const search = { logins: loginsOf(context), signal: context.signal };
  const isFetched = async (): Promise<boolean> =>
    isFromRegistry(name, image) && !(await isUnknownToRegistry(await context.engine(), name, image, search));
  if (moved && (isBuilt || (wasFromRegistry && !(await isFetched())))) {
    return `now another image, ${(image.Id ?? "").slice(0, "sha256:".length + 12)}`;
  }
  if (isBuilt || whenOld(inputs, image)["pull"] !== "always") return undefined;
  const found = await registryAvailability(await context.engine(), name, search);
  if (found.at === "registry" && found.digest !== "" && !isFromRegistry(name, image, found.digest)) {
    return `moved in its registry to ${found.digest.slice(0, "sha256:".length + 12)}`;
  }
  if (found.at === "unknown") {
    context.log(`Whether "${name}" has moved is not known: ${found.reason}.`, "warning");
  }
  return undefined;
}

/**
 * True where the registry that the name says does not have the image. With images in containerd an image has a digest under
 * each of its names, whether a registry has seen it or not, so the registry itself is asked.
 */
async function isUnknownToRegistry(engine: Engine, name: string, image: Image, search: Search): Promise<boolean> {
  const full = fullReference(name);
  if (full === undefined || !isInContainerd(image)) return false;
  const asked = `${full.registry}/${full.repository}@${image.Id ?? ""}`;
  return (await registryAvailability(engine, asked, search)).at === "nowhere";
}

/** An import by the resource's id, by the name, or by the image's id, which then has to have a name. */
async function imported(context: Context, id: string): Promise<Found | undefined> {
  const parts = partsOfId(id);
  const image = await inspectImage(await context.engine(), parts.name || id, context.signal);
  if (image === undefined || (parts.imageId !== undefined && image.Id !== parts.imageId)) return undefined;
  const name = parts.name || image.RepoTags?.[0] || repoDigestOf("", image);
  if (name === "") {
    const advice = "Give it one with `docker tag`, and import that.";
    throw new SlipwayError({ subject: `Image ${id.slice(0, 19)}`, problem: "has no name to import it by", advice });
  }
  const inputs = { __defaults: [], name };
  return { id: idOf(image.Id ?? "", name), inputs, state: stateOf(inputs, name, image) };
}
