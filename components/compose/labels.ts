import type { Service } from "../../compose/model/service";
import type { LoadedProject } from "../../compose/options";
import { composeLabel } from "../../resources/compose";
import type { Labels } from "../labels";
import type { Naming } from "./naming";
import type { Parts } from "./parts";

/** The version of compose whose behaviour this is; it is written down as the one that made an object, and never compared. */
export const composeVersion = "5.5.0";

/** The labels of a container (docker/compose, create.go, `getCreateConfigs`; loader.go). The user's own come first. */
export function containerLabels(
  service: Service,
  key: string,
  number: number,
  naming: Naming,
  loaded: Pick<LoadedProject, "project" | "directory" | "files" | "envFiles">,
  parts: Parts,
): Labels {
  // What is not required and whose profile is off is no dependency.
  const active = Object.entries(service.depends_on ?? {}).filter(([name]) => name in loaded.project.services);
  const dependencies = active.map(
    ([name, { condition = "service_started", restart = false }]) => `${name}:${condition}:${restart}`,
  );
  return {
    ...service.labels,
    [composeLabel.hash]: parts.hash(key),
    [composeLabel.number]: String(number),
    [composeLabel.dependencies]: dependencies.sort().join(","),
    [composeLabel.image]: parts.imageId(key),
    [composeLabel.oneOff]: "False",
    [composeLabel.project]: naming.project,
    [composeLabel.files]: loaded.files.join(","),
    [composeLabel.directory]: loaded.directory,
    [composeLabel.service]: key,
    [composeLabel.version]: composeVersion,
    ...(loaded.envFiles.length === 0 ? {} : { [composeLabel.environmentFiles]: loaded.envFiles.join(",") }),
  };
}

/** The labels of a network or volume (create.go, `prepareNetworks`, `prepareVolumes`, `createNetwork`). */
export function resourceLabels(
  kind: "network" | "volume",
  key: string,
  naming: Naming,
  own: Readonly<Record<string, string>> | undefined,
  hash: string,
): Readonly<Record<string, string>> {
  return {
    ...own,
    [composeLabel[kind]]: key,
    [composeLabel.project]: naming.project,
    [composeLabel.version]: composeVersion,
    [composeLabel.hash]: hash,
  };
}
