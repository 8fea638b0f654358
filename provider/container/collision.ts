import type { ContainerInspectResponse, ContainerSummary } from "@docker/node-sdk";
import { addressesOverlap, type Claim } from "../claims";
import { flagOf, listOf, numberOf, objectOf, type Properties, textOf } from "../value";

/** A port of the host that a container is to have for itself. */
export interface WantedPort {
  /** Where the inputs ask for it: `ports[0].external`. */
  readonly path: string;
  readonly ip: string;
  readonly port: number;
  readonly protocol: string;
}

/** The host ports that the inputs name; those that the daemon chooses, and unknown ones, are left out. */
export function wantedPorts(inputs: Properties): WantedPort[] {
  return listOf(inputs["ports"]).flatMap((item, index) => {
    const block = objectOf(item);
    const port = numberOf(block["external"]) ?? 0;
    const protocol = (textOf(block["protocol"]) ?? "tcp").toLowerCase();
    const ip = textOf(block["ip"]) ?? "0.0.0.0";
    return port === 0 ? [] : [{ path: `ports[${index}].external`, ip, port, protocol }];
  });
}

/** A wanted port as a claim. */
export function portClaim({ ip, port, protocol }: WantedPort): Claim {
  return { kind: "port", name: `${ip.includes(":") ? `[${ip}]` : ip}:${port}/${protocol}` };
}

/** What a container will hold on the daemon: its name and, if it is to be started, its host ports. */
export function claimsOf(inputs: Properties): Claim[] {
  const name = textOf(inputs["name"]);
  const ports = flagOf(inputs["start"]) === false ? [] : wantedPorts(inputs).map(portClaim);
  return [...(name === undefined ? [] : [{ kind: "container" as const, name }]), ...ports];
}

/** True where a running container has the port, on an address that can't be bound beside the wanted one. */
export function publishes(container: ContainerSummary, wanted: WantedPort): boolean {
  return (container.Ports ?? []).some(
    (bound) =>
      bound.PublicPort === wanted.port && bound.Type === wanted.protocol && addressesOverlap(bound.IP ?? "", wanted.ip),
  );
}

/**
 * True where the new container can't run beside the old one: a host port, an address, a namespace, or data that both
 * would write. Where they can, the new one is started first and nothing is ever down. The program may decide otherwise
 * (`replaceOrder`), but not that two have one port.
 */
export function collides(inputs: Properties, old: ContainerInspectResponse): boolean {
  const order = textOf(inputs["replaceOrder"]);
  if (order === "stop-first") return true;
  const mode = textOf(inputs["networkMode"]) ?? "bridge";
  if (mode === "host" || mode.startsWith("container:")) return true;
  const isShared = listOf(inputs["devices"]).length > 0 || sharesData(inputs, old);
  if (isShared && order !== "start-first") return true;
  const bound = Object.entries(old.HostConfig?.PortBindings ?? {}).flatMap(([key, list]) =>
    (list ?? []).map((binding) => ({ ...binding, protocol: key.split("/")[1] ?? "tcp" })),
  );
  const samePort = wantedPorts(inputs).some(({ ip, port, protocol }) =>
    bound.some(
      (other) =>
        other.HostPort === String(port) && other.protocol === protocol && addressesOverlap(other.HostIp ?? "", ip),
    ),
  );
  return samePort || sameAddress(inputs, old);
}

/**
 * True where the new container will have a volume or a folder of the host that the old one writes to. Its anonymous
 * volumes always count: they are carried over.
 */
function sharesData(inputs: Properties, old: ContainerInspectResponse): boolean {
  const volumes = listOf(inputs["volumes"]).map(objectOf);
  if (volumes.some((block) => textOf(block["fromContainer"]) !== undefined)) return true;
  const sources = [
    ...volumes.map((block) => textOf(block["volumeName"]) ?? textOf(block["hostPath"])),
    ...listOf(inputs["mounts"]).map((item) => textOf(objectOf(item)["source"])),
  ].filter((source) => source !== undefined);
  const within = (one: string, other: string): boolean =>
    one === other || (other.startsWith("/") && one.startsWith(`${other.replace(/\/+$/, "")}/`));
  const written = (old.Mounts ?? []).filter((mount) => mount.RW === true && mount.Type !== "tmpfs");
  return written.some((mount) => {
    if (mount.Type === "volume" && isAnonymous(mount.Name)) return true;
    const source = mount.Type === "volume" ? (mount.Name ?? "") : (mount.Source ?? "");
    return sources.some((wanted) => within(wanted, source) || within(source, wanted));
  });
}

/** True for the name of a volume that the Engine made up: 64 hexadecimal digits. */
export function isAnonymous(volume: string | undefined): boolean {
  return /^[0-9a-f]{64}$/.test(volume ?? "");
}

/** A static address that the old container has, static or not. */
function sameAddress(inputs: Properties, old: ContainerInspectResponse): boolean {
  const endpoints = Object.values(old.NetworkSettings?.Networks ?? {});
  const taken = endpoints.flatMap((endpoint) => [
    endpoint.IPAddress,
    endpoint.GlobalIPv6Address,
    endpoint.IPAMConfig?.IPv4Address,
    endpoint.IPAMConfig?.IPv6Address,
    endpoint.MacAddress,
  ]);
  const wanted = listOf(inputs["networksAdvanced"])
    .map(objectOf)
    .flatMap((block) => ["ipv4Address", "ipv6Address", "macAddress"].map((field) => textOf(block[field])));
  return wanted.some((address) => address !== undefined && taken.includes(address));
}
