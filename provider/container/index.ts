import { inspectContainer, removeContainer, stopContainer } from "../../daemon/container";
import { SlipwayError } from "../../values/fault";
import { generatedName, withDefaults } from "../check";
import { type Found, InitError, type Resource } from "../resource";
import { flagOf, numberOf, type Properties, textOf, unknown, type Value } from "../value";
import { claimsOf } from "./collision";
import { faultsOf } from "./faults";
import { defaults, nestedDefaults, rules } from "./inputs";
import { ownSuccessor } from "./predecessor";
import { labelList, plannedState, stateOf } from "./state";
import { placeContainer } from "./swap";
import { applyChanges } from "./update";

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

  plan: plannedState,

  /** Makes the container, or swaps it in for the one it replaces: that one serves on, or again, if this fails. */
  async create(context, inputs) {
    const placed = await placeContainer(context, inputs);
    const state = stateOf(inputs, placed.inspect);
    if (placed.failure !== undefined) {
      throw new InitError({ id: placed.id, state }, placed.failure.message, { cause: placed.failure });
    }
    return { id: placed.id, state };
  },

  /** Looks the container up by id; if that is gone, by ownership, so that a swap the state missed is found. */
  async read(context, id, inputs, state): Promise<Found | undefined> {
    const engine = await context.engine();
    const seen = (await inspectContainer(engine, id, context.signal)) ?? (await ownSuccessor(context));
    if (seen === undefined) return undefined;
    const given = inputs === undefined ? importedInputs(seen) : drifted(inputs, seen);
    return { id: seen.Id ?? id, inputs: given, state: { ...state, ...stateOf(given, seen) } };
  },

  /** Changes limits and restart policy on the running container, and starts it if it should run. */
  async update(context, id, olds, news) {
    const seen = await applyChanges(context, id, olds, news);
    return stateOf(news, seen);
  },

  /** Stop signal, the container's own grace, then removal. */
  async delete(context, id, inputs, state) {
    const engine = await context.engine();
    const seen = await inspectContainer(engine, id, context.signal);
    if (seen === undefined) return;
    const asked = { ...state, ...inputs };
    // The official plugin kills at once where no grace is given; the container's own stop timeout is what was meant.
    const grace = numberOf(asked["destroyGraceSeconds"]) ?? seen.Config?.StopTimeout ?? 10;
    if (seen.State?.Running === true) await stopContainer(engine, id, grace, context.signal);
    const volumes = flagOf(asked["removeVolumes"]) ?? true;
    await removeContainer(engine, id, { force: true, volumes }, context.signal);
  },
};

type Inspect = NonNullable<Awaited<ReturnType<typeof inspectContainer>>>;

/** The old inputs, with what has changed on the daemon behind the program's back. */
function drifted(inputs: Properties, seen: Inspect): Properties {
  const mebibyte = 1024 * 1024;
  const host = seen.HostConfig ?? {};
  const changed: Record<string, Value> = {};
  const name = (seen.Name ?? "").replace(/^\//, "");
  if (name !== textOf(inputs["name"])) changed["name"] = name;
  const mustRun = flagOf(inputs["mustRun"]) ?? true;
  const start = flagOf(inputs["start"]) ?? true;
  if (mustRun && start && seen.State?.Running !== true && flagOf(inputs["rm"]) !== true) changed["mustRun"] = false;
  const restart = host.RestartPolicy?.Name || "no";
  if (restart !== (textOf(inputs["restart"]) ?? "no")) changed["restart"] = restart;
  const memory = Math.floor((host.Memory ?? 0) / mebibyte);
  if (memory !== (numberOf(inputs["memory"]) ?? 0)) changed["memory"] = memory;
  const shares = host.CpuShares ?? 0;
  if (shares !== (numberOf(inputs["cpuShares"]) ?? 0)) changed["cpuShares"] = shares;
  return { ...inputs, ...changed };
}

/** What a program would have to say to get this container: the inputs of an import. */
function importedInputs(seen: Inspect): Properties {
  const image = seen.Config?.Image;
  if (image === undefined || image === "") {
    throw new SlipwayError({ subject: `Container ${seen.Id ?? ""}`, problem: "has no image reference to import" });
  }
  const command = seen.Config?.Cmd ?? [];
  return {
    ...defaults,
    __defaults: Object.keys(defaults).sort(),
    command,
    envs: seen.Config?.Env ?? [],
    image,
    labels: labelList(seen),
    name: (seen.Name ?? "").replace(/^\//, ""),
    networkMode: seen.HostConfig?.NetworkMode ?? "bridge",
    restart: seen.HostConfig?.RestartPolicy?.Name || "no",
  };
}
