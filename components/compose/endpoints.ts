import type { Project } from "../../compose/model/project";
import type { Service, ServicePort } from "../../compose/model/service";
import type { ContainerNetwork, ContainerPort, EngineContainerArgs } from "../../resources/container";
import type { PortBinding, Protocol } from "../../values/port";
import type { ContainerArgs, EndpointArgs } from "../container";
import { containerName, type Naming, scaleOf, sharedService } from "./naming";
import type { Parts } from "./parts";
import { present } from "./present";
import { nonEmpty } from "./process";

/** Everything that says how a container is reached, and what it finds. */
interface Place {
  readonly naming: Naming;
  readonly project: Project;
  readonly parts: Parts;
  /** The service's key. */
  readonly key: string;
  readonly number: number;
}

/** Ports and networks, in the component's words. */
export function endpointArgs(service: Service, place: Place): Partial<Pick<ContainerArgs, "ports" | "networks">> {
  const ports = service.ports ?? [];
  return present<Pick<ContainerArgs, "ports" | "networks">>({
    ports: ports.some(isRange) ? undefined : nonEmpty(ports.map(bindingOf)),
    networks: nonEmpty(networksOf(service).map((network) => endpointOf(service, network, place))),
  });
}

/** The same, where only the Engine's own words say it. */
export function endpointEngine(service: Service, place: Place): Partial<EngineContainerArgs> {
  const ports = service.ports ?? [];
  const links = linksOf(service, place);
  const blocks = networksOf(service).map((network, index) => blockOf(service, network, index, links, place));
  const isPlain = blocks.every((block) => Object.keys(block).every((field) => field === "name" || field === "aliases"));
  const shared = sharedService(service.network_mode);
  const none = networksOf(service).length === 0 && service.network_mode === undefined ? "none" : undefined;
  return present<EngineContainerArgs>({
    ports: ports.some(isRange) ? ports.map(portOf) : undefined,
    exposedPorts: nonEmpty(service.expose),
    networksAdvanced: isPlain ? undefined : blocks,
    networkMode: shared === undefined ? service.network_mode || none : place.parts.sharing(shared),
    links: networksOf(service).length > 0 ? undefined : nonEmpty(links),
    orderedDns: nonEmpty(service.dns),
    dnsOpts: nonEmpty(service.dns_opt),
    dnsSearches: nonEmpty(service.dns_search),
    hosts: nonEmpty(
      service.extra_hosts?.map((entry) => {
        const at = entry.search(/[=:]/);
        return { host: entry.slice(0, at), ip: entry.slice(at + 1) };
      }),
    ),
  });
}

/** The networks of a service, the one that it is created on first (compose-go, `NetworksByPriority`). */
export function networksOf(service: Service): string[] {
  if (service.network_mode) return [];
  const priority = (key: string): number => Number(service.networks?.[key]?.priority ?? 0);
  const keys = Object.keys(service.networks ?? {});
  return keys.sort((a, b) => priority(b) - priority(a) || (a < b ? -1 : 1));
}

function endpointOf(service: Service, network: string, place: Place): EndpointArgs {
  return { network: place.parts.network(network), aliases: aliasesOf(service, network, place) };
}

function aliasesOf(service: Service, network: string, { naming, key, number }: Place): string[] {
  const own = [containerName(naming, key, service, number), key];
  return [...new Set([...own, ...(service.networks?.[network]?.aliases ?? [])])];
}

function blockOf(
  service: Service,
  network: string,
  index: number,
  links: readonly string[],
  place: Place,
): ContainerNetwork {
  const config = service.networks?.[network] ?? {};
  const options = {
    ...config.driver_opts,
    ...(config.interface_name ? { "com.docker.network.endpoint.ifname": config.interface_name } : {}),
  };
  return {
    name: place.parts.networkName(network),
    aliases: aliasesOf(service, network, place),
    ...present<ContainerNetwork>({
      driverOpts: nonEmpty(Object.entries(options).map(([option, value]) => `${option}=${value}`)),
      gwPriority: Number(config.gw_priority ?? 0) || undefined,
      ipv4Address: config.ipv4_address || undefined,
      ipv6Address: config.ipv6_address || undefined,
      linkLocalIps: nonEmpty(config.link_local_ips?.filter((address) => address !== "")),
      links: nonEmpty(links),
      // The service's address is that of the network it is created on (create.go, `prepareContainerMACAddress`).
      macAddress: config.mac_address || (index === 0 ? service.mac_address : undefined) || undefined,
    }),
  };
}

/** Links to every container of a service, under the names that compose gives (create.go, `getLinks`), and to others. */
function linksOf(service: Service, { naming, project, number }: Place): string[] {
  const own = (service.links ?? []).flatMap((link) => {
    const [key = "", alias = key] = link.split(":");
    const target = project.services[key];
    const names =
      target === undefined ? [] : numbers(scaleOf(target)).map((n) => containerName(naming, key, target, n));
    return names.flatMap((name) => [
      `${name}:${alias}`,
      `${name}:${key}-${number}`,
      `${name}:${naming.project}-${key}-${number}`,
    ]);
  });
  const external = (service.external_links ?? []).map((link) => (link.includes(":") ? link : `${link}:${link}`));
  return [...new Set([...own, ...external])];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function isRange({ published }: ServicePort): boolean {
  return published?.includes("-") === true;
}

/** The empty address is every one of either family, as compose publishes. */
function bindingOf({ host_ip = "", target = 0, published, protocol }: ServicePort): PortBinding {
  const host = Number(published ?? 0);
  return {
    ip: host_ip,
    ...(host === 0 ? {} : { host }),
    container: Number(target),
    ...(isProtocol(protocol) && protocol !== "tcp" ? { protocol } : {}),
  };
}

function portOf({ host_ip = "", target = 0, published, protocol = "tcp" }: ServicePort): ContainerPort {
  const isNumber = published !== undefined && !published.includes("-") && published !== "";
  return {
    internal: Number(target),
    ip: host_ip,
    ...(isNumber ? { external: Number(published) } : {}),
    ...(published?.includes("-") === true ? { externalRange: published } : {}),
    ...(protocol === "tcp" ? {} : { protocol }),
  };
}

function isProtocol(text: string | undefined): text is Protocol {
  return text === "tcp" || text === "udp" || text === "sctp";
}
