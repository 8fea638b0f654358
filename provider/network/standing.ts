import type { NetworkInspect, NetworkSummary } from "@docker/node-sdk";
import { listNetworks } from "../../daemon/network";
import { isComposeSuccessor, isSameComposeObject } from "../../resources/compose";
import { ownership } from "../../resources/ownership";
import type { Fault } from "../../values/fault";
import { diffInputs } from "../diff";
import { labelsOf } from "../labels";
import type { Context } from "../resource";
import { flagOf, type Properties, textOf } from "../value";
import { rules } from "./inputs";
import { drifted } from "./state";

/** What the daemon has where a network is to be. */
export interface Standing {
  /** Every network of the daemon. */
  readonly all: readonly NetworkSummary[];
  /** The one to be replaced, by the state or by its label: it makes way. */
  readonly old?: NetworkSummary;
  /** It is what the program asks for, and not of the state: a killed create made it, or a resource that was renamed. */
  readonly ready: boolean;
  /** Networks of that name that belong to somebody else. */
  readonly strangers: readonly NetworkSummary[];
}

/** Looks at what is there. */
export async function lookAround(context: Context, inputs: Properties): Promise<Standing> {
  const all = await listNetworks(await context.engine(), {}, context.signal);
  const name = textOf(inputs["name"]);
  const known = context.deployment.seen.get(context.urn);
  const inState = all.find((one) => one.Id === known);
  const namesakes = all.filter((one) => one.Name === name && one.Id !== known);
  const isTaken = (one: NetworkSummary): boolean => isOfThisStack(context, one) || adopts(inputs, one);
  const strangers = namesakes.filter((one) => !isTaken(one));
  const own = namesakes.find(isTaken);
  if (inState?.Name === name || own === undefined) {
    return { all, strangers, ready: false, ...(inState === undefined ? {} : { old: inState }) };
  }
  const ready = diffInputs(rules, drifted(inputs, own), inputs).length === 0;
  return { all, strangers, ready, old: own };
}

/** True for the network that compose made for the same project and key, where the program asks to take it over. */
function adopts(inputs: Properties, network: NetworkSummary): boolean {
  return flagOf(inputs["adopt"]) === true && isSameComposeObject(labelsOf(inputs), network.Labels);
}

/**
 * The network of this stack that bears a name: what a swap made that the state missed, or what compose made anew for the
 * same project and key.
 */
export async function successor(
  context: Context,
  inputs: Properties,
  state: Properties,
): Promise<NetworkSummary | undefined> {
  const name = textOf(inputs["name"]) ?? textOf(state["name"]);
  if (name === undefined) return undefined;
  const found = await listNetworks(await context.engine(), { name: [name] }, context.signal);
  const isOwn = ({ Labels }: NetworkSummary): boolean =>
    Labels?.[ownership.provider] === context.providerId || isComposeSuccessor(labelsOf(inputs), Labels);
  return found.find((one) => one.Name === name && isOwn(one));
}

/** Names of other people's networks are theirs: the Engine allows a second one, and then every look-up by name is a guess. */
export function strangerFaults(subject: string, inputs: Properties, standing: Standing): Fault[] {
  return standing.strangers.map((one) => ({
    subject,
    path: "name",
    value: one.Name ?? "",
    problem: `is the name of a network that is there already (${describe(one)})`,
    advice: isComposeSuccessor(labelsOf(inputs), one.Labels)
      ? "Remove it, or take it over with `adopt: true` of its ComposeProject."
      : `Choose another name, remove it, or take it over with \`pulumi import docker:index/network:Network NAME ${(one.Id ?? "").slice(0, 12)}\`.`,
  }));
}

/** Who a network belongs to, as far as its labels say. */
export function describe(network: Pick<NetworkInspect, "Id" | "Labels">): string {
  const labels = network.Labels ?? {};
  const urn = labels[ownership.urn]?.split("::");
  const project = labels["com.docker.compose.project"];
  const id = `id ${(network.Id ?? "").slice(0, 12)}`;
  if (urn !== undefined) return `${id}, of resource "${urn.at(-1)}" of project ${urn[1]}, another stack or clone`;
  return project === undefined ? id : `${id}, of compose project ${project}`;
}

/** Made through this provider, or in the state of this run's stack. */
export function isOfThisStack(context: Context, network: NetworkSummary): boolean {
  if (network.Labels?.[ownership.provider] === context.providerId) return true;
  return [...context.deployment.seen.values()].includes(network.Id ?? "");
}
