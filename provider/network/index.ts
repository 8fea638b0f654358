import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { NetworkInspect } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import { listActive } from "../../daemon/container";
import { inspectNetwork, listNetworks, removeNetwork } from "../../daemon/network";
import { ownership, ownershipLabels } from "../../resources/ownership";
import { type Fault, messageOf, SlipwayError } from "../../values/fault";
import { generatedName, withDefaults } from "../check";
import type { Context, Resource } from "../resource";
import { type Properties, textOf, unknown } from "../value";
import { attachmentsOf } from "./attachment";
import { bodyOf } from "./body";
import { faultsOf } from "./faults";
import { missing, rules } from "./inputs";
import { readJournal, removeJournal } from "./journal";
import { awaitSubnets, shareAddresses, subnetClaims } from "./pool";
import { lookAround, strangerFaults, successor } from "./standing";
import { createdState, drifted, importedInputs, plannedState, stateOf } from "./state";
import { finishSwap, makeNetwork, probeName, swapNetwork } from "./swap";
import { servicesOn, verifyNetwork } from "./verify";

/** docker.Network: a network of the daemon, known by the id the daemon gave it. */
export const network: Resource = {
  token: "docker:index/network:Network",
  rules,

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    const defaults = { ipamDriver: "default", ...(named ? { name: generatedName(olds, request) } : {}) };
    const inputs = withDefaults(news, defaults);
    return { inputs, faults: faultsOf(inputs, request.name) };
  },

  claims(inputs) {
    const name = textOf(inputs["name"]);
    return [...(name === undefined ? [] : [{ kind: "network" as const, name }]), ...subnetClaims(inputs)];
  },

  verify: verifyNetwork,
  plan: plannedState,

  explain(_name, olds) {
    return Promise.resolve(textOf(olds["unfinishedSwap"]));
  },

  /** Makes the network, or swaps it in for the one it replaces (swap.ts). What a killed create made is taken up. */
  async create(context, inputs) {
    await removeProbes(await context.engine(), context);
    const made = await place(context, inputs);
    await finishSwap(context, made);
    return { id: made.Id ?? "", state: createdState(inputs, made) };
  },

  /** Looks the network up by id; if that is gone, by name and label, so that a swap the state missed is found. */
  async read(context, id, inputs, state) {
    const engine = await context.engine();
    const [byId, left] = await Promise.all([
      inspectNetwork(engine, id, context.signal),
      inputs === undefined ? undefined : readJournal(engine, context),
    ]);
    const next = byId === undefined ? await successor(context, inputs ?? {}, state) : undefined;
    const seen = byId ?? (next?.Id === undefined ? undefined : await inspectNetwork(engine, next.Id));
    if (seen === undefined) {
      if (left === undefined || inputs === undefined) return undefined;
      return { id, inputs: { ...inputs, unfinishedSwap: missing }, state };
    }
    const given = inputs === undefined ? importedInputs(seen) : drifted(inputs, seen);
    const finding = left === undefined ? {} : { unfinishedSwap: await findingOf(engine, seen, left) };
    return { id: seen.Id ?? id, inputs: { ...given, ...finding }, state: stateOf(given, seen) };
  },

  /** Brings an unfinished swap to its end: nothing else of a network can be changed in place. */
  async update(context, id, _olds, news) {
    const seen = await mustInspect(await context.engine(), id);
    await finishSwap(context, seen);
    return stateOf(news, seen);
  },

  /** Removes the network when nothing is on it any more; containers that this run is about to remove are waited for. */
  async delete(context, id) {
    const engine = await context.engine();
    // A resource whose program Diff has seen is replaced, not removed: then the journal is of the swap, not of this id.
    if (!context.deployment.seen.has(context.urn)) await removeJournal(engine, context);
    await removeProbes(engine, context);
    const seen = await inspectNetwork(engine, id, context.signal);
    if (seen === undefined) return;
    await context.deployment.expect(async () => {
      const holders = await holdersOf(engine, id);
      return !holders.some((holder) => holder.provider === context.providerId);
    }, context.signal);
    const holders = await holdersOf(engine, id);
    const users = await servicesOn(engine, seen, context.signal);
    const names = [...users.map((name) => `service ${name}`), ...holders.map((holder) => holder.name)];
    if (names.length > 0) throw new SlipwayError(inUse(seen, names.join(", ")));
    try {
      await removeNetwork(engine, id, context.signal);
    } catch (error) {
      const isHeld = error instanceof EngineError && /in use|active endpoints/.test(error.message);
      throw isHeld ? new SlipwayError(inUse(seen, error.message)) : error;
    }
  },
};

/** The network, made, swapped in, or taken up as it is there. */
async function place(context: Context, inputs: Properties, tries = 0): Promise<NetworkInspect> {
  const engine = await context.engine();
  const subject = `Network "${textOf(inputs["name"])}"`;
  const standing = await lookAround(context, inputs);
  const strangers = strangerFaults(subject, inputs, standing);
  if (strangers.length > 0) throw new SlipwayError(strangers);
  const { old, ready } = standing;
  if (old?.Id !== undefined && ready) return mustInspect(engine, old.Id);
  await awaitSubnets(context, subject, inputs, old?.Id);
  const makesWay = old !== undefined && (old.Name === inputs["name"] || shareAddresses(inputs, old));
  const seen = makesWay ? await inspectNetwork(engine, old.Id ?? "") : undefined;
  if (seen !== undefined) return swapNetwork(context, seen, inputs);
  const labels = ownershipLabels(context.urn, context.providerId, randomUUID());
  try {
    return await makeNetwork(engine, bodyOf(inputs, labels), context.signal);
  } catch (error) {
    // The daemon goes on with what a killed run asked of it: the network is not listed yet, and holds its subnet already.
    if (tries === 15 || !/Pool overlaps/.test(messageOf(error))) throw refused(subject, error);
    await sleep(200, undefined, { signal: context.signal });
    return place(context, inputs, tries + 1);
  }
}

function refused(subject: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const advice = "Mend what it names and run the command again.";
  return new SlipwayError({ subject, problem: `can't be made: ${error.message}`, advice }, { cause: error });
}

async function mustInspect(engine: Engine, id: string): Promise<NetworkInspect> {
  const seen = await inspectNetwork(engine, id);
  if (seen === undefined) throw new Error(`Network ${id.slice(0, 12)} was removed by somebody else meanwhile.`);
  return seen;
}

/** Networks that a killed proof of options left behind. */
async function removeProbes(engine: Engine, context: Context): Promise<void> {
  const label = [`${ownership.urn}=${context.urn}`, `${ownership.provider}=${context.providerId}`];
  const own = await listNetworks(engine, { label }, context.signal);
  const probes = own.filter((one) => probeName.test(one.Name ?? ""));
  await Promise.all(probes.map((probe) => removeNetwork(engine, probe.Id ?? "")));
}

async function findingOf(engine: Engine, seen: NetworkInspect, left: readonly { container: string; name: string }[]) {
  const present = await attachmentsOf(engine, seen);
  const away = left.filter((one) => !present.some((other) => other.container === one.container));
  if (away.length === 0) return "an interrupted replacement is to be closed";
  return `${away.map((one) => one.name).join(", ")} to be attached again after an interrupted replacement`;
}

/** The running containers on a network, and the stack that each belongs to. */
async function holdersOf(engine: Engine, id: string): Promise<{ name: string; provider: string | undefined }[]> {
  const containers = await listActive(engine, { network: [id] });
  return containers.map((container) => ({
    name: (container.Names?.[0] ?? container.Id ?? "").replace(/^\//, ""),
    provider: container.Labels?.[ownership.provider],
  }));
}

function inUse(seen: NetworkInspect, what: string): Fault {
  return {
    subject: `Network "${seen.Name}"`,
    problem: `is still in use by ${what}`,
    advice: "Remove or disconnect them, then run the command again.",
  };
}
