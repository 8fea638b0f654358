import { recordContext, recordedContext } from "../../daemon/context-record";
import { removeTag, taggedImage } from "../../daemon/image";
import { type Fault, isSlipwayError, SlipwayError } from "../../values/fault";
import { imageClaim } from "../image-source";
import type { Context, Resource } from "../resource";
import { flagOf, hasUnknown, isEmpty, objectOf, type Properties, textOf, unknown, type Value } from "../value";
import { apply } from "./apply";
import { movedBases } from "./bases";
import { contextOf } from "./build";
import { changesOf } from "./change";
import { dockerfileFaultsOf } from "./dockerfile";
import { faultsOf } from "./faults";
import { isPushed, rules, withImageDefaults } from "./inputs";
import { KeptImages } from "./kept";
import { buildUnseen, recordFolder } from "./obtain";
import { oldImage, type Plan, type Predecessor, planOf } from "./place";
import { sourcesOf } from "./sources";
import { builtInputs, localId, stateOf } from "./state";

/** docker.Image: an image built from a Dockerfile. Its id is the name it was first built under, as in the official plugin. */
export const image: Resource = {
  token: "docker:index/image:Image",
  rules,
  secrets: ["__inputs", "registry.password", "build.secrets.*.value"],

  /** Reads the context and puts its digest into the inputs: that is how a changed file shows in the plan. */
  async check(olds, news, request) {
    const inputs = withImageDefaults(news);
    const faults = faultsOf(inputs, request.name);
    const build = objectOf(inputs["build"]);
    const given = objectOf(news["build"]);
    if (!isEmpty(given["dockerfile"]) && !isEmpty(given["dockerfileInline"])) {
      const problem = "is given beside `dockerfileInline`";
      faults.push({
        subject: `Image "${request.name}"`,
        path: "build.dockerfile",
        problem,
        advice: "Keep one of the two.",
      });
    }
    const sources = ["context", "dockerfile", "dockerfileInline"] as const;
    if (sources.some((name) => build[name] === unknown)) return { inputs, faults };
    try {
      const source = await contextOf(build);
      const rest = source.rest === undefined || isUncounted(olds, source.digest) ? {} : { contextRest: source.rest };
      const checked = { ...inputs, build: { ...build, contextDigest: source.digest, ...rest } };
      const before = textOf(objectOf(olds["build"])["contextDigest"]);
      if (before === source.digest) recordContext(recordFolder(), source);
      return { inputs: checked, faults: [...faults, ...dockerfileFaultsOf(checked, olds, source, request.name)] };
    } catch (error) {
      if (!isSlipwayError(error)) throw error;
      const subject = `Image "${request.name}"`;
      const found = error.faults.map((fault) => ({ ...fault, subject, path: fault.path ?? pathOf(fault) }));
      return { inputs, faults: [...faults, ...found] };
    }
  },

  claims(inputs) {
    const name = textOf(inputs["imageName"]);
    return name === undefined ? [] : [imageClaim(name)];
  },

  plan(inputs, old) {
    const fresh = stateOf(inputs, unknown);
    return old === undefined ? fresh : { ...old, ...fresh };
  },

  /** Says what will be built and why, refuses what can't be; builds only where the program asks for it, and without a trace. */
  async preview(context, inputs, old) {
    if (hasUnknown(inputs["build"]) || inputs["imageName"] === unknown) return stateOf(inputs, unknown);
    const plan = await planOf(context, inputs, old);
    if (plan.from === "build") await refuseFaults(context, inputs);
    if (old !== undefined) await tell(context, inputs, old, plan);
    return { ...old?.state, ...stateOf(inputs, await previewedDigest(context, inputs, plan, old)) };
  },

  async create(context, inputs) {
    const id = textOf(inputs["imageName"]) ?? "";
    await refuseFaults(context, inputs);
    return { id, state: await apply(context, inputs) };
  },

  /**
   * An image that stays on the daemon is looked for there. One that was pushed lives in its registry: the next run may well
   * be on another machine, whose daemon never had it.
   */
  async read(context, id, inputs, state) {
    const engine = await context.engine();
    if (inputs === undefined) return imported(id, await taggedImage(engine, id, context.signal));
    if (hasUnknown(inputs)) return { id, inputs, state };
    const moved = (await movedBases(context, builtInputs(state), state)).length > 0;
    if (isPushed(inputs)) return { id, inputs: moved ? withoutDigest(inputs) : inputs, state };
    const built = await oldImage(context, engine, state);
    if (built === undefined || moved) return { id, inputs: withoutDigest(inputs), state };
    const name = textOf(state["imageName"]) ?? id;
    if ((await taggedImage(engine, name, context.signal)) === built) return { id, inputs, state };
    return { id, inputs: { ...inputs, imageName: null }, state };
  },

  async update(context, id, olds, news, state) {
    const old = { id, state, inputs: olds };
    const plan = await planOf(context, news, old);
    if (plan.from === "build") await refuseFaults(context, news);
    return apply(context, news, old);
  },

  /** Removes what this resource built and nobody else uses: its name where it still leads there, and the earlier builds. */
  async delete(context, id, _inputs, state) {
    const engine = await context.engine();
    const name = textOf(state["imageName"]) ?? id;
    if (context.deployment.holder(imageClaim(name)) !== undefined) return;
    const built = await oldImage(context, engine, state);
    const leads = await taggedImage(engine, name, context.signal);
    if (built !== undefined && leads === built) {
      const used = await removeTag(engine, name, context.signal);
      if (used !== undefined) context.log(`Image "${name}" stays on the daemon: ${used}`);
    }
    await new KeptImages(engine, context.providerId, id).prune(0, undefined, context.signal);
  },
};

/** Everything that can be known to make a build fail, before it begins. */
async function refuseFaults(context: Context, inputs: Properties): Promise<void> {
  const name = context.urn.split("::").at(-1) ?? "";
  const source = await contextOf(objectOf(inputs["build"]));
  const { faults, warnings } = await sourcesOf(context, name, inputs, source);
  for (const warning of warnings) context.log(warning, "warning");
  if (faults.length > 0) throw new SlipwayError(faults);
}

/** The sentence of a preview about what happens to the image, with everything that changed. */
async function tell(context: Context, inputs: Properties, old: Predecessor, plan: Plan): Promise<void> {
  const name = `Image "${context.urn.split("::").at(-1) ?? ""}"`;
  const source = await contextOf(objectOf(inputs["build"]));
  const before = builtInputs(old.state);
  const digest = textOf(objectOf(before["build"])["contextDigest"]) ?? "";
  const changes = changesOf(before, inputs, recordedContext(recordFolder(), digest), source);
  const list = changes.map((line) => `\n  ${line}`).join("");
  if (plan.from === "kept") {
    context.log(`${name} goes back to an earlier build that the daemon still has; nothing is built.${list}`);
  } else if (plan.from === "present") {
    if (plan.tags) context.log(`${name} gets its name back or a new one; nothing is built.${list}`);
  } else {
    const reasons = [...(await reasonsBesides(context, inputs, old, plan)), ...changes];
    const why = reasons.map((line) => `\n  ${line}`).join("");
    context.log(`${name} will be rebuilt, because of:${why}\nContainers of it are replaced if the result differs.`);
  }
}

/** Reasons to build that are no change of the program. */
async function reasonsBesides(
  context: Context,
  inputs: Properties,
  old: Predecessor,
  plan: Plan,
): Promise<readonly string[]> {
  if (isPushed(inputs)) return [];
  if (plan.oldId === undefined && localId(old.state) !== undefined) return ["the daemon no longer has the image"];
  const moved = await movedBases(context, inputs, old.state);
  return moved.map((reference) => `${reference} has moved in its registry`);
}

async function previewedDigest(
  context: Context,
  inputs: Properties,
  plan: Plan,
  old: Predecessor | undefined,
): Promise<Value> {
  if (plan.from === "build") {
    const built = flagOf(inputs["buildOnPreview"]) === true ? await buildUnseen(context, inputs) : undefined;
    return isPushed(inputs) ? unknown : (built ?? unknown);
  }
  if (isPushed(inputs)) return plan.pushes ? unknown : (old?.state["repoDigest"] ?? unknown);
  return plan.imageId ?? unknown;
}

/** True where an old state, such as one of the official plugin, never counted what lies behind a link that leads nowhere. */
function isUncounted(olds: Properties, digest: string): boolean {
  const build = objectOf(olds["build"]);
  return build["contextDigest"] === digest && build["contextRest"] === undefined;
}

function pathOf(fault: Fault): string {
  return fault.subject === "Dockerfile" ? "build.dockerfile" : "build.context";
}

/** The mark of Read that a build is due: the old inputs then differ from any new ones. */
function withoutDigest(inputs: Properties): Properties {
  const { contextDigest: _, ...build } = objectOf(inputs["build"]);
  return { ...inputs, build };
}

function imported(id: string, imageId: string | undefined) {
  if (imageId === undefined) return undefined;
  const inputs: Properties = { imageName: id, skipPush: true, buildOnPreview: false };
  return { id, inputs, state: stateOf(inputs, imageId) };
}
