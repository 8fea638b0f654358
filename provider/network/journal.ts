import { createHash } from "node:crypto";
import type { Engine } from "../../daemon/client";
import { createVolume, inspectVolume, removeVolume } from "../../daemon/volume";
import { ownership, ownershipLabels } from "../../resources/ownership";
import type { Context } from "../resource";
import type { Attachment } from "./attachment";

/**
 * The memory of a swap under way, so that a killed one can be taken up: from the first detached container to the last
 * one attached again, the daemon holds an empty volume whose label names them. A volume, since the Engine has nothing
 * lighter that bears labels, takes no address pool and outlives the network.
 */
export async function writeJournal(
  engine: Engine,
  context: Context,
  attachments: readonly Attachment[],
): Promise<void> {
  const labels = ownershipLabels(context.urn, context.providerId, "");
  await createVolume(engine, {
    Name: nameOf(context),
    Labels: { ...labels, [ownership.swap]: JSON.stringify(attachments) },
  });
}

/** What a swap that did not come to its end left to be attached again; undefined where there was none. */
export async function readJournal(engine: Engine, context: Context): Promise<Attachment[] | undefined> {
  const text = (await inspectVolume(engine, nameOf(context), context.signal))?.Labels?.[ownership.swap];
  if (text === undefined) return undefined;
  const attachments: Attachment[] = JSON.parse(text);
  return attachments;
}

/** Closes the journal: everything is attached again. */
export async function removeJournal(engine: Engine, context: Context): Promise<void> {
  await removeVolume(engine, nameOf(context));
}

/** One name for each resource of each stack, so that two clones of a project never read each other's. */
function nameOf(context: Context): string {
  const hash = createHash("sha256").update(`${context.providerId} ${context.urn}`).digest("hex");
  return `slipway-swap-${hash.slice(0, 32)}`;
}
