import type { ImageInspect } from "@docker/node-sdk";
import type { Engine } from "../daemon/client";
import { inspectImage } from "../daemon/image";
import { imageAvailability } from "../daemon/image-availability";
import { pullImage } from "../daemon/image-transfer";
import { imageSubject } from "../daemon/registry-fault";
import type { FoundLogin } from "../daemon/registry-login";
import { type Fault, SlipwayError } from "../values/fault";
import { canonicalReference, fullReference } from "../values/image-reference";
import { isPlatform, platformText } from "../values/platform";
import type { Claim } from "./deployment";
import { loginsOf } from "./registry-logins";
import type { Context } from "./resource";

/** The name under which resources say that they will have an image, whatever the spelling of its reference. */
export function imageClaim(reference: string): Claim {
  return { kind: "image", name: canonicalReference(reference) };
}

/** Where a fault about an image stands: `Container "web"`, `image`. */
export type Place = Pick<Fault, "subject" | "path">;

/**
 * What will go wrong with an image that a resource needs: undefined when the daemon has it, its registry has it, or this
 * program makes it. A registry that can't be asked is a warning, since it may answer by the time it counts.
 */
export async function imageFault(context: Context, reference: string, place: Place): Promise<Fault | undefined> {
  const search = { logins: loginsOf(context), signal: context.signal };
  const found = await imageAvailability(await context.engine(), reference, search);
  if (found.at === "daemon" || found.at === "registry") return undefined;
  const isMade = (): boolean => context.deployment.isMade(imageClaim(reference));
  const where = place.path === undefined ? place.subject : `${place.subject}: ${place.path}`;
  if (await context.deployment.expect(isMade, context.signal)) {
    if (context.deployment.maker(imageClaim(reference)) === undefined) {
      context.log(`${where} "${reference}" is not there yet; another provider instance of this program makes it.`);
    }
    return undefined;
  }
  if (found.at === "nowhere") return { ...place, value: reference, ...found.fault };
  context.log(`${where} "${reference}" is not on the daemon, and ${found.reason}.`, "warning");
  return undefined;
}

/** How an image is got. */
export interface Source {
  /** `os/arch[/variant]`; an image of another platform counts as absent. @default whatever is there */
  readonly platform?: string | undefined;
  /** Asks the registry although the daemon has the image. @default false */
  readonly anew?: boolean;
  /** The login to use. @default the one that the provider's settings and docker's configuration give */
  readonly found?: FoundLogin | undefined;
}

/**
 * The image of a reference, as the daemon does it: its own first, then the registry's.
 * @throws {@link SlipwayError} that says why there is none.
 */
export async function ensureImage(context: Context, reference: string, source: Source = {}): Promise<ImageInspect> {
  const engine = await context.engine();
  const { platform, anew = false } = source;
  const present = await inspectImage(engine, reference, context.signal);
  const fits = present !== undefined && (platform === undefined || isPlatform(present, platform));
  if (fits && !anew) return present;
  if (present === undefined) {
    const made = await madeHere(context, engine, reference);
    if (made !== undefined) return made;
  }
  const full = fullReference(reference);
  if (full === undefined) {
    const problem = "is not on the daemon, and is no reference that a registry could have";
    const advice = "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.";
    throw new SlipwayError({ subject: imageSubject(reference), problem, advice });
  }
  const found = source.found ?? (await loginsOf(context).find(full.registry));
  const onProgress = (line: string): void => context.log(line, "status");
  const options = { found, platform, onProgress, signal: context.signal };
  const { summary } = await pullImage(engine, reference, options);
  context.log(summary);
  const pulled = await inspectImage(engine, reference, context.signal);
  if (pulled === undefined) {
    throw new SlipwayError({ subject: imageSubject(reference), problem: "was removed right after it was pulled" });
  }
  if (platform !== undefined && !isPlatform(pulled, platform)) {
    context.log(
      `${imageSubject(reference)} is of platform ${platformText(pulled)}, not ${platform}: its registry has no other.`,
      "warning",
    );
  }
  return pulled;
}

/** An image that the daemon has, now or as soon as another resource of this run has brought it; undefined where none does. */
export async function localImage(context: Context, reference: string): Promise<ImageInspect | undefined> {
  const engine = await context.engine();
  return (await inspectImage(engine, reference, context.signal)) ?? madeHere(context, engine, reference);
}

/** An image that another resource of this run makes, once it is made; nothing but its name says that it is needed. */
async function madeHere(context: Context, engine: Engine, reference: string): Promise<ImageInspect | undefined> {
  const { deployment, signal } = context;
  const maker = deployment.holder(imageClaim(reference));
  if (maker === undefined || maker === context.urn) return undefined;
  const look = (): Promise<ImageInspect | undefined> => inspectImage(engine, reference, signal);
  const answer = await deployment.await(maker, async () => (await look()) !== undefined, signal);
  return answer === "met" ? look() : undefined;
}
