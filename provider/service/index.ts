import type { Service } from "@docker/node-sdk";
import { inspectService } from "../../daemon/swarm";
import { messageOf, SlipwayError } from "../../values/fault";
import { generatedName, withDefaults } from "../check";
import { type Context, InitError, type Observed, type Resource } from "../resource";
import { hasUnknown, type Properties, textOf, unknown } from "../value";
import { changeService, dropService, makeService, swapService } from "./change";
import { converged } from "./converge";
import { drifted, importedInputs } from "./drift";
import { faultsOf } from "./faults";
import { nestedDefaults, rules } from "./inputs";
import { collides, findService, lookAround, networkNames, standingFaults } from "./standing";
import { plannedState, stateOf } from "./state";

/** docker.Service: tasks on the nodes of a swarm, known by the id that the swarm gave it. */
export const service: Resource = {
  token: "docker:index/service:Service",
  rules,
  secrets: ["auth.password"],

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    const inputs = withDefaults(news, named ? { name: generatedName(olds, request) } : {}, nestedDefaults);
    return { inputs, faults: faultsOf(inputs, request.name) };
  },

  claims(inputs) {
    const name = textOf(inputs["name"]);
    return name === undefined ? [] : [{ kind: "service", name }];
  },

  async verify(context, inputs, old) {
    const standing = await lookAround(context, inputs);
    if (context.isPreview && old === undefined && standing.old !== undefined && collides(inputs, standing.old)) {
      const text = "is replaced under its name: the old tasks end before the new ones start";
      context.log(`Service "${standing.old.Spec?.Name}" ${text}.`, "warning");
    }
    return standingFaults(context, inputs, standing);
  },

  plan: plannedState,

  /** Makes the service, swaps it in for the one it replaces, or takes up what a killed create made. */
  async create(context, inputs) {
    const standing = await lookAround(context, inputs);
    const faults = await standingFaults(context, inputs, standing);
    if (faults.length > 0) throw new SlipwayError(faults);
    const { old, own } = standing;
    if (own?.ID !== undefined) {
      await changeService(context, own.ID, inputs);
      return observed(context, own.ID, inputs);
    }
    if (old !== undefined && collides(inputs, old)) {
      return observed(context, await swapService(context, old, inputs), inputs);
    }
    const since = Date.now();
    const id = await makeService(context, inputs);
    try {
      await converged(context, id, inputs, since);
    } catch (error) {
      throw new InitError(await observed(context, id, inputs), messageOf(error), { cause: error });
    }
    return observed(context, id, inputs);
  },

  /** Looks the service up by id; if that is gone, by name and label, so that a replacement the state missed is found. */
  async read(context, id, inputs, state) {
    const name = textOf(inputs?.["name"]) ?? textOf(state["name"]);
    const seen = await findService(context, id, name);
    if (seen === undefined) return undefined;
    const names = await networkNames(await context.engine(), seen, context.signal);
    const given = inputs === undefined ? importedInputs(seen) : drifted(inputs, seen, names);
    return { id: seen.ID ?? id, inputs: given, state: stateOf(inputs ?? given, seen, "read") };
  },

  /** Changes the service in place; with a `convergeConfig` it waits, and goes back where the new tasks do not run. */
  async update(context, id, olds, news) {
    if (!hasUnknown(news) && JSON.stringify(taskless(olds)) === JSON.stringify(taskless(news))) {
      // Nothing but credentials and waiting has changed: no task is touched.
      return (await observed(context, id, news)).state;
    }
    await changeService(context, id, news);
    const seen = await mustInspect(context, id);
    return stateOf(news, seen, "read");
  },

  async delete(context, id) {
    const engine = await context.engine();
    const seen = await findService(context, id, undefined);
    if (seen !== undefined) await dropService(context, engine, seen);
  },
};

async function observed(context: Context, id: string, inputs: Properties): Promise<Observed> {
  return { id, state: stateOf(inputs, await mustInspect(context, id), "created") };
}

async function mustInspect(context: Context, id: string): Promise<Service> {
  const seen = await inspectService(await context.engine(), id);
  if (seen === undefined) throw new Error(`Service ${id} was removed by somebody else meanwhile.`);
  return seen;
}

function taskless(inputs: Properties): Properties {
  const { auth: _auth, convergeConfig: _config, ...rest } = inputs;
  return rest;
}
