import type { Service } from "../../compose/model/service";
import type { LoadedProject } from "../../compose/options";

/** What the names of a project's objects are made of. */
export interface Naming {
  /** Compose's name of the project. */
  readonly project: string;
  /** Between the parts of a container's name: `_` in compose's compatibility mode. @default "-" */
  readonly separator?: string;
}

/** The naming of a project, as COMPOSE_COMPATIBILITY says. */
export function namingOf({ project, environment }: Pick<LoadedProject, "project" | "environment">): Naming {
  const compatible = /^(1|t|true)$/i.test(environment["COMPOSE_COMPATIBILITY"] ?? "");
  return { project: project.name, separator: compatible ? "_" : "-" };
}

/** A container's name on the daemon (docker/compose, convergence.go, `getContainerName`). */
export function containerName(naming: Naming, key: string, service: Service, number: number): string {
  return service.container_name ?? [naming.project, key, number].join(naming.separator ?? "-");
}

/** The image that a service runs: its own name for it, or the one that compose gives what it builds (api.GetImageNameOrDefault). */
export function imageName(naming: Naming, key: string, service: Service): string {
  return service.image ?? [naming.project, key].join(naming.separator ?? "-");
}

/** How many containers a service has (compose-go, `ServiceConfig.GetScale`). */
export function scaleOf(service: Service): number {
  return Number(service.scale ?? service.deploy?.replicas ?? 1);
}

/** The service behind `service:NAME`. */
export function sharedService(mode: string | undefined): string | undefined {
  return /^service:(.+)$/.exec(mode ?? "")?.[1];
}
