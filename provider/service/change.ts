import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Service, ServiceSpec } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import { listContainers } from "../../daemon/container";
import { type RegistryAuth, registryAuthHeader } from "../../daemon/registry-login";
import { createService, inspectService, listTasks, removeService, updateService } from "../../daemon/swarm";
import { inspectData } from "../../daemon/swarm-data";
import { ownershipLabels } from "../../resources/ownership";
import { messageOf, SlipwayError } from "../../values/fault";
import { fullReference } from "../../values/image-reference";
import { loginsOf } from "../registry-logins";
import type { Context } from "../resource";
import { objectOf, type Properties, textOf } from "../value";
import { bodyOf } from "./body";
import { converged } from "./converge";
import { meansSameTask } from "./drift";
import { networkNames, subjectOf } from "./standing";

/** Makes a service. @returns its id; whether it runs is another question. */
export async function makeService(context: Context, inputs: Properties): Promise<string> {
  const engine = await context.engine();
  const labels = ownershipLabels(context.urn, context.providerId, randomUUID());
  const body = await named(context, engine, bodyOf(inputs, labels));
  try {
    return await createService(engine, body, await loginFor(context, inputs), context.signal);
  } catch (error) {
    throw refused(subjectOf(context, inputs), "can't be made", error);
  }
}

/**
 * Puts a service in the place of one that can't be there beside it: the swarm changes neither name nor mode. If the new one
 * can't be made or does not run, the old one is made again, under another id, which the next Read finds by name and label.
 */
export async function swapService(context: Context, old: Service, inputs: Properties): Promise<string> {
  const engine = await context.engine();
  const since = Date.now();
  await removeService(engine, old.ID ?? "");
  let id: string | undefined;
  try {
    id = await makeService(context, inputs);
    await converged(context, id, inputs, since);
    return id;
  } catch (error) {
    if (id !== undefined) await removeService(engine, id);
    const labels = { ...old.Spec?.Labels, ...ownershipLabels(context.urn, context.providerId, randomUUID()) };
    const headers = await loginFor(context, inputs);
    await createService(engine, { ...old.Spec, Labels: labels }, headers).catch((failure: unknown) => {
      const problem = `could not be replaced (${messageOf(error)}), and the old one could not be made again: ${messageOf(failure)}`;
      throw new SlipwayError({ subject: `Service "${old.Spec?.Name}"`, problem }, { cause: failure });
    });
    const problem = `could not be replaced: ${messageOf(error)}`;
    const fault = { subject: `Service "${old.Spec?.Name}"`, problem, advice: "The old one is in place again." };
    throw new SlipwayError(fault, { cause: error });
  }
}

/**
 * Changes a service in place, as its `updateConfig` says. Where the program waits for it and it does not come to run, it
 * goes back to what it was, unless the swarm has done so already.
 */
export async function changeService(context: Context, id: string, inputs: Properties): Promise<void> {
  const engine = await context.engine();
  const since = Date.now();
  await send(context, engine, id, inputs);
  try {
    await converged(context, id, inputs, since);
  } catch (error) {
    if (context.signal.aborted) throw error;
    await rollBack(engine, id);
    throw error;
  }
}

/** Removes a service and waits until its tasks have ended, so that networks and volumes can go after it. */
export async function dropService(context: Context, engine: Engine, service: Service): Promise<void> {
  const id = service.ID ?? "";
  await removeService(engine, id, context.signal);
  const grace = (service.Spec?.TaskTemplate?.ContainerSpec?.StopGracePeriod ?? 10e9) / 1e6;
  const end = Date.now() + grace + 15_000;
  const label = [`com.docker.swarm.service.id=${id}`];
  while (Date.now() < end) {
    const tasks = await listTasks(engine, id, context.signal).catch(() => []);
    const left = await listContainers(engine, { label }, context.signal);
    if (left.length === 0 && !tasks.some((task) => task.Status?.State === "running")) return;
    await sleep(200, undefined, { signal: context.signal });
  }
}

async function send(context: Context, engine: Engine, id: string, inputs: Properties): Promise<void> {
  const headers = await loginFor(context, inputs);
  for (let tries = 0; ; tries++) {
    const seen = await inspectService(engine, id, context.signal);
    if (seen === undefined) throw new Error(`Service ${id} was removed by somebody else meanwhile.`);
    const own = Object.entries(seen.Spec?.Labels ?? {}).filter(([label]) => label.startsWith("io.slipway."));
    const wanted = await named(context, engine, bodyOf(inputs, Object.fromEntries(own)));
    // A template that says the same in other words would end every task and start it anew.
    const isSame = meansSameTask(inputs, seen, await networkNames(engine, seen, context.signal));
    const body = isSame ? { ...wanted, TaskTemplate: seen.Spec?.TaskTemplate ?? {} } : wanted;
    try {
      return await updateService(engine, seen, body, headers, context.signal);
    } catch (error) {
      // The swarm itself writes to a service, and then the version that was looked at is an old one.
      if (!/update out of sequence/.test(messageOf(error)) || tries === 5) {
        throw refused(subjectOf(context, inputs), "can't be changed", error);
      }
    }
  }
}

async function rollBack(engine: Engine, id: string): Promise<void> {
  const seen = await inspectService(engine, id);
  const state = seen?.UpdateStatus?.State ?? "";
  if (seen === undefined || state.startsWith("rollback")) return;
  const query = { version: seen.Version?.Index ?? 0, rollback: "previous" };
  await engine.json("POST", `/services/${id}/update`, { query, body: seen.Spec ?? {} });
}

/** The swarm wants the name of each secret and config beside its id, and the program need not say it. */
async function named(context: Context, engine: Engine, body: ServiceSpec): Promise<ServiceSpec> {
  const spec = body.TaskTemplate?.ContainerSpec;
  if (spec === undefined) return body;
  const nameOf = async (vault: "secrets" | "configs", id: string | undefined): Promise<string> =>
    (await inspectData(engine, vault, id ?? "", context.signal))?.Spec?.Name ?? "";
  const secrets = (spec.Secrets ?? []).map(async (one) => ({
    ...one,
    SecretName: one.SecretName ?? (await nameOf("secrets", one.SecretID)),
  }));
  const configs = (spec.Configs ?? []).map(async (one) => ({
    ...one,
    ConfigName: one.ConfigName ?? (await nameOf("configs", one.ConfigID)),
  }));
  const [Secrets, Configs] = [await Promise.all(secrets), await Promise.all(configs)];
  const ContainerSpec = {
    ...spec,
    ...(Secrets.length > 0 ? { Secrets } : {}),
    ...(Configs.length > 0 ? { Configs } : {}),
  };
  return { ...body, TaskTemplate: { ...body.TaskTemplate, ContainerSpec } };
}

/** The login that the nodes pull the image with: the service's own `auth`, else what the provider knows of the registry. */
async function loginFor(context: Context, inputs: Properties): Promise<Record<string, string>> {
  const image = textOf(objectOf(objectOf(inputs["taskSpec"])["containerSpec"])["image"]) ?? "";
  const registry = fullReference(image)?.registry ?? "docker.io";
  const auth = objectOf(inputs["auth"]);
  const address = textOf(auth["serverAddress"]);
  const username = textOf(auth["username"]);
  const password = textOf(auth["password"]);
  const own: RegistryAuth[] =
    address === undefined || username === undefined ? [] : [{ address, username, password: password ?? "" }];
  return registryAuthHeader(await loginsOf(context, own).find(registry), registry);
}

/** The swarm's words without gRPC's. */
function refused(subject: string, what: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const problem = `${what}: ${error.message.replace(/^rpc error: code = \w+ desc = /, "")}`;
  return new SlipwayError({ subject, problem }, { cause: error });
}
