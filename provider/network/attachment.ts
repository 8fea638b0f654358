import type { EndpointSettings, NetworkInspect } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import { connectContainer, disconnectContainer, inspectContainer, listContainers } from "../../daemon/container";
import { holdsAddress, parseAddress, parseSubnet } from "../../values/subnet";

/** How one container is on a network: enough to put it back there just as it was. */
export interface Attachment {
  readonly container: string;
  readonly name: string;
  /** What was asked for: aliases, links, fixed addresses, driver options. */
  readonly settings: EndpointSettings;
  /** The addresses it had; none where it did not run. */
  readonly addresses: readonly string[];
}

/** Everything attached to a network, running or not: a stopped container keeps the id of its network, and can't start without it. */
export async function attachmentsOf(engine: Engine, network: NetworkInspect): Promise<Attachment[]> {
  const id = network.Id ?? "";
  const containers = await listContainers(engine, { network: [id] });
  const seen = await Promise.all(containers.map((container) => inspectContainer(engine, container.Id ?? "")));
  const found = seen.flatMap((container) => {
    const endpoints = Object.values(container?.NetworkSettings?.Networks ?? {});
    const endpoint = endpoints.find((one) => one.NetworkID === id);
    if (container?.Id === undefined || endpoint === undefined) return [];
    const addresses = [endpoint.IPAddress ?? "", endpoint.GlobalIPv6Address ?? ""].filter((one) => one !== "");
    const name = (container.Name ?? "").replace(/^\//, "");
    return [{ container: container.Id, name, settings: settingsOf(container.Id, endpoint), addresses }];
  });
  return found.sort(byAddress);
}

/** Puts a container on a network. A container that is gone, or there already, is a success. */
export async function attach(engine: Engine, network: NetworkInspect, attachment: Attachment): Promise<void> {
  const id = network.Id ?? "";
  const settings = fitting(network, attachment.settings);
  if (!(await connect(engine, id, attachment.container, settings))) return;
  const lost = await lostAddress(engine, network, attachment, settings);
  if (lost === undefined) return;
  // Who resolved this container's name once, as nginx does, goes on speaking to the address it had.
  await disconnectContainer(engine, id, attachment.container);
  const kept = { ...settings, IPAMConfig: { ...settings.IPAMConfig, IPv4Address: lost } };
  try {
    await connect(engine, id, attachment.container, kept);
  } catch {
    await connect(engine, id, attachment.container, settings);
  }
}

/** Takes a container off a network. */
export async function detach(engine: Engine, network: string, attachment: Attachment): Promise<void> {
  await disconnectContainer(engine, network, attachment.container);
}

/** The fixed addresses of a container that a network has no room for. */
export function strayAddresses(network: Pick<NetworkInspect, "IPAM">, attachment: Attachment): string[] {
  const { IPv4Address, IPv6Address } = attachment.settings.IPAMConfig ?? {};
  return [IPv4Address ?? "", IPv6Address ?? ""].filter((one) => one !== "" && !fits(network, one));
}

function settingsOf(container: string, endpoint: EndpointSettings): EndpointSettings {
  // The Engine adds the container's short id by itself.
  const aliases = (endpoint.Aliases ?? []).filter((alias) => alias !== container.slice(0, 12));
  const links = endpoint.Links ?? [];
  const fixed = Object.entries(endpoint.IPAMConfig ?? {}).filter(([, value]) => value !== "" && value !== null);
  const options = endpoint.DriverOpts ?? {};
  const generated = generatedMac(endpoint.IPAddress ?? "");
  const mac = endpoint.MacAddress === generated ? "" : (endpoint.MacAddress ?? "");
  return {
    ...(aliases.length === 0 ? {} : { Aliases: aliases }),
    ...(links.length === 0 ? {} : { Links: links }),
    ...(fixed.length === 0 ? {} : { IPAMConfig: Object.fromEntries(fixed) }),
    ...(Object.keys(options).length === 0 ? {} : { DriverOpts: options }),
    ...(mac === "" ? {} : { MacAddress: mac }),
    ...(endpoint.GwPriority === undefined || endpoint.GwPriority === 0 ? {} : { GwPriority: endpoint.GwPriority }),
  };
}

/** The MAC address that the bridge driver makes of an IPv4 address (libnetwork, netutils.GenerateMACFromIP). */
function generatedMac(address: string): string {
  const bytes = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return `02:42:${bytes.join(":")}`;
}

/** The settings without fixed addresses that the network has no room for: better another address than none. */
function fitting(network: NetworkInspect, settings: EndpointSettings): EndpointSettings {
  const { IPAMConfig, ...rest } = settings;
  const kept = Object.entries(IPAMConfig ?? {}).filter(
    ([, value]) => typeof value !== "string" || fits(network, value),
  );
  return kept.length === 0 ? rest : { ...rest, IPAMConfig: Object.fromEntries(kept) };
}

function fits(network: Pick<NetworkInspect, "IPAM">, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  return (network.IPAM?.Config ?? []).some((config) => {
    const subnet = parseSubnet(config.Subnet ?? "");
    return subnet !== undefined && holdsAddress(subnet, address);
  });
}

/** @returns whether it was attached now. */
async function connect(
  engine: Engine,
  network: string,
  container: string,
  settings: EndpointSettings,
): Promise<boolean> {
  try {
    await connectContainer(engine, network, container, settings);
    return true;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (/already exists in network|already attached to network/.test(error.message)) return false;
    const gone = error.status === 404 && /container/i.test(error.message);
    if (gone || /marked for removal/.test(error.message)) return false;
    throw error;
  }
}

/** The IPv4 address that the container had by the Engine's choice, where the Engine has chosen another one now. */
async function lostAddress(
  engine: Engine,
  network: NetworkInspect,
  attachment: Attachment,
  settings: EndpointSettings,
): Promise<string | undefined> {
  const had = attachment.addresses.find((address) => parseAddress(address)?.family === 4);
  if (had === undefined || settings.IPAMConfig?.IPv4Address !== undefined || !fits(network, had)) return undefined;
  const seen = await inspectContainer(engine, attachment.container);
  const endpoint = Object.values(seen?.NetworkSettings?.Networks ?? {}).find((one) => one.NetworkID === network.Id);
  return endpoint === undefined || endpoint.IPAddress === had ? undefined : had;
}

/** The Engine hands out the lowest free address, so in this order most get the one they had. Fixed ones come first. */
function byAddress(one: Attachment, other: Attachment): number {
  const rank = (attachment: Attachment): bigint => {
    if (attachment.settings.IPAMConfig?.IPv4Address !== undefined) return -1n;
    return parseAddress(attachment.addresses[0] ?? "")?.value ?? 1n << 128n;
  };
  const [a, b] = [rank(one), rank(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
