import type { Engine } from "../../daemon/client";
import { containerLogs, inspectContainer, removeContainer, stopContainer } from "../../daemon/container";
import { messageOf } from "../../values/fault";
import { generatedName, withDefaults } from "../check";
import type { Found, Resource } from "../resource";
import { flagOf, isList, numberOf, type Properties, textOf, unknown } from "../value";
import { claimsOf } from "./collision";
import { driftedInputs, importedInputs, lookAt } from "./drift";
import { faultsOf } from "./faults";
import { glance } from "./glance";
import { beforeStop } from "./hooks";
import { defaults, isKeptRunning, nestedDefaults, rules } from "./inputs";
import { withoutLeftovers } from "./leftover";
import type { Inspect } from "./look";
import { leftBeside, successorOf } from "./predecessor";
import { arrive } from "./replica";
import { plannedState, stateOf } from "./state";
import { placeContainer } from "./swap";
import { applyChanges } from "./update";
import { verifyContainer } from "./verify";

/** docker.Container: one container, known by the id the daemon gave it. */
export const container: Resource = {
  token: "docker:index/container:Container",
  rules,

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    const filled = named ? { ...defaults, name: generatedName(olds, request) } : defaults;
    const inputs = withDefaults(news, filled, nestedDefaults);
    return { inputs, faults: faultsOf(inputs, request.name) };
  },

  claims: claimsOf,

  verify: verifyContainer,

  plan: plannedState,

  kept: arrive,

  /** Makes the container, or swaps it in for the one it replaces: that one serves on, or again, if this fails. */
  async create(context, inputs) {
    const placed = await placeContainer(context, inputs);
    const logs = await logsOf(await context.engine(), placed.id, inputs, context.signal);
    arrive(context, inputs);
    return { id: placed.id, state: stateOf(inputs, placed.inspect, logs) };
  },

  /**
   * Looks the container up by id (in an import also by name) and tells everything that is not as the inputs say. If the id is
   * gone, ownership finds a successor that a swap or somebody's tool put in its place.
   */
  async read(context, id, inputs, state): Promise<Found | undefined> {
    const engine = await context.engine();
    const byId = await glance(context, engine, id);
    const seen = byId ?? (inputs === undefined ? undefined : await successorOf(context, inputs));
    if (seen === undefined) {
      // One that is meant to end and to be removed then has done what the program asks for.
      const ends = flagOf(inputs?.["rm"]) === true || flagOf(inputs?.["mustComplete"]) === true;
      const isDone = inputs !== undefined && ends && !isKeptRunning(inputs);
      return isDone ? { id, inputs, state } : undefined;
    }
    const look = await lookAt(engine, seen, inputs, state, context.signal);
    const given = inputs === undefined ? importedInputs(look, defaults) : driftedInputs(look);
    const left = inputs === undefined ? [] : await leftBeside(context, engine, seen.Id ?? id);
    if (inputs?.["mustRun"] === true && given["mustRun"] === false) context.log(remarkOn(seen.State));
    const logs = textOf(state["containerLogs"]);
    const known = { isRead: true, ...(logs === undefined ? {} : { logs }) };
    if (left[0] !== undefined) context.log(`Container "${left[0].name}" was left by a run that was killed; it goes.`);
    // The name shows it in the plan, since two containers have a claim to it.
    const told = left[0] === undefined ? given : { ...given, name: left[0].name };
    return { id: seen.Id ?? id, inputs: told, state: stateOf(given, seen, known) };
  },

  /** Changes in place: limits, restart policy, networks, name, files that were overwritten, running or not. */
  async update(context, id, olds, news, state) {
    const engine = await context.engine();
    const seen = await withoutLeftovers(context, engine, id, news, () => applyChanges(context, id, olds, news));
    arrive(context, news);
    const logs = textOf(state["containerLogs"]);
    // The official plugin keeps the empty values of the last Read.
    return stateOf(news, seen, { isRead: isList(state["dns"]), ...(logs === undefined ? {} : { logs }) });
  },

  /** Stop signal, the container's own grace, then removal. */
  async delete(context, id, inputs, state) {
    const engine = await context.engine();
    const seen = await inspectContainer(engine, id, context.signal);
    if (seen === undefined) return;
    const asked = { ...state, ...inputs };
    // The official plugin kills at once where no grace is given; the container's own stop timeout is what was meant.
    const grace = numberOf(asked["destroyGraceSeconds"]) ?? seen.Config?.StopTimeout ?? 10;
    // What is to go goes: a step that fails, such as one in a gateway that is gone already, is said and no more.
    await beforeStop({ goes: seen }, engine, inputs, context.signal).catch((error: unknown) => {
      if (context.signal.aborted) throw error;
      context.log(messageOf(error), "warning");
    });
    if (seen.State?.Running === true) await stopContainer(engine, id, grace, context.signal);
    const volumes = flagOf(asked["removeVolumes"]) ?? true;
    await removeContainer(engine, id, { force: true, volumes }, context.signal);
  },
};

/** What the container wrote, where the program asks for that. */
async function logsOf(engine: Engine, id: string, inputs: Properties, signal: AbortSignal): Promise<{ logs?: string }> {
  if (flagOf(inputs["attach"]) !== true || flagOf(inputs["logs"]) !== true) return {};
  return { logs: await containerLogs(engine, id, "all", signal) };
}

/** What the plan of a container that does not run as it should can't show in an input. */
function remarkOn(state: Inspect["State"]): string {
  if (state?.Paused === true) return "It is paused on the daemon.";
  if (state?.Restarting === true)
    return `It keeps ending (exit code ${state.ExitCode}) and is started again and again.`;
  if (state?.Status === "created") return "It was made and never started.";
  return `It has ended on the daemon (exit code ${state?.ExitCode ?? "?"}).`;
}
