import type { Service } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { listNetworks } from "../../daemon/network";
import { inspectService, listServices } from "../../daemon/swarm";
import { inspectData } from "../../daemon/swarm-data";
import { ownership } from "../../resources/ownership";
import type { Fault } from "../../values/fault";
import type { Context } from "../resource";
import { askManager } from "../swarm-manager";
import { listOf, numberOf, objectOf, type Properties, textOf } from "../value";
import type { NetworkNames } from "./drift";

/** What the swarm has where a service is to be. */
export interface Standing {
  /** The service that the state holds. */
  readonly old: Service | undefined;
  /** Another one of this stack that bears the name: a killed create made it, or a resource that was renamed. */
  readonly own: Service | undefined;
  /** Somebody else's of that name. */
  readonly stranger: Service | undefined;
  /** All others, whose published ports are theirs. */
  readonly others: readonly Service[];
}

/** Looks at what is there. */
export async function lookAround(context: Context, inputs: Properties): Promise<Standing> {
  const engine = await context.engine();
  const all = await askManager(subjectOf(context, inputs), listServices(engine, {}, context.signal));
  const known = context.deployment.seen.get(context.urn);
  const old = all.find((service) => service.ID === known);
  const namesake = all.find((service) => service.Spec?.Name === textOf(inputs["name"]) && service.ID !== known);
  const isOwn =
    namesake?.Spec?.Labels?.[ownership.provider] === context.providerId ||
    [...context.deployment.seen.values()].includes(namesake?.ID ?? "");
  return {
    old,
    own: isOwn ? namesake : undefined,
    stranger: isOwn ? undefined : namesake,
    others: all.filter((service) => service !== old && service !== namesake),
  };
}

/** True where the new service can't be there beside the old one: one name, or one published port of the swarm. */
export function collides(inputs: Properties, old: Service): boolean {
  return old.Spec?.Name === inputs["name"] || clashes(inputs, [old]).length > 0;
}

/** What the swarm would refuse, and what tasks would wait for in vain. */
export async function standingFaults(context: Context, inputs: Properties, standing: Standing): Promise<Fault[]> {
  const engine = await context.engine();
  const subject = subjectOf(context, inputs);
  const { stranger, others } = standing;
  const faults: Fault[] = clashes(inputs, others).map(({ port, path, holder }) => ({
    subject,
    path,
    value: port,
    problem: `is published by service "${holder.Spec?.Name}" (id ${holder.ID})`,
    advice: "Publish another port, or remove that service first.",
  }));
  if (stranger !== undefined) {
    const urn = stranger.Spec?.Labels?.[ownership.urn]?.split("::");
    const whose = urn === undefined ? "" : `, of resource "${urn.at(-1)}" of project ${urn[1]}, another stack or clone`;
    const problem = `is the name of a service that is there already (id ${stranger.ID}${whose})`;
    const advice = `Choose another name, remove it, or take it over with \`pulumi import docker:index/service:Service NAME ${stranger.ID}\`.`;
    faults.push({ subject, path: "name", value: textOf(inputs["name"]) ?? "", problem, advice });
  }
  return [...faults, ...(await referenceFaults(context, engine, subject, inputs))];
}

/** The networks of the swarm by id, for comparing what the program calls them. */
export async function networkNames(engine: Engine, service: Service, signal: AbortSignal): Promise<NetworkNames> {
  const used = (service.Spec?.TaskTemplate?.Networks ?? []).map((network) => network.Target ?? "");
  if (used.length === 0) return new Map();
  const networks = await listNetworks(engine, {}, signal);
  const found = networks.filter((network) => used.includes(network.Id ?? ""));
  return new Map(found.map((network) => [network.Id ?? "", [network.Name ?? ""]]));
}

/** A service by id, or the one of this stack that a replacement made when the state missed it. */
export async function findService(
  context: Context,
  id: string,
  name: string | undefined,
): Promise<Service | undefined> {
  const engine = await context.engine();
  const subject = `Service "${name ?? id}"`;
  const seen = await askManager(subject, inspectService(engine, id, context.signal));
  if (seen !== undefined || name === undefined) return seen;
  const successor = await inspectService(engine, name, context.signal);
  return successor?.Spec?.Labels?.[ownership.provider] === context.providerId ? successor : undefined;
}

export function subjectOf(context: Context, inputs: Properties): string {
  return `Service "${textOf(inputs["name"]) ?? context.urn.split("::").at(-1)}"`;
}

/** Secrets, configs and networks that are not there; what a resource of this run makes is known by its id only then. */
async function referenceFaults(
  context: Context,
  engine: Engine,
  subject: string,
  inputs: Properties,
): Promise<Fault[]> {
  const task = objectOf(inputs["taskSpec"]);
  const spec = objectOf(task["containerSpec"]);
  const faults: Fault[] = [];
  for (const [field, vault, key] of [
    ["secrets", "secrets", "secretId"],
    ["configs", "configs", "configId"],
  ] as const) {
    for (const [index, item] of listOf(spec[field]).entries()) {
      const id = textOf(objectOf(item)[key]);
      if (id === undefined || (await inspectData(engine, vault, id, context.signal)) !== undefined) continue;
      const path = `taskSpec.containerSpec.${field}[${index}].${key}`;
      faults.push({
        subject,
        path,
        value: id,
        problem: `is none of the swarm's ${vault}`,
        advice: "Refer to the resource's id.",
      });
    }
  }
  const networks = listOf(task["networksAdvanceds"]).map(objectOf);
  const present = networks.length === 0 ? [] : await listNetworks(engine, {}, context.signal);
  for (const [index, network] of networks.entries()) {
    const name = textOf(network["name"]) ?? textOf(network["id"]);
    if (name === undefined) continue;
    const path = `taskSpec.networksAdvanceds[${index}].name`;
    const found = present.find((one) => one.Id === name || one.Name === name);
    const isComing = await comes(context, name);
    if (found === undefined && !isComing) {
      faults.push({
        subject,
        path,
        value: name,
        problem: "is no network here",
        advice: "Refer to the network's id or name.",
      });
    } else if (found?.Scope === "local" && !isComing) {
      const problem = `is a network of one daemon (driver ${found.Driver}), which tasks can't be on`;
      faults.push({ subject, path, value: name, problem, advice: "Use one with the driver `overlay`." });
    }
  }
  return faults;
}

/** True for a network that a resource of this run declares under that name. */
function comes(context: Context, name: string): Promise<boolean> | boolean {
  const claim = { kind: "network", name } as const;
  return context.deployment.isHeld(claim);
}

/** Ports that the swarm publishes on every node for two services. */
function clashes(inputs: Properties, others: readonly Service[]): { port: number; path: string; holder: Service }[] {
  const ports = listOf(objectOf(inputs["endpointSpec"])["ports"]).map(objectOf);
  return ports.flatMap((block, index) => {
    const port = numberOf(block["publishedPort"]) ?? 0;
    if (port === 0 || textOf(block["publishMode"]) === "host") return [];
    const protocol = (textOf(block["protocol"]) ?? "tcp").toLowerCase();
    const holder = others.find((service) =>
      (service.Endpoint?.Ports ?? service.Spec?.EndpointSpec?.Ports ?? []).some(
        (one) => one.PublishedPort === port && (one.Protocol ?? "tcp") === protocol && one.PublishMode !== "host",
      ),
    );
    return holder === undefined ? [] : [{ port, path: `endpointSpec.ports[${index}].publishedPort`, holder }];
  });
}
