import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerSummary } from "@docker/node-sdk";
import type { Engine } from "../daemon/client";
import { EngineError } from "../daemon/client";
import { listContainers } from "../daemon/container";
import { inspectImage, removeImage } from "../daemon/image";
import { imageSubject } from "../daemon/registry-fault";
import { ownership } from "../resources/ownership";
import { imageClaim } from "./image-source";
import type { Context } from "./resource";

/** An image that a resource gives up. */
export interface GivenUp {
  /** The reference that it had. */
  readonly reference: string;
  /** The image that the reference stood for when the resource had it. */
  readonly imageId: string | undefined;
  /** Takes it from containers that are stopped; by force the Engine would only hide it from running ones. @default false */
  readonly force?: boolean;
  /** True where the resource has made the name only: it may go although containers use the image, if that has another name. @default false */
  readonly isNameOnly?: boolean;
}

/** How long containers of this stack that are being removed at the same time are waited for, in milliseconds. */
const patience = 20_000;

/**
 * Takes a reference off an image, and with the last one the image. It stays, and a warning says why, where a container or
 * another image needs it: then it is not this stack's alone. A reference that another resource of this run wants, or that
 * was given to another image since, is left as it is, and only what is left of the old image goes (E2, E6).
 */
export async function giveUpImage(context: Context, given: GivenUp): Promise<void> {
  const { reference, imageId, force = false, isNameOnly = false } = given;
  const engine = await context.engine();
  const present = await inspectImage(engine, reference, context.signal);
  const isOurs = present !== undefined && (imageId === undefined || present.Id === imageId);
  // No program is checked in a destroy, so there nothing is wanted any more.
  if (isOurs && context.deployment.holder(imageClaim(reference)) !== undefined) return;
  if (!isOurs && isNameOnly) return;
  const target = isOurs ? reference : imageId;
  if (target === undefined) return;
  const image = isOurs ? present : await inspectImage(engine, target, context.signal);
  if (image?.Id === undefined) return;
  // What has another name is somebody's; what stands for it in the registry only (a digest) is nobody's.
  if (!isOurs && (image.RepoTags ?? []).length > 0) return;
  const isOneOfMany = isNameOnly && (image.RepoTags ?? []).length > 1;
  const users = isOneOfMany ? [] : await usersOf(context, engine, image.Id, force);
  const stays = (reason: string): void =>
    context.log(`${imageSubject(reference)} stays on the daemon: ${reason.replace(/\.$/, "")}.`, "warning");
  if (users.length > 0) return stays(`${naming(users)} ${users.length === 1 ? "uses" : "use"} it`);
  try {
    await removeImage(engine, target, { force: force && isOurs }, context.signal);
  } catch (error) {
    // Another image was built on it, or a container has come since.
    if (!(error instanceof EngineError) || error.status !== 409) throw error;
    stays(error.message);
  }
}

/** The containers that use an image, after those of this stack have had their time to go. */
async function usersOf(
  context: Context,
  engine: Engine,
  imageId: string,
  runningOnly: boolean,
): Promise<ContainerSummary[]> {
  const until = Date.now() + patience;
  for (;;) {
    const all = await containersOf(engine, imageId, context.signal);
    const users = runningOnly ? all.filter(({ State }) => State === "running") : all;
    const going = users.filter((user) => isGoing(context, user));
    if (going.length === 0 || going.length < users.length || Date.now() > until) return users;
    await sleep(200, undefined, { signal: context.signal });
  }
}

/** True for a container of this stack that the run does not keep. */
function isGoing({ deployment, providerId }: Context, { Id, Labels }: ContainerSummary): boolean {
  if (Labels?.[ownership.provider] !== providerId) return false;
  return !deployment.isAlive(Labels[ownership.urn] ?? "", Id ?? "");
}

async function containersOf(engine: Engine, imageId: string, signal: AbortSignal): Promise<ContainerSummary[]> {
  // The filter also answers containers of images that were built on this one.
  const found = await listContainers(engine, { ancestor: [imageId] }, signal);
  return found.filter((container) => container.ImageID === imageId);
}

function naming(containers: readonly ContainerSummary[]): string {
  const names = containers.map(({ Names, Id }) => Names?.[0]?.replace(/^\//, "") ?? (Id ?? "").slice(0, 12));
  const shown = names.length > 5 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return `${containers.length === 1 ? "container" : "containers"} ${shown.join(", ")}`;
}
