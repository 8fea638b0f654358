import type { ContainerCreateRequest, EndpointSettings, HostConfig } from "@docker/node-sdk";
import { isList, listOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import { ignoredFields, minorOf } from "./abilities";
import { type ContainerRules, type Inspect, type Look, pairsOf, setRule } from "./look";
import { address } from "./ports";
import { compact, given, givenMap } from "./sparse";

/** What a preview shows of a container that was taken off the network of its `networkMode`. */
export const disconnected = " (disconnected)";

/** Networks that the container is on, and the names it finds there. */
export const endpointRules = {
  dns: setRule((host, { inputs }) => (inputs["orderedDns"] === undefined ? host.Dns : undefined)),
  dnsOpts: setRule((host) => host.DnsOptions),
  dnsSearches: setRule((host) => host.DnsSearch),
  hosts: {
    on: "replace",
    unordered: true,
    meaning: (value) =>
      listOf(value).map((item) => ({
        host: objectOf(item)["host"] ?? null,
        ip: textOf(objectOf(item)["ip"])?.replace(/^\[|\]$/g, "") ?? objectOf(item)["ip"] ?? null,
      })),
    has: ({ container }) =>
      (container.HostConfig?.ExtraHosts ?? []).map((entry) => {
        const at = entry.search(/[:=]/);
        return { host: entry.slice(0, at), ip: entry.slice(at + 1) };
      }),
  },
  links: {
    on: "replace",
    unordered: true,
    extra: true,
    meaning: (value) => textsOf(value).map(linkText),
    // The Engine keeps "/target:/self/alias".
    has: ({ container }) =>
      (container.HostConfig?.Links ?? []).map((link) => linkText(link.replace(/:\/.*\//, ":").slice(1))),
  },
  networkMode: {
    on: (before, after) => (before === `${String(after)}${disconnected}` ? "update" : "replace"),
    meaning: modeMeaning,
    has: modeOf,
    unsaid: () => "bridge",
  },
  networksAdvanced: {
    on: "update",
    unordered: true,
    sets: ["aliases", "linkLocalIps", "links"],
    meaning: (value) => listOf(value).map((item) => endpointMeaning(objectOf(item))),
    has: networksOf,
  },
  orderedDns: {
    on: "replace",
    extra: true,
    has: ({ container, inputs }) =>
      inputs["orderedDns"] === undefined ? undefined : (container.HostConfig?.Dns ?? []),
  },
} satisfies ContainerRules;

/** A network and the container's place on it. */
export interface Attachment {
  /** Name or id of the network. */
  readonly network: string;
  readonly endpoint: EndpointSettings;
  /** The endpoint as the program says it. */
  readonly block: Properties;
}

/** Every network that the inputs put the container on, the first one being the one it is created on. */
export function attachmentsOf(inputs: Properties): Attachment[] {
  const mode = textOf(inputs["networkMode"]) ?? "bridge";
  const blocks = listOf(inputs["networksAdvanced"]).map(objectOf);
  const asked = blocks.map((block) => ({ network: textOf(block["name"]) ?? "", endpoint: endpointOf(block), block }));
  // With the default mode the listed networks are all there are, as with the official plugin, which leaves the bridge for them.
  if (isBridge(mode)) return asked.length > 0 ? asked : [{ network: "bridge", endpoint: {}, block: {} }];
  if (isExclusive(mode)) return [];
  return asked.some(({ network }) => network === mode) ? asked : [{ network: mode, endpoint: {}, block: {} }, ...asked];
}

/** The network that the container is created on. */
export function endpointBody(
  inputs: Properties,
  apiVersion = "1.51",
): Pick<ContainerCreateRequest, "NetworkingConfig" | "MacAddress"> {
  const [first] = attachmentsOf(inputs);
  if (first === undefined || Object.keys(first.endpoint).length === 0) return {};
  const body = { NetworkingConfig: { EndpointsConfig: { [first.network]: first.endpoint } } };
  // Before API 1.44 the address of the first endpoint was the container's own (Engine API, version history).
  const isOld = minorOf(apiVersion) < 44;
  const mac = first.endpoint.MacAddress;
  return isOld && mac !== undefined ? { ...body, MacAddress: mac } : body;
}

/** Network mode and names. */
export function endpointHost(inputs: Properties): HostConfig {
  const [first] = attachmentsOf(inputs);
  const mode = textOf(inputs["networkMode"]);
  return compact<HostConfig>({
    Dns: given(textsOf(inputs["orderedDns"] ?? inputs["dns"])),
    DnsOptions: given(textsOf(inputs["dnsOpts"])),
    DnsSearch: given(textsOf(inputs["dnsSearches"])),
    ExtraHosts: given(
      listOf(inputs["hosts"]).map((item) => `${textOf(objectOf(item)["host"])}:${textOf(objectOf(item)["ip"])}`),
    ),
    Links: given(textsOf(inputs["links"])),
    NetworkMode: first === undefined || first.network === "bridge" ? mode : first.network,
  });
}

/** True where the mode leaves no place for networks of one's own. */
export function isExclusive(mode: string): boolean {
  return mode === "host" || mode === "none" || mode.startsWith("container:");
}

/** True for the ways to say "the daemon's default network". */
export function isBridge(mode: string): boolean {
  return mode === "bridge" || mode === "default" || mode === "";
}

/** The endpoint of a container on the network with this name or id. */
export function endpointOn(container: Inspect, network: string): [string, EndpointSettings] | undefined {
  const networks = Object.entries(container.NetworkSettings?.Networks ?? {});
  return networks.find(([name, { NetworkID = "" }]) => name === network || isIdOf(network, NetworkID));
}

/** An endpoint as its input block says it, without what the Engine gives by itself; what it ignores is as asked. */
export function endpointBlock(
  name: string,
  seen: EndpointSettings,
  container: Inspect,
  asked: Properties,
  ignored: readonly string[] = [],
): Properties {
  const own = [(container.Id ?? "").slice(0, 12), container.Config?.Hostname ?? "", (container.Name ?? "").slice(1)];
  const wanted = textsOf(asked["aliases"]);
  const aliases = (seen.Aliases ?? []).filter((alias) => wanted.includes(alias) || !own.includes(alias));
  const options = Object.entries(seen.DriverOpts ?? {}).map(([option, value]) => `${option}=${value}`);
  // The Engine gives an address of its own where none is asked for, and shows none while the container does not run.
  const mac = textOf(asked["macAddress"]) === undefined ? undefined : seen.MacAddress || textOf(asked["macAddress"]);
  const block = compact<Record<string, Value>>({
    name: textOf(asked["name"]) ?? name,
    aliases: given(aliases),
    driverOpts: given(options),
    gwPriority: seen.GwPriority || undefined,
    ipv4Address: seen.IPAMConfig?.IPv4Address || undefined,
    ipv6Address: seen.IPAMConfig?.IPv6Address || undefined,
    linkLocalIps: given(seen.IPAMConfig?.LinkLocalIPs ?? []),
    links: given((seen.Links ?? []).map(linkText)),
    macAddress: mac,
  });
  const kept = ignored.flatMap((field) => (asked[field] === undefined ? [] : [[field, asked[field] ?? null] as const]));
  return { ...block, ...Object.fromEntries(kept) };
}

/** True where two endpoint blocks mean the same, whatever their networks are called. */
export function sameEndpoint(one: Properties, other: Properties): boolean {
  const text = (block: Properties): string => {
    const entries = Object.entries(endpointMeaning({ ...block, name: null }));
    return JSON.stringify(entries.map(([key, value]) => [key, isList(value) ? [...textsOf(value)].sort() : value]));
  };
  return text(one) === text(other);
}

/** A name space mode with the name that the program uses for the container in it. */
export function sharedMode(mode: string, declared: Value | undefined, { containers }: Look): string {
  const name = /^container:(.+)$/.exec(textOf(declared) ?? "")?.[1];
  return name !== undefined && mode === `container:${containers?.get(name)}` ? `container:${name}` : mode;
}

function endpointOf(block: Properties): EndpointSettings {
  const ipam = compact({
    IPv4Address: textOf(block["ipv4Address"]),
    IPv6Address: textOf(block["ipv6Address"]),
    LinkLocalIPs: given(textsOf(block["linkLocalIps"])),
  });
  return compact<EndpointSettings>({
    Aliases: given(textsOf(block["aliases"])),
    DriverOpts: givenMap(pairsOf(block["driverOpts"])),
    GwPriority: numberOf(block["gwPriority"]) || undefined,
    IPAMConfig: givenMap(ipam),
    Links: given(textsOf(block["links"])),
    MacAddress: textOf(block["macAddress"]),
  });
}

function endpointMeaning(block: Properties): Record<string, Value> {
  return {
    name: block["name"] ?? null,
    aliases: textsOf(block["aliases"]),
    driverOpts: pairsOf(block["driverOpts"]),
    gwPriority: numberOf(block["gwPriority"]) || null,
    ipv4Address: textOf(block["ipv4Address"]) ?? null,
    ipv6Address: address(textOf(block["ipv6Address"]) ?? ""),
    linkLocalIps: textsOf(block["linkLocalIps"]).map(address),
    links: textsOf(block["links"]).map(linkText),
    macAddress: textOf(block["macAddress"])?.toLowerCase().replace(/-/g, ":") ?? null,
  };
}

function modeMeaning(value: Value): Value {
  const mode = textOf(value) ?? "";
  return isBridge(mode) ? "bridge" : mode;
}

/** The mode as it is, or the declared one with a remark where the container was taken off its network. */
function modeOf(look: Look, declared: Value | undefined): string {
  const { container, inputs } = look;
  const mode = container.HostConfig?.NetworkMode ?? "";
  const wanted = textOf(declared) ?? "bridge";
  if (isExclusive(mode) || isExclusive(wanted)) return sharedMode(mode, declared, look);
  if (Object.keys(inputs).length === 0) return "bridge";
  if (isBridge(wanted) && listOf(inputs["networksAdvanced"]).length > 0) return "bridge";
  return endpointOn(container, isBridge(wanted) ? "bridge" : wanted) === undefined
    ? `${wanted}${disconnected}`
    : wanted;
}

/** The networks besides the one that the mode stands for, those of the program first and by the names it uses. */
function networksOf({ container, inputs, apiVersion }: Look, declared: Value | undefined): Value {
  const mode = textOf(inputs["networkMode"]) ?? "bridge";
  if (isExclusive(container.HostConfig?.NetworkMode ?? "")) return [];
  const asked = listOf(declared).map(objectOf);
  const left = new Map(Object.entries(container.NetworkSettings?.Networks ?? {}));
  const found: Properties[] = [];
  for (const block of asked) {
    const [name, seen] = endpointOn(container, textOf(block["name"]) ?? "") ?? [];
    if (name === undefined || seen === undefined || !left.delete(name)) continue;
    found.push(endpointBlock(name, seen, container, block, ignoredFields(apiVersion, block === asked[0])));
  }
  for (const [name, seen] of left) {
    const implied = isBridge(mode)
      ? asked.length === 0 && name === "bridge"
      : name === mode || isIdOf(mode, seen.NetworkID ?? "");
    const block = endpointBlock(name, seen, container, {});
    const importsBridge = Object.keys(inputs).length === 0 && left.size > 1;
    if (!implied || (importsBridge && name === "bridge")) found.push(block);
  }
  return found;
}

function isIdOf(text: string, id: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(text) && id.startsWith(text);
}

/** `"/db"`, `"db"` and `"db:db"` are one link. */
function linkText(link: string): string {
  const [target = "", alias = target] = link.replace(/^\//, "").split(":");
  return `${target}:${alias}`;
}
