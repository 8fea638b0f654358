import * as pulumi from "@pulumi/pulumi";
import type { LoadedProject, LoadOptions } from "../compose/options";
import { describeFault, type Fault, isSlipwayError } from "../values/fault";
import { Declaration } from "./compose/declaration";
import { findingsIn } from "./compose/findings";
import { type Naming, namingOf } from "./compose/naming";
import type { Container, ContainerArgs } from "./container";
import type { Image } from "./image";
import type { Network } from "./network";
import { refuse } from "./refusal";
import type { Volume } from "./volume";

/** What a {@link ComposeProject} is made from; the defaults are those of `docker compose`. */
export interface ComposeProjectArgs
  extends Pick<
    LoadOptions,
    "files" | "projectName" | "projectDirectory" | "profiles" | "services" | "allResources" | "envFiles"
  > {
  /** Variables for interpolation, besides those of the process, over which they win. @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** How many containers a service has, by its name (`docker compose up --scale`). @default what the files say, else 1 */
  readonly scale?: Readonly<Record<string, number>>;
  /**
   * Takes over what `docker compose up` has made of the same project: it runs on where it is what the files say.
   * @default false: it is refused, as any stranger's is
   */
  readonly adopt?: boolean;
  /** Networks of the program for the external ones of the files, by their keys there. @default they must be on the daemon */
  readonly networks?: Readonly<Record<string, Network>>;
  /** Volumes of the program for the external ones of the files, by their keys there. @default they must be on the daemon */
  readonly volumes?: Readonly<Record<string, Volume>>;
  /** Changes what a container is made with; `service` is its key in the files, `number` counts from 1. @default nothing */
  readonly container?: (args: ContainerArgs, service: string, number: number) => ContainerArgs;
}

/** A service of a compose project. */
export interface ComposeService {
  /** Its containers, in the order of their numbers. */
  readonly containers: readonly Container[];
  /** The image that is built for it; undefined where it is taken from elsewhere. */
  readonly image: Image | undefined;
}

/**
 * What compose files describe, as typed resources with a plan. Names, labels and config hashes are compose's own, so that
 * `docker compose ps`, `logs`, `exec` and `down` work on it, and `docker compose up` changes nothing. Named volumes stay when
 * the stack goes.
 */
export class ComposeProject extends pulumi.ComponentResource {
  /** Compose's name of the project, the first part of all names. */
  readonly project: string;
  /** The active services, by their keys in the files. */
  readonly services: Readonly<Record<string, ComposeService>>;
  /** The networks that are made, and those of the program that stand for external ones. */
  readonly networks: Readonly<Record<string, Network>>;
  /** The named volumes that are made, and those of the program that stand for external ones. */
  readonly volumes: Readonly<Record<string, Volume>>;

  /** @throws a {@link SlipwayError} with every fault, each with its file, line and column; in a preview when the program ends. */
  constructor(name: string, args: ComposeProjectArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:ComposeProject", name, {}, options);
    const loaded = load(args);
    const naming = loaded === undefined ? { project: args.projectName ?? name } : namingOf(loaded);
    this.project = naming.project;
    const declaration = loaded === undefined ? undefined : new Declaration(this, name, args, loaded, naming);
    if (loaded !== undefined && !this.isRefused(name, args.scale ?? {}, loaded, naming)) declaration?.make();
    this.networks = declaration?.networks ?? {};
    this.volumes = declaration?.volumes ?? {};
    this.services = declaration?.services ?? {};
    this.registerOutputs({ project: this.project });
  }

  private isRefused(
    name: string,
    scale: Readonly<Record<string, number>>,
    loaded: LoadedProject,
    naming: Naming,
  ): boolean {
    const subject = `ComposeProject "${name}"`;
    const { refused, warned } = findingsIn(subject, loaded, naming);
    for (const warning of [...loaded.warnings, ...warned.map(describeFault)]) void pulumi.log.warn(warning, this);
    return refuse([...noneFaults(subject, loaded), ...refused, ...scaleFaults(subject, scale, loaded)]);
  }
}

/** The files, read and brought into their canonical form; undefined where they were refused in a preview. */
function load(args: ComposeProjectArgs): LoadedProject | undefined {
  const { environment, scale, adopt: _a, networks: _n, volumes: _v, container: _c, ...options } = args;
  // The loader, with its parser of YAML, is of no use to programs without compose files.
  const { loadProject }: typeof import("../compose/project") = require("../compose/project");
  try {
    const given = environment === undefined ? {} : { environment: { ...process.env, ...environment } };
    return scaled(loadProject({ ...options, ...given }), scale ?? {});
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    refuse(error.faults);
    return undefined;
  }
}

/** With the numbers of containers that the program asks for, as with `--scale`. */
function scaled(loaded: LoadedProject, scale: Readonly<Record<string, number>>): LoadedProject {
  const services = Object.entries(loaded.project.services).map(([key, service]) => {
    const count = scale[key];
    return [key, count === undefined ? service : { ...service, scale: count }];
  });
  return { ...loaded, project: { ...loaded.project, services: Object.fromEntries(services) } };
}

/** Files of which nothing is left, with which `docker compose up` ends in "no service selected". */
function noneFaults(subject: string, { project, inactive }: LoadedProject): Fault[] {
  const { services, networks = {}, volumes = {} } = project;
  if ([services, networks, volumes].some((parts) => Object.keys(parts).length > 0)) return [];
  const off = Object.keys(inactive).sort().join(", ");
  const advice = off === "" ? "Declare one, or set `allResources`." : `Turn on a profile of ${off}.`;
  return [{ subject, path: "services", problem: "leaves no service", advice }];
}

/** Numbers of containers for services that are not there, and numbers that are none. */
function scaleFaults(subject: string, scale: Readonly<Record<string, number>>, loaded: LoadedProject): Fault[] {
  return Object.entries(scale).flatMap(([key, count]): Fault[] => {
    const path = `scale.${key}`;
    if (!(key in loaded.project.services)) {
      const problem =
        key in loaded.inactive ? "is of a service whose profiles are off" : "is of no service of the files";
      const services = Object.keys(loaded.project.services).sort().join(", ");
      return [{ subject, path, problem, advice: `The services are: ${services}.` }];
    }
    const isCount = Number.isInteger(count) && count >= 0;
    return isCount
      ? []
      : [{ subject, path, value: count, problem: "is no number of containers", advice: "Use 0, 1, 2 …" }];
  });
}
