import type { TagArgs } from "@pulumi/docker";
import { inspectImage, tagImage } from "../daemon/image";
import { imageSubject } from "../daemon/registry-fault";
import { type Fault, SlipwayError } from "../values/fault";
import { canonicalReference, fullReference, isImageId, parseImageReference } from "../values/image-reference";
import { withDefaults } from "./check";
import type { Rules } from "./diff";
import { giveUpImage } from "./image-removal";
import { imageClaim, localImage } from "./image-source";
import type { Context, Found, Resource } from "./resource";
import { subjectOf } from "./urn";
import { isEmpty, listOf, type Properties, textOf, textsOf, unknown, type Value } from "./value";

const reference = (value: Value): Value => (typeof value === "string" ? canonicalReference(value) : value);

const rules: Rules<TagArgs> = {
  sourceImage: { on: "replace", meaning: reference },
  tagTriggers: { on: "replace", unordered: true },
  targetImage: { on: "replace", meaning: reference },
};

/** docker.Tag: a further name of an image that the daemon has. */
export const tag: Resource = {
  token: "docker:index/tag:Tag",
  rules,

  check(_olds, news, request) {
    const subject = `Tag "${request.name}"`;
    const inputs = withDefaults(news, {});
    const faults: Fault[] = [];
    const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
    for (const path of ["sourceImage", "targetImage"] as const) {
      const value = inputs[path];
      const text = textOf(value);
      if (value === unknown) continue;
      if (text === undefined) {
        faults.push({ subject, path, problem: "is missing", advice });
        continue;
      }
      const parsed = parseImageReference(text);
      const isSource = path === "sourceImage";
      // The Engine takes the beginning of an id for an image too.
      if (parsed === undefined && !(isSource && (isImageId(text) || /^[0-9a-f]{12,64}$/.test(text)))) {
        faults.push({ subject, path, value: text, problem: "is not an image reference", advice });
      } else if (!isSource && (isImageId(text) || parsed?.digest !== undefined)) {
        const problem = "is a digest, and only a name can be given";
        faults.push({ subject, path, value: text, problem, advice: "Write it as [REGISTRY/]REPOSITORY[:TAG]." });
      }
    }
    return { inputs, faults };
  },

  claims(inputs) {
    const target = textOf(inputs["targetImage"]);
    return target === undefined ? [] : [imageClaim(target)];
  },

  /** An image can be named only where it is: on the daemon, now or by what this program does. */
  async verify(context, inputs) {
    const source = textOf(inputs["sourceImage"]);
    if (source === undefined) return [];
    const isHere = async (): Promise<boolean> =>
      (await inspectImage(await context.engine(), source, context.signal)) !== undefined;
    const comes = (): boolean => context.deployment.isHeld(imageClaim(source));
    if ((await isHere()) || (await context.deployment.expect(comes, context.signal))) return [];
    const advice = "Have it pulled by a RemoteImage or built by an Image of this program.";
    const problem = "is not on the daemon";
    return [{ subject: subjectOf(context.urn), path: "sourceImage", value: source, problem, advice }];
  },

  plan(inputs) {
    return stateOf(inputs, unknown);
  },

  async create(context, inputs) {
    const source = textOf(inputs["sourceImage"]) ?? "";
    const target = textOf(inputs["targetImage"]) ?? "";
    const image = await localImage(context, source);
    if (image?.Id === undefined) {
      const advice = "Have it pulled by a RemoteImage or built by an Image of this program.";
      throw new SlipwayError({ subject: imageSubject(source), problem: "is not on the daemon", advice });
    }
    const { registry = "", repository = "", tag: label = "latest" } = fullReference(target) ?? {};
    await tagImage(await context.engine(), image.Id, `${registry}/${repository}`, label, context.signal);
    return { id: idOf(source, target), state: stateOf(inputs, image.Id) };
  },

  /** Looks at both names. Where they do not lead to one image any more, the one that has moved shows as changed. */
  async read(context, id, inputs, state): Promise<Found | undefined> {
    const engine = await context.engine();
    if (inputs === undefined) return imported(context, id);
    const source = textOf(state["sourceImage"]) ?? textOf(inputs["sourceImage"]) ?? "";
    const target = textOf(state["targetImage"]) ?? textOf(inputs["targetImage"]) ?? "";
    const [from, to] = await Promise.all([source, target].map((name) => inspectImage(engine, name, context.signal)));
    if (to?.Id === undefined) return undefined;
    const before = textOf(state["sourceImageId"]) ?? to.Id;
    const known = {
      ...inputs,
      sourceImage: spelling(inputs["sourceImage"], source),
      targetImage: spelling(inputs["targetImage"], target),
    };
    const found = {
      id: idOf(source, target),
      state: { ...stateOf(known, before), sourceImage: source, targetImage: target },
    };
    if (to.Id !== before)
      return { ...found, inputs: { ...known, targetImage: `${target} (now another image, ${short(to.Id)})` } };
    if (from?.Id !== undefined && from.Id !== before) {
      return { ...found, inputs: { ...known, sourceImage: `${source} (now another image, ${short(from.Id)})` } };
    }
    return { ...found, inputs: known };
  },

  update(_context, _id, _olds, news, state) {
    return Promise.resolve(stateOf(news, textOf(state["sourceImageId"]) ?? null));
  },

  /** Takes the name off where it still leads to the image that it was given to. */
  async delete(context, _id, inputs, state) {
    const target = textOf(state["targetImage"]) ?? textOf(inputs["targetImage"]) ?? "";
    await giveUpImage(context, { reference: target, imageId: textOf(state["sourceImageId"]), isNameOnly: true });
  },
};

function idOf(source: string, target: string): string {
  return `${source}.${target}`;
}

function stateOf(inputs: Properties, imageId: Value): Properties {
  const triggers = textsOf(inputs["tagTriggers"]);
  const isUnknown = inputs["tagTriggers"] === unknown || triggers.length < listOf(inputs["tagTriggers"]).length;
  return {
    sourceImage: inputs["sourceImage"] ?? null,
    sourceImageId: imageId,
    // The official plugin keeps sets in the order of their values.
    tagTriggers: isUnknown ? unknown : isEmpty(inputs["tagTriggers"]) ? null : [...new Set(triggers)].sort(),
    targetImage: inputs["targetImage"] ?? null,
  };
}

/** The spelling of the inputs, unless an earlier Read has left a remark there. */
function spelling(input: Value | undefined, name: string): string {
  const text = textOf(input) ?? name;
  return canonicalReference(text) === canonicalReference(name) ? text : name;
}

function short(imageId: string): string {
  return imageId.slice(0, "sha256:".length + 12);
}

/** An import by the resource's id, SOURCE.TARGET, or by the target's name; the source is the image itself then. */
async function imported(context: Context, id: string): Promise<Found | undefined> {
  const engine = await context.engine();
  const dots = [...id.matchAll(/\./g)].map(({ index }) => index);
  for (const dot of dots) {
    const [source, target] = [id.slice(0, dot), id.slice(dot + 1)];
    const [from, to] = await Promise.all([source, target].map((name) => inspectImage(engine, name, context.signal)));
    if (from?.Id === undefined || from.Id !== to?.Id) continue;
    const inputs = { __defaults: [], sourceImage: source, targetImage: target };
    return { id, inputs, state: stateOf(inputs, from.Id) };
  }
  const named = await inspectImage(engine, id, context.signal);
  if (named?.Id === undefined) return undefined;
  const inputs = { __defaults: [], sourceImage: named.Id, targetImage: id };
  return { id: idOf(named.Id, id), inputs, state: stateOf(inputs, named.Id) };
}
