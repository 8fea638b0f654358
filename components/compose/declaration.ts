import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { networkHash, serviceHash, volumeHash } from "../../compose/hash";
import type { Service } from "../../compose/model/service";
import type { LoadedProject } from "../../compose/options";
import { EngineRemoteImage } from "../../resources/remote-image";
import { isConfidential } from "../../values/confidential";
import { SlipwayError } from "../../values/fault";
import type { ComposeProjectArgs, ComposeService } from "../compose-project";
import { Container, type ContainerArgs } from "../container";
import { Image } from "../image";
import { Network } from "../network";
import { Volume } from "../volume";
import { containerPlan } from "./container";
import { dependenciesOf } from "./dependencies";
import { imagePlan } from "./image";
import { hasContent } from "./mounts";
import { imageName, type Naming, scaleOf, sharedService } from "./naming";
import { networkPlan } from "./network";
import type { Parts } from "./parts";
import { inOrder, sharedServices, usedNetworks, usedVolumes } from "./used";
import { volumeArgs } from "./volume";

/** Declares the resources of a loaded project, below its component, in the order of their dependencies. */
export class Declaration implements Parts {
  readonly networks: Record<string, Network> = {};
  readonly volumes: Record<string, Volume> = {};
  readonly services: Record<string, ComposeService> = {};
  private readonly externalNetworks = new Map<string, pulumi.Input<string>>();
  private readonly externalVolumes = new Map<string, pulumi.Input<string>>();
  private readonly imageIds = new Map<string, pulumi.Input<string>>();
  private readonly images = new Map<string, Image>();

  constructor(
    private readonly parent: pulumi.ComponentResource,
    /** The component's name in the program; the names of its children begin with it. */
    private readonly name: string,
    private readonly args: ComposeProjectArgs,
    private readonly loaded: LoadedProject,
    private readonly naming: Naming,
  ) {}

  /** Makes the children: what an active service uses, and no more. */
  make(): void {
    const { project } = this.loaded;
    for (const key of usedNetworks(project)) this.makeNetwork(key);
    for (const key of usedVolumes(project)) this.makeVolume(key);
    for (const key of inOrder(project.services)) this.makeService(key);
  }

  network(key: string): Network | pulumi.Input<string> {
    return this.networks[key] ?? this.externalNetworks.get(key) ?? key;
  }

  volume(key: string): Volume | pulumi.Input<string> {
    return this.volumes[key] ?? this.externalVolumes.get(key) ?? key;
  }

  networkName(key: string): pulumi.Input<string> {
    const network = this.network(key);
    return network instanceof Network ? network.name : network;
  }

  volumeName(key: string): pulumi.Input<string> {
    const volume = this.volume(key);
    return volume instanceof Volume ? volume.name : volume;
  }

  imageId(service: string): pulumi.Input<string> {
    return this.imageIds.get(service) ?? "";
  }

  containerId(service: string): pulumi.Input<string> {
    const container = this.services[service]?.containers[0];
    if (container !== undefined) return container.id;
    throw new SlipwayError({
      subject: `Compose project "${this.naming.project}"`,
      path: `services.${service}`,
      problem: "has no container, and another service shares its name space or volumes",
      advice: "Let it have one.",
    });
  }

  sharing(service: string): pulumi.Input<string> {
    return pulumi.interpolate`container:${this.containerId(service)}`;
  }

  /** With the ids of the containers that it shares things with in the place of their services, as compose hashes it. */
  hash(key: string): pulumi.Input<string> {
    const service = this.loaded.project.services[key];
    if (service === undefined) return "";
    const names = sharedServices(service);
    if (names.length === 0) return serviceHash(service);
    const ids = pulumi.all(Object.fromEntries(names.map((name) => [name, this.containerId(name)])));
    return ids.apply((known) => serviceHash(withIds(service, known)));
  }

  variable(_service: string, name: string, value: string): pulumi.Input<string> {
    return isConfidential(name) ? pulumi.secret(value) : value;
  }

  content(kind: "configs" | "secrets", key: string): pulumi.Input<string> {
    const object = this.loaded.project[kind]?.[key];
    const text = this.loaded.contents[`${kind}.${key}`] ?? (hasContent(object) ? (object?.content ?? "") : "");
    return kind === "secrets" ? pulumi.secret(text) : text;
  }

  private makeNetwork(key: string): void {
    const network = this.loaded.project.networks?.[key];
    const given = this.args.networks?.[key];
    if (given !== undefined) this.networks[key] = given;
    else if (network?.external === true) {
      const found = docker.getNetworkOutput({ name: network.name ?? key }, { parent: this.parent });
      this.externalNetworks.set(key, found.name);
    } else if (network !== undefined) {
      const plan = networkPlan(key, network, this.naming, networkHash(network), this.args.adopt === true);
      const transform = (args: object) => ({ ...args, ...plan.engine });
      const args = Object.keys(plan.engine).length === 0 ? plan.args : { ...plan.args, transform };
      this.networks[key] = new Network(`${this.name}-${key}`, args, { parent: this.parent });
    }
  }

  private makeVolume(key: string): void {
    const volume = this.loaded.project.volumes?.[key];
    const given = this.args.volumes?.[key];
    if (given !== undefined) this.volumes[key] = given;
    else if (volume?.external === true) {
      const name = volume.name ?? key;
      const found = docker.Volume.get(`${this.name}-${key}`, name, undefined, { parent: this.parent });
      // A volume's id is its name.
      this.externalVolumes.set(key, found.id);
    } else if (volume !== undefined) {
      const args = volumeArgs(key, volume, this.naming, volumeHash(volume));
      this.volumes[key] = new Volume(`${this.name}-${key}`, args, { parent: this.parent });
    }
  }

  private makeService(key: string): void {
    const service = this.loaded.project.services[key];
    if (service === undefined) return;
    const scale = scaleOf(service);
    if (scale > 0) this.makeImage(key, service);
    const dependsOn = dependenciesOf(this.loaded.project, key).flatMap((name) => this.services[name]?.containers ?? []);
    const containers: Container[] = [];
    for (let number = 1; number <= scale; number++) {
      const { args, engine } = containerPlan(this.loaded, this.naming, key, number, this);
      const adopt = this.args.adopt === true ? { adopt: true } : {};
      const whole: ContainerArgs = { ...args, transform: (own) => ({ ...own, ...engine, ...adopt }) };
      containers.push(
        new Container(`${this.name}-${key}-${number}`, this.args.container?.(whole, key, number) ?? whole, {
          parent: this.parent,
          dependsOn: [...dependsOn, ...waitedFor(service, containers)],
        }),
      );
    }
    this.services[key] = { containers, image: this.images.get(imageName(this.naming, key, service)) };
  }

  private makeImage(key: string, service: Service): void {
    const name = imageName(this.naming, key, service);
    const before = Object.entries(this.loaded.project.services).find(
      ([other, one]) => this.imageIds.has(other) && imageName(this.naming, other, one) === name,
    );
    const known = before === undefined ? undefined : this.imageIds.get(before[0]);
    this.imageIds.set(key, known ?? this.imageOf(key, service, name));
  }

  private imageOf(key: string, service: Service, name: string): pulumi.Input<string> {
    // A service that builds the image decides for those that only use it.
    const builder = Object.entries(this.loaded.project.services).find(
      ([other, one]) => one.build !== undefined && imageName(this.naming, other, one) === name,
    );
    const [owner, whose] = builder ?? [key, service];
    const plan = imagePlan(owner, whose, this.loaded, this.naming);
    const options = { parent: this.parent };
    if (plan.kind === "present") return docker.getRemoteImageOutput({ name: plan.name }, options).id;
    if (plan.kind === "pulled") return new EngineRemoteImage(`${this.name}-${owner}`, plan.args, options).imageId;
    const image = new Image(`${this.name}-${owner}`, plan.args, options);
    this.images.set(name, image);
    for (const [index, targetImage] of (whose.build?.tags ?? []).entries()) {
      new docker.Tag(`${this.name}-${owner}-tag-${index + 1}`, { sourceImage: image.id, targetImage }, options);
    }
    return image.id;
  }
}

/** The first container, where the service's commands before its start run before that one's. */
function waitedFor(service: Service, before: readonly Container[]): readonly Container[] {
  return (service.pre_start ?? []).length === 0 ? [] : before.slice(0, 1);
}

/** Docker/compose, convergence.go, `resolveServiceReferences`. */
function withIds(service: Service, ids: Readonly<Record<string, string>>): Service {
  const entries = Object.entries(service).map(([field, value]): [string, unknown] => {
    if (field === "network_mode" || field === "ipc" || field === "pid") {
      const name = typeof value === "string" ? sharedService(value) : undefined;
      return [field, name === undefined ? value : `container:${ids[name]}`];
    }
    if (field !== "volumes_from") return [field, value];
    const sources = (service.volumes_from ?? []).map((spec) => {
      const [first = "", second = ""] = spec.split(":");
      return first === "container" ? second : ids[first];
    });
    return [field, sources];
  });
  return Object.fromEntries(entries) as unknown as Service;
}
