import type { Project } from "../../compose/model/project";
import type { LoadedProject } from "../../compose/options";
import type { EngineContainerArgs } from "../../resources/container";
import { duration, formatDuration } from "../../values/duration";
import type { ContainerArgs } from "../container";
import { demandOn, dependenciesOf, healthTimeout } from "./dependencies";
import { endpointArgs, endpointEngine } from "./endpoints";
import { platformOf } from "./image";
import { isolationEngine } from "./isolation";
import { containerLabels } from "./labels";
import { limitArgs, limitEngine } from "./limits";
import { mountArgs, mountEngine } from "./mounts";
import { containerName, imageName, type Naming } from "./naming";
import type { Parts } from "./parts";
import { present } from "./present";
import { nonEmpty, preStartEngine, processArgs, processEngine } from "./process";

/** Arguments of a Container: in its own words, and in the Engine's for what it has none for. */
export interface ContainerPlan {
  readonly args: Omit<ContainerArgs, "transform">;
  readonly engine: Partial<EngineContainerArgs>;
}

/** One container of a service. A pure function: what it takes from other resources comes through `parts`. */
export function containerPlan(
  loaded: LoadedProject,
  naming: Naming,
  key: string,
  number: number,
  parts: Parts,
): ContainerPlan {
  const { project, directory } = loaded;
  const service = project.services[key];
  if (service === undefined) throw new Error(`The project has no service "${key}".`);
  const place = { naming, project, parts, key, number };
  const demand = demandOn(project, key);
  const engine: Partial<EngineContainerArgs> = {
    ...processEngine(service),
    ...preStartEngine(service, number),
    ...restartEngine(project, key, parts),
    ...present<EngineContainerArgs>({ platform: platformOf(service, loaded) }),
    ...limitEngine(service),
    ...isolationEngine(service, parts, directory),
    ...mountEngine(service, project, parts),
    ...endpointEngine(service, place),
    // Anonymous volumes outlive their container, as with `docker compose down` without -v.
    removeVolumes: false,
  };
  const args: ContainerPlan["args"] = {
    name: containerName(naming, key, service, number),
    image: imageName(naming, key, service),
    ...processArgs(service, key, parts),
    ...limitArgs(service),
    ...mountArgs(service, project, parts),
    ...endpointArgs(service, place),
    ...waitingArgs(loaded, key),
    labels: containerLabels(service, key, number, naming, loaded, parts),
  };
  // What is said in the Engine's words is not said twice.
  const said: (keyof ContainerArgs)[] = [
    ...(engine.networksAdvanced === undefined ? [] : (["networks"] as const)),
    ...(engine.healthcheck === undefined ? [] : (["healthcheck"] as const)),
  ];
  const rest = Object.entries(args).filter(([name]) => !said.some((one) => one === name));
  const { mayEnd: _, ...running } = engine;
  return { args: Object.fromEntries(rest) as ContainerPlan["args"], engine: demand.completed ? running : engine };
}

/** A container goes again with those that it depends on, where the files say so (`depends_on` with `restart: true`). */
function restartEngine(project: Project, key: string, parts: Parts): Partial<EngineContainerArgs> {
  const { depends_on: all = {} } = project.services[key] ?? {};
  const names = dependenciesOf(project, key).filter((name) => all[name]?.restart === true);
  return present<EngineContainerArgs>({ restartTriggers: nonEmpty(names.map((name) => parts.containerId(name))) });
}

function waitingArgs(loaded: LoadedProject, key: string): Partial<Omit<ContainerArgs, "transform">> {
  const demand = demandOn(loaded.project, key);
  const hasCheck = loaded.project.services[key]?.healthcheck?.test !== undefined;
  return present<Omit<ContainerArgs, "transform">>({
    completes: demand.completed ? { within: "24h" } : undefined,
    waitForHealth: demand.healthy ? true : hasCheck ? false : undefined,
    healthTimeout: demand.healthy ? duration(formatDuration(healthTimeout(loaded.project, key))) : undefined,
  });
}
