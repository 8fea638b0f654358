import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NetworkCreateRequest, NetworkInspect } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import { createNetwork, inspectNetwork, removeNetwork } from "../../daemon/network";
import { ownershipLabels } from "../../resources/ownership";
import { messageOf, SlipwayError } from "../../values/fault";
import { parseSubnet } from "../../values/subnet";
import type { Context } from "../resource";
import { isEmpty, type Properties } from "../value";
import { type Attachment, attach, attachmentsOf, detach } from "./attachment";
import { bodyLike, bodyOf } from "./body";
import { readJournal, removeJournal, writeJournal } from "./journal";
import { shareAddresses } from "./pool";

/**
 * Puts a new network in the place of an old one while the containers on it run on: they are detached, the old network is
 * removed, the new one is made, they are attached again as they were. What can be proved is proved before the first
 * container is detached. If it fails after that, the old network is made again, with everything on it; its id is another
 * one then, which the next Read finds by name and label. Once begun it runs to its end, whatever the engine cancels.
 */
export async function swapNetwork(context: Context, old: NetworkInspect, inputs: Properties): Promise<NetworkInspect> {
  const engine = await context.engine();
  const labels = ownershipLabels(context.urn, context.providerId, randomUUID());
  const body = bodyInPlaceOf(old, inputs, labels);
  await prove(context, engine, old, inputs, body);
  const attachments = merged((await readJournal(engine, context)) ?? [], await attachmentsOf(engine, old));
  context.signal.throwIfAborted();
  await writeJournal(engine, context, attachments);
  let made: NetworkInspect | undefined;
  try {
    await vacate(engine, context, old, attachments);
    made = await makeNetwork(engine, body);
    for (const attachment of attachments) await attach(engine, made, attachment);
  } catch (error) {
    await putBack(context, engine, old, made, error);
    throw error;
  }
  await removeJournal(engine, context);
  return made;
}

/** Attaches again what a swap that did not come to its end left detached. */
export async function finishSwap(context: Context, network: NetworkInspect): Promise<void> {
  const engine = await context.engine();
  const left = await readJournal(engine, context);
  if (left === undefined) return;
  for (const attachment of left) await attach(engine, network, attachment);
  await removeJournal(engine, context);
}

/** Makes a network and looks at it. */
export async function makeNetwork(
  engine: Engine,
  body: NetworkCreateRequest,
  signal?: AbortSignal,
): Promise<NetworkInspect> {
  const made = await createNetwork(engine, body, signal);
  const seen = await inspectNetwork(engine, made.Id ?? "");
  if (seen === undefined)
    throw new Error(`Network "${body.Name}" was removed by somebody else right after it was made.`);
  return seen;
}

/** The temporary name of a network that proves options. */
export const probeName = /-next-[0-9a-f]{8}$/;

/** The body of the new network. A subnet that is left to the Engine stays what it was, so that addresses stay. */
function bodyInPlaceOf(
  old: NetworkInspect,
  inputs: Properties,
  labels: Readonly<Record<string, string>>,
): NetworkCreateRequest {
  const body = bodyOf(inputs, labels);
  const sameKind = body.Driver === old.Driver && body.IPAM?.Driver === (old.IPAM?.Driver ?? "default");
  if (!isEmpty(inputs["ipamConfigs"]) || !sameKind || old.Scope === "swarm") return body;
  const configs = (old.IPAM?.Config ?? []).filter((config) => {
    return body.EnableIPv6 === true || parseSubnet(config.Subnet ?? "")?.family === 4;
  });
  const Config = configs.flatMap(({ Subnet, Gateway }) =>
    Subnet === undefined ? [] : [{ Subnet, ...(Gateway === undefined || Gateway === "" ? {} : { Gateway }) }],
  );
  return { ...body, IPAM: { ...body.IPAM, Config } };
}

/**
 * Makes a network with the new options, and the new subnets where the old network does not hold them, under another
 * name, and removes it again. A bridge can't have its final name then, macvlan and ipvlan bind their parent alone, and
 * an overlay is the swarm's: what those get wrong is found only when the old network has gone, and is put right.
 */
async function prove(
  context: Context,
  engine: Engine,
  old: NetworkInspect,
  inputs: Properties,
  body: NetworkCreateRequest,
): Promise<void> {
  const apart = !isEmpty(inputs["ipamConfigs"]) && !shareAddresses(inputs, old);
  const { "com.docker.network.bridge.name": _, ...options } = body.Options ?? {};
  const { Config: _config, ...ipam } = body.IPAM ?? {};
  const parts = (one: NetworkCreateRequest): string =>
    JSON.stringify([one.Driver, one.Options, one.IPAM?.Driver, one.IPAM?.Options]);
  const bound = ["macvlan", "ipvlan", "overlay"].includes(body.Driver ?? "") && body.Driver === old.Driver;
  if (bound || body.Driver === "overlay" || (!apart && parts(body) === parts(bodyLike(old, {})))) return;
  const Name = `${body.Name}-next-${randomUUID().slice(0, 8)}`;
  const probe = { ...body, Name, Options: options, ...(apart ? {} : { IPAM: ipam, EnableIPv6: false }) };
  try {
    const made = await createNetwork(engine, probe, context.signal);
    await removeNetwork(engine, made.Id ?? "");
  } catch (error) {
    // Without a subnet of its own the proof takes one from the Engine's pools, which may be used up.
    if (!apart && /non-overlapping IPv4 address pool/.test(messageOf(error))) return;
    const problem = `can't be made: ${messageOf(error)}`;
    const fault = { subject: `Network "${body.Name}"`, problem, advice: "The old one is untouched." };
    throw new SlipwayError(fault, { cause: error });
  }
}

/**
 * Detaches everything and removes the network; what is attached meanwhile is detached too. A container that is being
 * started holds an endpoint before the daemon lists it, so the removal is tried again for a while.
 */
async function vacate(engine: Engine, context: Context, old: NetworkInspect, first: Attachment[]): Promise<void> {
  for (let tries = 0; ; tries++) {
    const present = await attachmentsOf(engine, old);
    const late = present.filter((one) => !first.some((known) => known.container === one.container));
    if (late.length > 0) {
      first.push(...late);
      await removeJournal(engine, context);
      await writeJournal(engine, context, first);
    }
    await Promise.all(present.map((attachment) => detach(engine, old.Id ?? "", attachment)));
    try {
      await removeNetwork(engine, old.Id ?? "");
      break;
    } catch (error) {
      if (!(error instanceof EngineError) || !/active endpoints/.test(error.message) || tries === 40) throw error;
      await sleep(250);
    }
  }
  // A swarm removes a network by and by, and its name is taken until then.
  for (let tries = 0; tries < 100 && old.Scope === "swarm"; tries++) {
    if ((await inspectNetwork(engine, old.Id ?? "")) === undefined) return;
    await sleep(100);
  }
}

/** Back to the old network, or to one like it; where that fails too, the journal stays for the next run. */
async function putBack(
  context: Context,
  engine: Engine,
  old: NetworkInspect,
  made: NetworkInspect | undefined,
  cause: unknown,
): Promise<void> {
  const subject = `Network "${old.Name}"`;
  try {
    const attachments = (await readJournal(engine, context)) ?? [];
    if (made !== undefined) {
      for (const attachment of attachments) await detach(engine, made.Id ?? "", attachment);
      await removeNetwork(engine, made.Id ?? "");
    }
    const labels = ownershipLabels(context.urn, context.providerId, randomUUID());
    const standing = await inspectNetwork(engine, old.Id ?? "");
    const network = standing ?? (await makeNetwork(engine, bodyLike(old, labels)));
    for (const attachment of attachments) await attach(engine, network, attachment);
    await removeJournal(engine, context);
  } catch (error) {
    const problem = `could not be replaced (${messageOf(cause)}), and what was there could not be restored: ${messageOf(error)}`;
    throw new SlipwayError({ subject, problem, advice: "The next `pulumi up` goes on from here." }, { cause: error });
  }
  const problem = `could not be replaced: ${messageOf(cause)}`;
  throw new SlipwayError({ subject, problem, advice: "The old one is in place again." }, { cause });
}

/** The recorded ones and those that are there now, each container once; what is there now is newer. */
function merged(recorded: readonly Attachment[], present: readonly Attachment[]): Attachment[] {
  const missing = recorded.filter((one) => !present.some((other) => other.container === one.container));
  return [...missing, ...present];
}
