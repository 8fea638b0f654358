import type { Project } from "../../compose/model/project";
import type { Service } from "../../compose/model/service";
import { networksOf } from "./endpoints";
import { sharedService } from "./naming";

/** The networks that are made, by their keys: those that an active service is on, then what else the project was loaded with. */
export function usedNetworks({ services, networks }: Project): string[] {
  return [...new Set([...Object.values(services).flatMap(networksOf), ...Object.keys(networks ?? {})])];
}

/** The named volumes that are made, by their keys: those that an active service mounts, then what else the project was loaded with. */
export function usedVolumes({ services, volumes }: Project): string[] {
  const sources = Object.values(services).flatMap((service) =>
    (service.volumes ?? []).flatMap(({ type, source }) => (type === "volume" && source ? [source] : [])),
  );
  return [...new Set([...sources.filter((key) => volumes?.[key] !== undefined), ...Object.keys(volumes ?? {})])];
}

/** The services that one shares name spaces or volumes with. */
export function sharedServices(service: Service): string[] {
  const modes = [service.network_mode, service.ipc, service.pid].map(sharedService);
  const volumes = (service.volumes_from ?? []).map((spec) => spec.split(":")[0]);
  const names = [...modes, ...volumes].filter((name) => name !== undefined && name !== "container");
  return [...new Set(names.flatMap((name) => name ?? []))];
}

/** Every service after those that it depends on, whatever the order in the file. */
export function inOrder(services: Readonly<Record<string, Service>>): string[] {
  const done = new Set<string>();
  const visit = (key: string): void => {
    const service = services[key];
    if (service === undefined || done.has(key)) return;
    done.add(key);
    for (const name of [...Object.keys(service.depends_on ?? {}), ...sharedServices(service)]) visit(name);
    order.push(key);
  };
  const order: string[] = [];
  for (const key of Object.keys(services)) visit(key);
  return order;
}
