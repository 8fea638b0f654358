import type { NetworkInspect, NetworkSummary } from "@docker/node-sdk";
import { listNetworks } from "../../daemon/network";
import { ownership } from "../../resources/ownership";
import { type Fault, SlipwayError } from "../../values/fault";
import { overlaps, parseSubnet, type Subnet } from "../../values/subnet";
import type { Claim } from "../deployment";
import type { Context } from "../resource";
import { listOf, objectOf, type Properties, textOf } from "../value";
import { describe } from "./standing";

/** A declared subnet and the network that has addresses of it. */
interface Clash {
  readonly subnet: Subnet;
  readonly path: string;
  readonly holder: NetworkSummary;
}

/** The subnets that a network asks for; those of an overlay live in an address space of the swarm's own. */
export function subnetClaims(inputs: Properties): Claim[] {
  if (textOf(inputs["driver"]) === "overlay" || (textOf(inputs["ipamDriver"]) ?? "default") !== "default") return [];
  return declaredSubnets(inputs).map(({ subnet }) => ({ kind: "subnet", name: subnet.text }));
}

/** True where two networks can't be there at the same time. */
export function shareAddresses(inputs: Properties, network: NetworkSummary): boolean {
  return clashesOf(inputs, [network]).length > 0;
}

/**
 * Subnets that overlap with those of another network. What this run moves away in time is no fault: a network of this
 * program that has asked for other subnets.
 */
export async function subnetFaults(
  context: Context,
  subject: string,
  inputs: Properties,
  others: readonly NetworkSummary[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { subnet, path } of subnetClaims(inputs).length === 0 ? [] : declaredSubnets(inputs)) {
    const claims = context.deployment.held("subnet").filter((claim) => claim.urn !== context.urn);
    const twin = claims.find((claim) => {
      const parsed = parseSubnet(claim.name);
      return parsed !== undefined && parsed.text !== subnet.text && overlaps(parsed, subnet);
    });
    if (twin === undefined) continue;
    const problem = `overlaps with ${twin.name} of resource "${twin.urn.split("::").at(-1)}" of this program`;
    faults.push({ subject, path, value: subnet.text, problem, advice: "Choose another subnet." });
  }
  for (const clash of clashesOf(inputs, others)) {
    if (!(await movesAway(context, clash))) faults.push(faultOf(subject, clash));
  }
  return faults;
}

/** Waits until the networks of this run that hold a declared subnet have moved away. */
export async function awaitSubnets(context: Context, subject: string, inputs: Properties, old?: string): Promise<void> {
  const engine = await context.engine();
  let clashes: Clash[] = [];
  const free = await context.deployment.expect(async () => {
    const others = (await listNetworks(engine, {}, context.signal)).filter((one) => one.Id !== old);
    clashes = clashesOf(inputs, others);
    return clashes.length === 0;
  }, context.signal);
  if (!free) throw new SlipwayError(clashes.map((clash) => faultOf(subject, clash)));
}

function declaredSubnets(inputs: Properties): { subnet: Subnet; path: string }[] {
  return listOf(inputs["ipamConfigs"]).flatMap((item, index) => {
    const subnet = parseSubnet(textOf(objectOf(item)["subnet"]) ?? "");
    return subnet === undefined ? [] : [{ subnet, path: `ipamConfigs[${index}].subnet` }];
  });
}

function clashesOf(inputs: Properties, others: readonly NetworkSummary[]): Clash[] {
  if ((textOf(inputs["ipamDriver"]) ?? "default") !== "default") return [];
  const scope = textOf(inputs["driver"]) === "overlay" ? "swarm" : "local";
  const rivals = others.filter((one) => (one.Scope ?? "local") === scope);
  return declaredSubnets(inputs).flatMap(({ subnet, path }) =>
    rivals.flatMap((holder) => (takes(holder, subnet) ? [{ subnet, path, holder }] : [])),
  );
}

function takes(network: Pick<NetworkInspect, "IPAM">, subnet: Subnet): boolean {
  return (network.IPAM?.Config ?? []).some((config) => {
    const taken = parseSubnet(config.Subnet ?? "");
    return taken !== undefined && overlaps(taken, subnet);
  });
}

/** True where the holder is a network of this run that has asked for other subnets. */
async function movesAway(context: Context, { subnet, holder }: Clash): Promise<boolean> {
  const { deployment } = context;
  const label = holder.Labels?.[ownership.provider] === context.providerId ? holder.Labels[ownership.urn] : undefined;
  const urnOf = (): string | undefined => label ?? [...deployment.seen].find(([, id]) => id === holder.Id)?.[0];
  const claimed = (): boolean => deployment.held("network").some((claim) => claim.urn === urnOf());
  if (!(await deployment.expect(claimed, context.signal))) return false;
  const urn = urnOf();
  if (urn === context.urn) return false;
  const next = deployment.held("subnet").filter((claim) => claim.urn === urn);
  if (next.length === 0) return false;
  return !next.some((claim) => {
    const parsed = parseSubnet(claim.name);
    return parsed !== undefined && overlaps(parsed, subnet);
  });
}

function faultOf(subject: string, { subnet, path, holder }: Clash): Fault {
  return {
    subject,
    path,
    value: subnet.text,
    problem: `overlaps with network "${holder.Name}" (${describe(holder)})`,
    advice: "Choose another subnet, or remove that network first.",
  };
}
