import type { ContainerCreateRequest, HostConfig, PortBinding } from "@docker/node-sdk";
import { isObject, listOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import { type ContainerRules, flagRule, type Look } from "./look";
import { given, givenMap } from "./sparse";

/** Ports that are published, and ports that are only exposed. */
export const portRules = {
  exposedPorts: {
    on: "replace",
    unordered: true,
    extra: true,
    meaning: (value) => textsOf(value).flatMap((text) => portsOf(text) ?? [text]),
    has: ({ container, image }, declared) => {
      const asked = textsOf(declared).flatMap((text) => portsOf(text) ?? []);
      const published = Object.keys(container.HostConfig?.PortBindings ?? {});
      const exposed = Object.keys(container.Config?.ExposedPorts ?? {});
      const inherited = Object.keys(image?.ExposedPorts ?? {});
      return exposed.filter((port) => asked.includes(port) || !(published.includes(port) || inherited.includes(port)));
    },
  },
  ports: { on: "replace", unordered: true, meaning: portsMeaning, has: boundPorts },
  publishAllPorts: flagRule((host) => host.PublishAllPorts),
} satisfies ContainerRules;

/** The ports that the container's configuration names. */
export function portBody(inputs: Properties): Pick<ContainerCreateRequest, "ExposedPorts"> {
  const exposed = textsOf(inputs["exposedPorts"]).flatMap((text) => portsOf(text) ?? []);
  const keys = [...listOf(inputs["ports"]).map(keyOf), ...exposed];
  return { ExposedPorts: Object.fromEntries(keys.map((key) => [key, {}])) };
}

/** The ports of the host, by container port. */
export function portHost(inputs: Properties): HostConfig {
  const bindings: Record<string, PortBinding[]> = {};
  for (const item of listOf(inputs["ports"])) {
    const block = objectOf(item);
    const key = keyOf(item);
    // The empty address is every one of either family, as `docker run -p` and compose publish; the default is the plugin's.
    const binding = { HostIp: block["ip"] === "" ? "" : (textOf(block["ip"]) ?? "0.0.0.0"), HostPort: hostPort(block) };
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  const publishAll = inputs["publishAllPorts"];
  return { PortBindings: bindings, ...(typeof publishAll === "boolean" ? { PublishAllPorts: publishAll } : {}) };
}

/**
 * The ports as given, with the host port that the Engine chose where none was asked for (reconciliation.md, D4: the present
 * one). The Engine lists them by container port, so several of one port are told apart by address, then by order.
 */
export function presentPorts(ports: Value | undefined, bound: Look["container"]): Value {
  const left = new Map<string, PortBinding[]>();
  for (const [key, list] of Object.entries(bound.NetworkSettings?.Ports ?? {})) left.set(key, [...(list ?? [])]);
  return listOf(ports).map((item) => {
    if (!isObject(item)) return item;
    const { __defaults: _, ...port } = item;
    if ((numberOf(port["external"]) ?? 0) !== 0) return port;
    const candidates = left.get(keyOf(port)) ?? [];
    const ip = textOf(port["ip"]) ?? "0.0.0.0";
    const at = candidates.findIndex((candidate) => candidate.HostIp === ip);
    const [chosen] = at < 0 ? [] : candidates.splice(at, 1);
    return { ...port, external: Number(chosen?.HostPort ?? 0) };
  });
}

/** `"8000-8002/udp"` as `8000/udp`, `8001/udp` and so on; undefined where it is no port. */
export function portsOf(text: string): string[] | undefined {
  const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  if (first < 1 || last > 65535 || last < first) return undefined;
  return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${(match[3] ?? "tcp").toLowerCase()}`);
}

function keyOf(item: Value): string {
  const block = objectOf(item);
  return `${numberOf(block["internal"])}/${(textOf(block["protocol"]) ?? "tcp").toLowerCase()}`;
}

function hostPort(block: Properties): string {
  return textOf(block["externalRange"]) ?? String(numberOf(block["external"]) ?? 0);
}

function portsMeaning(value: Value): Value {
  return listOf(value).map((item) => {
    if (!isObject(item)) return item;
    const protocol = (textOf(item["protocol"]) ?? "tcp").toLowerCase();
    const ip = address(textOf(item["ip"]) ?? "0.0.0.0");
    const external = item["external"] ?? 0;
    return { internal: item["internal"] ?? null, external, externalRange: item["externalRange"] ?? null, ip, protocol };
  });
}

/** An address without brackets, an IPv6 one in its shortest form. */
export function address(text: string): string {
  const bare = text.replace(/^\[|\]$/g, "");
  if (!bare.includes(":")) return bare;
  const url = URL.parse(`http://[${bare}]/`);
  return url === null ? bare : url.hostname.replace(/^\[|\]$/g, "");
}

function boundPorts({ container }: Look): Value {
  const bindings = Object.entries(container.HostConfig?.PortBindings ?? {});
  return bindings.flatMap(([key, list]) => {
    const [internal, protocol = "tcp"] = key.split("/");
    return (given(list ?? []) ?? [{}]).map(({ HostIp, HostPort }) => {
      const range = HostPort?.includes("-") === true;
      const external = range ? 0 : Number(HostPort || 0);
      return {
        internal: Number(internal),
        ...(external === 0 ? {} : { external }),
        ...(range ? { externalRange: HostPort } : {}),
        ...givenMap(HostIp ? { ip: HostIp } : {}),
        protocol,
      };
    });
  });
}
