import { LoadFault } from "./load-fault";
import type { Project } from "./model/project";
import type { Service } from "./model/service";
import { cut } from "./text";
import type { Integer } from "./tree";

/** The services that are on, the rest, and what they may name. */
export interface Consistency {
  readonly project: Project;
  /** Services whose profiles are off. */
  readonly inactive: Readonly<Record<string, Service>>;
}

/**
 * The rules between attributes and between services (loader/validate.go of compose-go); every fault.
 * Cycles of dependencies: dependency-cycle.ts.
 */
export function checkConsistency(model: Consistency): readonly LoadFault[] {
  const faults: LoadFault[] = [];
  for (const [name, service] of Object.entries(model.project.services)) {
    const check = new ServiceCheck(name, service, model, faults);
    check.run();
  }
  for (const [name, secret] of Object.entries(model.project.secrets ?? {})) {
    if (secret.external === true || secret.file !== undefined || secret.environment !== undefined) continue;
    faults.push(new LoadFault(["secrets", name], "has no content", undefined, "Set file or environment."));
  }
  return faults;
}

class ServiceCheck {
  constructor(
    private readonly name: string,
    private readonly service: Service,
    private readonly model: Consistency,
    private readonly faults: LoadFault[],
  ) {}

  run(): void {
    this.image();
    this.references();
    this.networkMode();
    this.healthcheck();
    this.dependencies();
    this.scale();
    this.resources();
    this.watch();
    this.mounts();
  }

  private image(): void {
    const { build, image, provider, platform } = this.service;
    if (build === undefined && image === undefined && provider === undefined) {
      this.fault([], "has neither an image nor a build", undefined, "Set image, or build.");
    }
    if (build === undefined) return;
    if (build.dockerfile !== undefined && build.dockerfile_inline !== undefined) {
      this.fault(
        ["build"],
        "has dockerfile and dockerfile_inline, which exclude each other",
        undefined,
        "Keep one of them.",
      );
    }
    for (const [key, context] of Object.entries(build.additional_contexts ?? {})) {
      if (!context.startsWith("service:")) continue;
      const target = context.slice("service:".length);
      const path = ["build", "additional_contexts", key];
      if (!Object.hasOwn(this.services, target))
        this.fault(path, "is no service that is on", context, "Name a service with a build.");
      else if (this.services[target]?.build === undefined) {
        this.fault(path, "is a service without a build", context, "Name a service with a build.");
      }
    }
    if (build.platforms !== undefined && platform !== undefined && !build.platforms.includes(platform)) {
      this.fault(["platform"], "is not among build.platforms", platform, "Add it there.");
    }
  }

  private references(): void {
    const { project } = this.model;
    const { service } = this;
    const known = (kind: object | undefined, key: string): boolean => kind !== undefined && Object.hasOwn(kind, key);
    const missing = (path: Path, kind: string, key: string): void =>
      this.fault(path, `is no ${kind} of the project`, key, `Declare it under ${kind}s at the top level.`);
    for (const network of Object.keys(service.networks ?? {})) {
      if (!known(project.networks, network)) missing(["networks", network], "network", network);
    }
    (service.volumes ?? []).forEach((volume, index) => {
      if (volume.type !== "volume" || volume.source === undefined) return;
      if (!known(project.volumes, volume.source)) missing(["volumes", index], "volume", volume.source);
    });
    (service.build?.secrets ?? []).forEach(({ source = "" }, index) => {
      if (!known(project.secrets, source)) missing(["build", "secrets", index], "secret", source);
    });
    (service.configs ?? []).forEach(({ source = "" }, index) => {
      if (!known(project.configs, source)) missing(["configs", index], "config", source);
    });
    (service.secrets ?? []).forEach(({ source = "" }, index) => {
      if (!known(project.secrets, source)) missing(["secrets", index], "secret", source);
    });
    for (const model of Object.keys(service.models ?? {})) {
      if (!known(project.models, model)) missing(["models", model], "model", model);
    }
  }

  private networkMode(): void {
    const { network_mode: mode, networks } = this.service;
    if (mode === undefined) return;
    if (networks !== undefined) {
      this.fault(["network_mode"], "excludes networks", mode, "Keep one of them.");
    }
    if (!mode.startsWith("service:")) return;
    const target = mode.slice("service:".length);
    if (!Object.hasOwn(this.services, target))
      this.fault(["network_mode"], "names no service that is on", mode, "Name a service.");
  }

  private healthcheck(): void {
    const [first] = this.service.healthcheck?.test ?? [];
    if (first === undefined || ["CMD", "CMD-SHELL", "NONE"].includes(first)) return;
    this.fault(
      ["healthcheck", "test"],
      "must start with CMD, CMD-SHELL or NONE",
      first,
      "Put CMD in front, or write it as text.",
    );
  }

  private dependencies(): void {
    for (const [target, { required }] of Object.entries(this.service.depends_on ?? {})) {
      if (Object.hasOwn(this.services, target)) continue;
      const isInactive = Object.hasOwn(this.model.inactive, target);
      if (isInactive && !required) continue;
      const profiles = this.model.inactive[target]?.profiles?.join(", ") ?? "";
      if (isInactive)
        this.fault(
          ["depends_on", target],
          "is a service whose profile is off",
          target,
          `Turn on one of its profiles (${profiles}).`,
        );
      else this.fault(["depends_on", target], "is no service of the project", target, "Name a service.");
    }
  }

  private scale(): void {
    const { scale, deploy, container_name: containerName } = this.service;
    const replicas = deploy?.replicas;
    if (scale !== undefined && replicas !== undefined && scale !== replicas) {
      this.fault(["scale"], `differs from deploy.replicas, which is ${replicas}`, scale, "Keep one of them.");
    }
    if (scale !== undefined && scale < 0) this.fault(["scale"], "must be at least 0", scale);
    if (replicas !== undefined && replicas < 0) this.fault(["deploy", "replicas"], "must be at least 0", replicas);
    if ((scale ?? replicas ?? 1) <= 1 || containerName === undefined) return;
    const attribute = scale === undefined ? "deploy.replicas" : "scale";
    this.fault(
      ["container_name"],
      `can't be the name of ${scale ?? replicas} containers (${attribute})`,
      containerName,
      "Remove it.",
    );
  }

  /** What is said twice must be said alike; nothing said beside limits counts as other than the limit. */
  private resources(): void {
    const { cpus, mem_limit, mem_reservation, pids_limit, deploy } = this.service;
    const limits = deploy?.resources.limits;
    const reservations = deploy?.resources.reservations;
    const twice = (path: Path, one: unknown, there: object | undefined, other: unknown, where: string): void => {
      if (one === undefined || there === undefined || one === other) return;
      this.fault(path, `differs from deploy.resources.${where}`, String(one), "Keep one of them.");
    };
    twice(["cpus"], cpus, limits, limits?.cpus, "limits.cpus");
    twice(["mem_limit"], mem_limit, limits, limits?.memory, "limits.memory");
    twice(["mem_reservation"], mem_reservation, reservations, reservations?.memory, "reservations.memory");
    twice(["pids_limit"], pids_limit, limits, limits?.pids, "limits.pids");
  }

  private watch(): void {
    (this.service.develop?.watch ?? []).forEach(({ action, target }, index) => {
      if (target !== undefined || action === "rebuild" || action === "restart") return;
      this.fault(["develop", "watch", index], `has no target, which ${action} needs`, undefined, "Add target.");
    });
  }

  private mounts(): void {
    const taken = new Map<string, string>();
    const take = (target: string, path: readonly [string, number]): void => {
      const place = `${path[0]}[${path[1]}]`;
      const other = taken.get(target);
      if (other !== undefined) this.fault(path, `is mounted already by ${other}`, target, "Choose another target.");
      taken.set(target, place);
    };
    (this.service.tmpfs ?? []).forEach((entry, index) => {
      take(cut(entry, ":").before, ["tmpfs", index]);
    });
    (this.service.volumes ?? []).forEach(({ target = "" }, index) => {
      take(target, ["volumes", index]);
    });
  }

  private get services(): Readonly<Record<string, Service>> {
    return this.model.project.services;
  }

  private fault(path: Path, problem: string, value?: string | Integer, advice?: string): void {
    this.faults.push(new LoadFault(["services", this.name, ...path], problem, value, advice));
  }
}

type Path = readonly (string | number)[];
