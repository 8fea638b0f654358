import { randomUUID } from "node:crypto";
import { type Engine, EngineError } from "../../daemon/client";
import { listContainers } from "../../daemon/container";
import { systemInfo } from "../../daemon/system";
import { createVolume, inspectVolume, removeVolume } from "../../daemon/volume";
import { ownership, ownershipLabels } from "../../resources/ownership";
import { type Fault, SlipwayError } from "../../values/fault";
import { generatedName, withDefaults } from "../check";
import type { Deployment } from "../deployment";
import { warnOfUnknownDriver } from "../driver-plugin";
import type { Context, Resource } from "../resource";
import { flagOf, isEmpty, type Properties, textOf, unknown } from "../value";
import { bodyOf } from "./body";
import { faultsOf } from "./faults";
import { rules } from "./inputs";
import { changedInputs, lookAround, standingFaults, token } from "./standing";
import { createdState, drifted, importedInputs, plannedState, stateOf } from "./state";

/** docker.Volume: a named volume. Its id is its name; its data is never deleted unless the program says so. */
export const volume: Resource = {
  token,
  rules,

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    const inputs = withDefaults(news, named ? { name: generatedName(olds, request) } : {}, { cluster: {} });
    return { inputs, faults: faultsOf(inputs, request.name) };
  },

  claims(inputs) {
    const name = textOf(inputs["name"]);
    return name === undefined ? [] : [{ kind: "volume", name }];
  },

  /** A volume can't be made beside one of its name: what may be deleted is deleted first, containers on it before it. */
  deletesFirst(news) {
    return flagOf(news["replaceDeletesData"]) === true;
  },

  async verify(context, inputs, old) {
    const engine = await context.engine();
    const subject = subjectOf(context, inputs);
    const driver = textOf(inputs["driver"]) ?? "local";
    if (driver !== "local") await warnOfUnknownDriver(context, engine, subject, "Volume", driver);
    const faults = await clusterFaults(context, subject, inputs);
    if (old !== undefined || inputs["name"] === unknown) return faults;
    const standing = await lookAround(context, inputs);
    const doomed = standing.former ?? (standing.isOwn ? standing.present : undefined);
    const changes = doomed !== undefined && (standing.former !== undefined || changedInputs(inputs, doomed).length > 0);
    if (changes && context.isPreview) {
      if (flagOf(inputs["replaceDeletesData"]) === true) {
        context.log(`Volume "${doomed.Name}" is deleted with its data.`, "warning");
      } else if (standing.former !== undefined && flagOf(inputs["keepOnDestroy"]) === true) {
        context.log(`Volume "${doomed.Name}" stays with its data; the new one is empty.`, "warning");
      }
    }
    return [...faults, ...standingFaults(subject, inputs, standing)];
  },

  plan: plannedState,

  /**
   * Makes the volume. One that is there is taken over where it is this stack's own, or where the program says `adopt`: the
   * Engine's create would answer it as if it had made it, and a destroy would then delete a stranger's data.
   */
  async create(context, inputs) {
    const engine = await context.engine();
    const subject = subjectOf(context, inputs);
    const standing = await lookAround(context, inputs);
    const faults = standingFaults(subject, inputs, standing);
    if (faults.length > 0) throw new SlipwayError(faults);
    const { present, isOwn, former } = standing;
    if (former !== undefined && flagOf(inputs["keepOnDestroy"]) === true) leaveBehind(context.deployment, former.Name);
    const id = textOf(inputs["name"]) ?? "";
    if (present !== undefined && isOwn && changedInputs(inputs, present).length > 0) await remove(engine, id);
    else if (present !== undefined) return { id, state: createdState(inputs, present, !isOwn) };
    const labels = ownershipLabels(context.urn, context.providerId, randomUUID());
    try {
      const made = await createVolume(engine, bodyOf(inputs, labels), context.signal);
      return { id, state: createdState(inputs, made, false) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const advice = "Mend what it names and run the command again.";
      throw new SlipwayError({ subject, problem: `can't be made: ${error.message}`, advice }, { cause: error });
    }
  },

  async read(context, id, inputs, state) {
    const seen = await inspectVolume(await context.engine(), id, context.signal);
    if (seen === undefined) return undefined;
    const given = inputs === undefined ? importedInputs(seen) : drifted(inputs, seen);
    const isAdopted = inputs === undefined || flagOf(state["adopted"]) === true;
    return { id: seen.Name ?? id, inputs: given, state: stateOf(given, seen, isAdopted) };
  },

  /** Nothing of a volume can change in place but what this provider keeps of it in the state. */
  async update(context, id, _olds, news, state) {
    const seen = await inspectVolume(await context.engine(), id, context.signal);
    if (seen === undefined) throw new Error(`Volume "${id}" was removed by somebody else meanwhile.`);
    return stateOf(news, seen, flagOf(state["adopted"]) === true);
  },

  /** Removes the volume with its data, unless it is to stay; containers that this run is about to remove are waited for. */
  async delete(context, id, inputs, state) {
    const engine = await context.engine();
    if ((await inspectVolume(engine, id, context.signal)) === undefined) return;
    const isAdopted = flagOf(state["adopted"]) === true;
    if ((flagOf(inputs["keepOnDestroy"]) ?? isAdopted) || isLeftBehind(context.deployment, id)) {
      const why = isAdopted ? "it was there before the stack" : "the program says so";
      context.log(`Volume "${id}" stays with its data: ${why}. \`docker volume rm ${id}\` removes it.`);
      return;
    }
    await context.deployment.expect(async () => {
      const holders = await holdersOf(engine, id);
      return !holders.some((holder) => holder.provider === context.providerId);
    }, context.signal);
    await remove(engine, id, context.signal);
  },
};

/** Removes a volume, or names who holds it. */
async function remove(engine: Engine, id: string, signal?: AbortSignal): Promise<void> {
  try {
    await removeVolume(engine, id, signal);
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 409) throw error;
    const names = (await holdersOf(engine, id)).map((holder) => holder.name).join(", ");
    throw new SlipwayError({
      subject: `Volume "${id}"`,
      problem: `is still in use by ${names || error.message}`,
      advice: "Remove these containers, then run the command again.",
    });
  }
}

/** Volumes whose resource got another name in this run and whose data the program wants kept. */
const left = new WeakMap<Deployment, Set<string>>();

function leaveBehind(deployment: Deployment, name: string): void {
  left.set(deployment, (left.get(deployment) ?? new Set()).add(name));
}

function isLeftBehind(deployment: Deployment, name: string): boolean {
  return left.get(deployment)?.has(name) === true;
}

function subjectOf(context: Context, inputs: Properties): string {
  return `Volume "${textOf(inputs["name"]) ?? context.urn.split("::").at(-1)}"`;
}

async function clusterFaults(context: Context, subject: string, inputs: Properties): Promise<Fault[]> {
  if (isEmpty(inputs["cluster"])) return [];
  const engine = await context.engine();
  if (Number(engine.apiVersion.split(".")[1]) < 42) {
    const problem = `needs Engine 23 (API 1.42), and the daemon speaks API ${engine.apiVersion}`;
    return [{ subject, path: "cluster", problem, advice: "Use a newer Engine, or a volume of one daemon." }];
  }
  if ((await systemInfo(engine, context.signal)).Swarm?.ControlAvailable === true) return [];
  const advice = "Run `docker swarm init` on it, or use a volume of one daemon.";
  return [{ subject, path: "cluster", problem: "needs a daemon that manages a swarm", advice }];
}

/** The containers that mount a volume, running or not, and the stack that each belongs to. */
async function holdersOf(engine: Engine, id: string): Promise<{ name: string; provider: string | undefined }[]> {
  const containers = await listContainers(engine, { volume: [id] });
  const holding = containers.filter((container) => container.Mounts?.some((mount) => mount.Name === id));
  return holding.map((container) => ({
    name: (container.Names?.[0] ?? container.Id ?? "").replace(/^\//, ""),
    provider: container.Labels?.[ownership.provider],
  }));
}
