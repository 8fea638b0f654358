import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { buildImage } from "../../daemon/build";
import { buildWithBuildx } from "../../daemon/buildx";
import type { Engine } from "../../daemon/client";
import { recordContext } from "../../daemon/context-record";
import { imageIds, removeTag, taggedImage, tagImage } from "../../daemon/image";
import { cacheFolder } from "../../values/cache-folder";
import type { Context } from "../resource";
import { objectOf, type Properties, textOf } from "../value";
import { baseDigests, followsBases } from "./bases";
import { buildOptionsOf, contextOf } from "./build";
import { buildxOptionsOf, cliSetting, needsBuildx } from "./buildx";
import { isPushed } from "./inputs";
import type { Plan } from "./place";

/** What a build, or an image that is there already, has come to. */
export interface Obtained {
  /** The image on the daemon; undefined where it is in its registry only. */
  readonly imageId?: string;
  /** The digest of what is in the registry by now. */
  readonly digest?: string;
  /** Digests of the base images, where the program follows them. */
  readonly bases?: Properties;
}

/** The image that a plan asks for: built, or found where it is. */
export async function obtain(context: Context, inputs: Properties, plan: Plan): Promise<Obtained> {
  if (plan.from === "registry") return {};
  if (plan.imageId !== undefined) return { imageId: plan.imageId };
  const engine = await context.engine();
  const source = await contextOf(objectOf(inputs["build"]));
  const bases = followsBases(inputs) ? { bases: await baseDigests(context, inputs, source) } : {};
  const name = textOf(inputs["imageName"]) ?? "";
  const log = (line: string): void => context.log(line, "status");
  const built = async (): Promise<Obtained> => {
    if (!needsBuildx(objectOf(inputs["build"]))) {
      const options = { ...(await buildOptionsOf(context, inputs, source)), tags: [name] };
      return buildImage(engine, options, log, context.signal);
    }
    const setting = await cliSetting(context, inputs, source);
    const options = await buildxOptionsOf(context, inputs, source, isPushed(inputs) ? "push" : "load");
    const digest = await buildWithBuildx(options, setting, log, context.signal);
    if (isPushed(inputs)) return digest === undefined ? {} : { digest };
    const imageId = await taggedImage(engine, name, context.signal);
    return imageId === undefined ? {} : { imageId };
  };
  const made = await built();
  recordContext(recordFolder(), source);
  return { ...made, ...bases };
}

/**
 * Builds without giving the result any name that stays, so that a preview knows the image's id and nobody sees a difference.
 * @returns undefined where the builder is not the daemon's: there the result stays in the builder's cache
 */
export async function buildUnseen(context: Context, inputs: Properties): Promise<string | undefined> {
  const engine = await context.engine();
  const source = await contextOf(objectOf(inputs["build"]));
  const log = (line: string): void => context.log(line, "status");
  if (needsBuildx(objectOf(inputs["build"]))) {
    const options = await buildxOptionsOf(context, inputs, source, "none");
    await buildWithBuildx(options, await cliSetting(context, inputs, source), log, context.signal);
    return undefined;
  }
  const options = await buildOptionsOf(context, inputs, source);
  const known = await imageIds(engine, context.signal);
  const { imageId } = await buildImage(engine, options, log, context.signal);
  if (!known.has(imageId)) await forget(engine, imageId, AbortSignal.timeout(cleaning));
  return imageId;
}

/** Where build records lie: which files a digest stands for. */
export function recordFolder(): string {
  return join(cacheFolder(), "contexts");
}

/** How long taking a name off may take, also after a cancel, in milliseconds. */
const cleaning = 30_000;

/** Removes an image that has no name, and nothing else: a name that came meanwhile keeps it. */
async function forget(engine: Engine, imageId: string, signal: AbortSignal): Promise<void> {
  const tag = randomBytes(8).toString("hex");
  await tagImage(engine, imageId, "slipway-preview/image", tag, signal);
  await removeTag(engine, `slipway-preview/image:${tag}`, signal);
}
