import type { Engine } from "../../daemon/client";
import { removeTag, taggedImage, tagImage } from "../../daemon/image";
import { pushImage } from "../../daemon/image-transfer";
import { canonicalReference, fullReference } from "../../values/image-reference";
import { imageClaim } from "../image-source";
import type { Context } from "../resource";
import { type Properties, textOf, type Value } from "../value";
import { imageLogins } from "./build";
import { buildKey, isPushed } from "./inputs";
import { type Obtained, obtain } from "./obtain";
import { keepOf, type Plan, type Predecessor, planOf } from "./place";
import { builtInputs, stateOf } from "./state";

/**
 * Brings the daemon, and the registry, to what the inputs ask for, by the smallest step: a tag, an earlier build, or a build.
 * The last build stays under a tag of ours. Where it fails, the image's name leads to what it led to before, or is gone
 * again; the build cache makes the next try short.
 */
export async function apply(context: Context, inputs: Properties, old?: Predecessor): Promise<Properties> {
  const engine = await context.engine();
  const name = textOf(inputs["imageName"]) ?? "";
  const plan = await planOf(context, inputs, old);
  const before = await taggedImage(engine, name, context.signal);
  await keepLast(context, plan, old);
  let made: Obtained = {};
  try {
    made = await obtain(context, inputs, plan);
    if (made.imageId !== undefined && plan.tags) await giveName(engine, made.imageId, name, context.signal);
    if (made.digest === undefined && plan.pushes) {
      made = { ...made, digest: await push(context, engine, inputs, name) };
    }
  } catch (failure) {
    const { imageId } = made;
    // What was cancelled or timed out is put in order all the same.
    const signal = AbortSignal.timeout(cleaning);
    if (imageId !== undefined && imageId !== before)
      await putBack({ ...context, signal }, plan, inputs, { imageId, before, isFirst: old === undefined });
    await plan.kept.prune(keepOf(inputs), plan.oldId, signal);
    throw failure;
  }
  if (old !== undefined) await dropOldName(context, engine, inputs, old, plan);
  await plan.kept.prune(keepOf(inputs), made.imageId, context.signal);
  // As the official plugin writes it: the name without its tag, as the program spells it.
  const pushed = made.digest === undefined ? undefined : `${name.replace(/:[\w][\w.-]*$/, "")}@${made.digest}`;
  const unpushed = isPushed(inputs) ? (old?.state["repoDigest"] ?? made.imageId) : made.imageId;
  return stateWith(inputs, pushed ?? unpushed ?? null, made);
}

/** How long putting things in order may take after a failure or a cancel, in milliseconds. */
const cleaning = 30_000;

/** Keeps the last build before its name goes to another; without a tag it would be left dangling. */
async function keepLast(context: Context, plan: Plan, old: Predecessor | undefined): Promise<void> {
  if (old === undefined || plan.oldId === undefined || plan.from === "present") return;
  const key = buildKey(builtInputs(old.state), context.providerId);
  if (key !== undefined) await plan.kept.keep(plan.oldId, key, context.signal);
}

async function giveName(engine: Engine, imageId: string, name: string, signal: AbortSignal): Promise<void> {
  const { registry = "", repository = "", tag = "latest" } = fullReference(name) ?? {};
  await tagImage(engine, imageId, `${registry}/${repository}`, tag, signal);
}

async function push(context: Context, engine: Engine, inputs: Properties, name: string): Promise<string> {
  const { registry = "" } = fullReference(name) ?? {};
  const found = await imageLogins(context, inputs).find(registry);
  const onProgress = (line: string): void => context.log(line, "status");
  const { digest, summary } = await pushImage(engine, name, { found, onProgress, signal: context.signal });
  context.log(summary);
  return digest;
}

/**
 * After a push that failed: the name goes back, and the new image stays as an earlier build, so that the next try need not
 * build it. Of an image that is not in the state yet nothing stays.
 */
async function putBack(
  context: Context,
  plan: Plan,
  inputs: Properties,
  { imageId, before, isFirst }: { imageId: string; before: string | undefined; isFirst: boolean },
): Promise<void> {
  const { signal } = context;
  const engine = await context.engine();
  const name = textOf(inputs["imageName"]) ?? "";
  const key = buildKey(inputs, context.providerId);
  if (key !== undefined && plan.from === "build" && !isFirst) await plan.kept.keep(imageId, key, signal);
  if (before === undefined) await removeTag(engine, name, signal);
  else await giveName(engine, before, name, signal);
}

/** Takes the old name off after a rename, if it still leads to what this resource built and no other resource of the program has it. */
async function dropOldName(
  context: Context,
  engine: Engine,
  inputs: Properties,
  old: Predecessor,
  plan: Plan,
): Promise<void> {
  const name = textOf(old.state["imageName"]) ?? "";
  if (name === "" || canonicalReference(name) === canonicalReference(textOf(inputs["imageName"]) ?? "")) return;
  if (context.deployment.holder(imageClaim(name)) !== undefined) return;
  const leads = await taggedImage(engine, name, context.signal);
  if (leads !== undefined && leads === plan.oldId) await removeTag(engine, name, context.signal);
}

function stateWith(inputs: Properties, repoDigest: Value, { bases }: Obtained): Properties {
  const state = stateOf(inputs, repoDigest);
  return bases === undefined ? state : { ...state, bases };
}
