import type { Service } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { EngineError } from "../../daemon/client";
import { listServices } from "../../daemon/swarm";
import { type Kept, keepData, listData, relabelData, removeData } from "../../daemon/swarm-data";
import { ownership, ownershipLabels } from "../../resources/ownership";
import { type Fault, SlipwayError } from "../../values/fault";
import { labelsOf } from "../labels";
import type { Context } from "../resource";
import { askManager } from "../swarm-manager";
import { type Properties, textOf } from "../value";
import { contentOf } from "./faults";
import type { DataKind } from "./kind";

/** What the swarm has under the name that a resource asks for. */
interface Standing {
  readonly present: Kept | undefined;
  /** Made through this provider, or in this stack's state. */
  readonly isOwn: boolean;
  /** Names of the services that use it. */
  readonly users: readonly string[];
}

/** What stops a create: somebody else's name, or one that services hold. */
export async function standingFaults(context: Context, kind: DataKind, inputs: Properties): Promise<Fault[]> {
  const subject = subjectOf(kind, inputs, context);
  const name = textOf(inputs["name"]);
  const engine = await context.engine();
  if (name === undefined) {
    await askManager(subject, listData(engine, kind.vault, { name: ["-"] }, context.signal));
    return [];
  }
  const { present, isOwn, users } = await lookAround(context, engine, kind, subject, name);
  if (present === undefined) return [];
  const id = present.ID ?? "";
  if (!isOwn) {
    const urn = present.Spec?.Labels?.[ownership.urn]?.split("::");
    const whose =
      urn === undefined ? "" : ` (of resource "${urn.at(-1)}" of project ${urn[1]}, another stack or clone)`;
    const problem = `is taken by one that is there already${whose}`;
    const advice = `Choose another name, remove it, or take it over with \`pulumi import ${kind.token} NAME ${id}\`.`;
    return [{ subject, path: "name", value: name, problem, advice }];
  }
  if (users.length === 0) return [];
  // Neither can a swarm change it, nor keep two of one name, nor remove it under a service.
  const problem = `is used by service ${users.join(", ")}, so that it can't be replaced under the same name`;
  const advice =
    "Change the name too, or leave the name out: a generated one is a new one each time, and services follow by id.";
  return [{ subject, path: "name", value: name, problem, advice }];
}

/** Makes it. One of this stack that nobody uses makes way: an old version, or what a killed create left. */
export async function makeData(context: Context, kind: DataKind, inputs: Properties, attempt: string): Promise<string> {
  const faults = await standingFaults(context, kind, inputs);
  if (faults.length > 0) throw new SlipwayError(faults);
  const engine = await context.engine();
  const subject = subjectOf(kind, inputs, context);
  const name = textOf(inputs["name"]) ?? "";
  const { present } = await lookAround(context, engine, kind, subject, name);
  if (present?.ID !== undefined) await removeData(engine, kind.vault, present.ID);
  const labels = { ...labelsOf(inputs), ...ownershipLabels(context.urn, context.providerId, attempt) };
  const Data = (contentOf(inputs) ?? Buffer.alloc(0)).toString("base64");
  try {
    return await keepData(engine, kind.vault, { Name: name, Labels: labels, Data }, context.signal);
  } catch (error) {
    throw refused(subject, "can't be made", error);
  }
}

/** Brings the labels to what the program says. */
export async function relabel(context: Context, kind: DataKind, kept: Kept, news: Properties): Promise<void> {
  const own = Object.entries(kept.Spec?.Labels ?? {}).filter(([label]) => label.startsWith("io.slipway."));
  const labels = { ...labelsOf(news), ...Object.fromEntries(own) };
  try {
    await relabelData(await context.engine(), kind.vault, kept, labels, context.signal);
  } catch (error) {
    throw refused(subjectOf(kind, news, context), "can't be changed", error);
  }
}

/** Removes it, or names the services that use it. */
export async function dropData(context: Context, kind: DataKind, id: string, state: Properties): Promise<void> {
  const engine = await context.engine();
  const subject = subjectOf(kind, state, context);
  const isFree = async (): Promise<boolean> => (await usersOf(engine, kind, id, context.signal)).length === 0;
  await askManager(subject, context.deployment.expect(isFree, context.signal));
  const users = await usersOf(engine, kind, id, context.signal);
  if (users.length === 0) return removeData(engine, kind.vault, id, context.signal);
  const problem = `is still in use by service ${users.join(", ")}`;
  throw new SlipwayError({ subject, problem, advice: "Remove it from these services, then run the command again." });
}

async function lookAround(
  context: Context,
  engine: Engine,
  kind: DataKind,
  subject: string,
  name: string,
): Promise<Standing> {
  const found = await askManager(subject, listData(engine, kind.vault, { name: [name] }, context.signal));
  const present = found.find((one) => one.Spec?.Name === name);
  if (present === undefined) return { present, isOwn: false, users: [] };
  const isOurs = present.Spec?.Labels?.[ownership.provider] === context.providerId;
  const isOwn = isOurs || [...context.deployment.seen.values()].includes(present.ID ?? "");
  return { present, isOwn, users: await usersOf(engine, kind, present.ID ?? "", context.signal) };
}

async function usersOf(engine: Engine, kind: DataKind, id: string, signal: AbortSignal): Promise<string[]> {
  const services = await listServices(engine, {}, signal);
  return services.filter((service) => idsIn(service, kind).includes(id)).map((service) => service.Spec?.Name ?? "");
}

function idsIn(service: Service, kind: DataKind): (string | undefined)[] {
  const spec = service.Spec?.TaskTemplate?.ContainerSpec;
  if (kind.vault === "secrets") return (spec?.Secrets ?? []).map((one) => one.SecretID);
  return (spec?.Configs ?? []).map((one) => one.ConfigID);
}

function subjectOf(kind: DataKind, properties: Properties, context: Context): string {
  return `${kind.word} "${textOf(properties["name"]) ?? context.urn.split("::").at(-1)}"`;
}

/** The swarm's words without gRPC's; they name the object, never its data. */
function refused(subject: string, what: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const problem = `${what}: ${error.message.replace(/^rpc error: code = \w+ desc = /, "")}`;
  return new SlipwayError({ subject, problem }, { cause: error });
}
