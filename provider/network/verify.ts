import type { NetworkInspect, NetworkSummary } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectNetwork } from "../../daemon/network";
import { listServices } from "../../daemon/swarm";
import { systemInfo } from "../../daemon/system";
import type { Fault } from "../../values/fault";
import { parseSubnet } from "../../values/subnet";
import { warnOfUnknownDriver } from "../driver-plugin";
import type { Context } from "../resource";
import { flagOf, hasUnknown, isEmpty, listOf, mapOf, objectOf, type Properties, textOf } from "../value";
import { type Attachment, attachmentsOf, strayAddresses } from "./attachment";
import { shareAddresses, subnetFaults } from "./pool";
import { describe, lookAround, type Standing, strangerFaults } from "./standing";

/** What the daemon would refuse, before anything is touched; and what a replacement means for the containers on the network. */
export async function verifyNetwork(context: Context, inputs: Properties): Promise<readonly Fault[]> {
  const engine = await context.engine();
  const subject = `Network "${textOf(inputs["name"]) ?? context.urn.split("::").at(-1)}"`;
  const standing = await lookAround(context, inputs);
  const others = standing.all.filter((one) => one.Id !== standing.old?.Id);
  const faults = await Promise.all([
    strangerFaults(subject, inputs, standing),
    hasUnknown(inputs["ipamConfigs"]) ? [] : subnetFaults(context, subject, inputs, others),
    daemonFaults(context, engine, subject, inputs),
    bridgeFaults(subject, inputs, others),
    replacementFaults(context, engine, subject, inputs, standing),
  ]);
  return faults.flat();
}

/** Two networks can't have one bridge interface. */
function bridgeFaults(subject: string, inputs: Properties, others: readonly NetworkSummary[]): Fault[] {
  const key = "com.docker.network.bridge.name";
  const name = mapOf(inputs["options"])[key];
  const holder = name === undefined ? undefined : others.find((one) => one.Options?.[key] === name);
  if (name === undefined || holder === undefined) return [];
  const problem = `is the bridge of network "${holder.Name}" (${describe(holder)})`;
  return [{ subject, path: `options["${key}"]`, value: name, problem, advice: "Choose another name." }];
}

/** What this daemon can't do. */
async function daemonFaults(context: Context, engine: Engine, subject: string, inputs: Properties): Promise<Fault[]> {
  const faults: Fault[] = [];
  const minor = Number(engine.apiVersion.split(".")[1]);
  const ipv4 = flagOf(inputs["ipv4"]);
  if (ipv4 !== undefined && minor < 48) {
    const problem = `needs Engine 28 (API 1.48), and the daemon speaks API ${engine.apiVersion}`;
    faults.push({ subject, path: "ipv4", value: ipv4, problem, advice: "Leave it out, or use a newer Engine." });
  }
  const driver = textOf(inputs["driver"]) ?? "bridge";
  const overlay = driver === "overlay";
  const builtIn = ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"].includes(driver);
  const bare = flagOf(inputs["ipv6"]) === true && !hasUnknown(inputs["ipamConfigs"]) && !hasIpv6Subnet(inputs);
  if (!builtIn) await warnOfUnknownDriver(context, engine, subject, "Network", driver);
  if (!overlay && !(bare && minor < 46)) return faults;
  const info = await systemInfo(engine, context.signal);
  if (overlay && info.Swarm?.ControlAvailable !== true) {
    const advice = "Run `docker swarm init` on it, or use another driver.";
    faults.push({ subject, path: "driver", value: "overlay", problem: "needs a daemon that manages a swarm", advice });
  }
  const pools = (info.DefaultAddressPools ?? []).some((pool) => pool.Base?.includes(":"));
  if (bare && !overlay && !pools && minor < 46) {
    const problem = "needs an IPv6 subnet: before Engine 27 the daemon has none of its own to give";
    faults.push({
      subject,
      path: "ipv6",
      value: true,
      problem,
      advice: "Add one to ipamConfigs, such as `fd00:20::/64`.",
    });
  }
  return faults;
}

function hasIpv6Subnet(inputs: Properties): boolean {
  const subnets = listOf(inputs["ipamConfigs"]).map((item) => textOf(objectOf(item)["subnet"]) ?? "");
  return subnets.some((subnet) => parseSubnet(subnet)?.family === 6);
}

/** A replacement interrupts what runs on the network; services can't be moved by us. */
async function replacementFaults(
  context: Context,
  engine: Engine,
  subject: string,
  inputs: Properties,
  { old, ready }: Standing,
): Promise<Fault[]> {
  if (old === undefined || ready) return [];
  if (old.Name !== inputs["name"] && !shareAddresses(inputs, old)) return [];
  const seen = await inspectNetwork(engine, old.Id ?? "", context.signal);
  if (seen === undefined) return [];
  const users = await servicesOn(engine, seen, context.signal);
  if (users.length > 0) {
    const problem = `can't be replaced in place while services are on it: ${users.join(", ")}`;
    return [{ subject, problem, advice: "Give the changed network another name, so that the services move to it." }];
  }
  const attachments = (await attachmentsOf(engine, seen)).filter((one) => one.addresses.length > 0);
  if (attachments.length > 0) context.log(`${subject}${interruption(inputs, seen, attachments)}`, "warning");
  return [];
}

/** The services whose tasks are on a network; none where it is no network of a swarm. */
export async function servicesOn(engine: Engine, network: NetworkInspect, signal: AbortSignal): Promise<string[]> {
  if (network.Scope !== "swarm") return [];
  const users = (await listServices(engine, {}, signal)).filter((service) => {
    const networks = [...(service.Spec?.TaskTemplate?.Networks ?? []), ...(service.Spec?.Networks ?? [])];
    return networks.some((one) => one.Target === network.Id || one.Target === network.Name);
  });
  return users.map((service) => service.Spec?.Name ?? "");
}

/** What the preview says of a replacement that has containers on it. */
function interruption(inputs: Properties, seen: NetworkInspect, attachments: readonly Attachment[]): string {
  const names = attachments.map((one) => one.name).join(", ");
  const text = ` is replaced under ${names}: detached and attached again, not restarted; traffic there stops for a moment.`;
  if (isEmpty(inputs["ipamConfigs"])) return text;
  const had = (seen.IPAM?.Config ?? []).map((config) => config.Subnet ?? "");
  const next = listOf(inputs["ipamConfigs"]).map((item) => textOf(objectOf(item)["subnet"]) ?? "(unknown)");
  const same = next.every((one) => had.some((other) => parseSubnet(other)?.text === parseSubnet(one)?.text));
  if (same) return text;
  const Config = next.map((Subnet) => ({ Subnet }));
  const stray = attachments.filter((one) => strayAddresses({ IPAM: { Config } }, one).length > 0);
  const lost = stray.map((one) => `${one.name} loses its fixed address ${strayAddresses({ IPAM: { Config } }, one)}`);
  return `${text} Addresses change: ${had.join(", ")} → ${next.join(", ")}.${lost.map((one) => ` ${one}.`).join("")}`;
}
