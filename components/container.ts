import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  type ContainerReload,
  type ContainerReplica,
  EngineContainer,
  type EngineContainerArgs,
} from "../resources/container";
import type { Duration } from "../values/duration";
import { daemonName, nameFaults } from "../values/name";
import { type PortBinding, type PortSpec, parsePorts } from "../values/port";
import type { Quantity } from "../values/quantity";
import { claim, portName } from "./claims";
import { resourceOf, waitsForHealth } from "./container-arguments";
import { containerFaults, missingImage } from "./container-faults";
import { hostOf } from "./docker-host";
import type { Image } from "./image";
import type { Labels } from "./labels";
import type { Network } from "./network";
import { refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";
import type { Volume } from "./volume";

/** When the Engine starts the container again after it has ended (Engine API, `RestartPolicy`). */
export type Restart = "no" | "always" | "unless-stopped" | "on-failure";

/** A mount of a volume, of a folder of the host, or of memory. */
export type MountArgs =
  | { readonly volume: Volume | pulumi.Input<string>; readonly target: string; readonly readOnly?: boolean }
  | {
      readonly bind: string;
      readonly target: string;
      readonly readOnly?: boolean;
      /** Lets the daemon make a missing folder, empty and owned by root. @default false: it is refused */
      readonly create?: boolean;
    }
  | { readonly tmpfs: true; readonly target: string };

/** How the container says whether it is well (Engine API, `HealthConfig`). */
export interface HealthcheckArgs {
  /** Command: a text is given to the image's shell, a list is executed as it is. */
  readonly test: string | readonly string[];
  /** Time between two checks. @default "30s", the Engine's */
  readonly interval?: Duration;
  /** Time after which a check counts as failed. @default "30s", the Engine's */
  readonly timeout?: Duration;
  /** Time in which failures do not count. @default "0s" */
  readonly startPeriod?: Duration;
  /** Failures in a row that make it unhealthy. @default 3, the Engine's */
  readonly retries?: number;
}

/** A file that the container starts with. */
export interface FileArgs {
  /** Absolute path in the container. */
  readonly path: string;
  /** What is in it; pass secrets as Pulumi secrets. */
  readonly content: pulumi.Input<string>;
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
}

/** A command that is executed before the container is stopped. */
export interface BeforeStopArgs {
  /** Executable and arguments. */
  readonly command: readonly pulumi.Input<string>[];
  /** Name or id of the container to execute it in. @default this container */
  readonly container?: pulumi.Input<string>;
}

/** A place on a network. */
export interface EndpointArgs {
  /** The network. */
  readonly network: Network | pulumi.Input<string>;
  /** Further names under which the container is found there. @default none besides its own name */
  readonly aliases?: readonly pulumi.Input<string>[];
}

/** What a {@link Container} runs and how. */
export interface ContainerArgs {
  /** An {@link Image} of this program, or a reference or id. */
  readonly image: Image | pulumi.Input<string>;
  /** Its name on the daemon, stable over replacements. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Published ports. @default none */
  readonly ports?: readonly PortSpec[];
  /** Environment variables; pass secrets as Pulumi secrets. @default the image's */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Arguments of the entrypoint. @default the image's CMD */
  readonly command?: readonly pulumi.Input<string>[];
  /** Executable and its first arguments. @default the image's ENTRYPOINT */
  readonly entrypoint?: readonly pulumi.Input<string>[];
  /** Folder the command starts in. @default the image's WORKDIR */
  readonly workingDirectory?: string;
  /** User or user:group that runs the command. @default the image's USER */
  readonly user?: string;
  /** Mounts. @default none */
  readonly mounts?: readonly MountArgs[];
  /** Networks to be on. @default the daemon's default bridge */
  readonly networks?: readonly (Network | EndpointArgs)[];
  /** Memory limit: bytes or text such as `"512m"`, in whole MiB. @default none */
  readonly memory?: Quantity;
  /** Processors it may use, such as 0.5. @default all */
  readonly cpus?: number;
  /** When the Engine starts it again after it has ended. @default "unless-stopped"; "no" for one that `completes` */
  readonly restart?: Restart;
  /** Time between the stop signal and the kill. @default "10s", the Engine's */
  readonly stopTimeout?: Duration;
  /** Health check; `up` waits until it is passed. @default the image's */
  readonly healthcheck?: HealthcheckArgs;
  /** How long `up` waits for health. @default "1m" */
  readonly healthTimeout?: Duration;
  /**
   * Whether `up` waits until it is healthy: true waits for the image's own check too, and an image without one fails the
   * `up`; false does not wait. @default true with a `healthcheck`
   */
  readonly waitForHealth?: boolean;
  /** Signal that asks it to end. @default the image's, or SIGTERM */
  readonly stopSignal?: string;
  /** Log files that are rotated (log driver `json-file`): size in bytes or text such as `"10m"`, number of files. @default the daemon's log driver */
  readonly logs?: { readonly maxSize: Quantity; readonly maxFiles: number };
  /** Files that it starts with; a change replaces it, unless `reload` says how it takes them up. @default none */
  readonly files?: readonly FileArgs[];
  /** How it takes changed `files` up without being replaced. @default not at all */
  readonly reload?: ContainerReload;
  /** Whether a replacement starts before the old container stops. @default "start-first" where nothing collides */
  readonly order?: "start-first" | "stop-first";
  /** Commands before it is stopped, one by one; if one fails while it is replaced, it stays. @default none */
  readonly beforeStop?: readonly BeforeStopArgs[];
  /** It is meant to end, within this time and with exit code 0; `up` waits for that. @default it is meant to run */
  readonly completes?: { readonly within: Duration };
  /** Which replica of an application it is, for messages that count. @default none */
  readonly replicaOf?: ContainerReplica;
  /** Labels on the daemon. @default none */
  readonly labels?: Labels;
  /** A small init process that reaps children and passes signals on. @default false */
  readonly init?: boolean;
  /** Root file system read-only. @default false */
  readonly readOnly?: boolean;
  /** Changes what the Engine's resource is made with: everything that docker.Container and Slipway's provider take. @default nothing */
  readonly transform?: Transform<EngineContainerArgs>;
}

/** A container, kept as the program describes it; a replacement that fails leaves the old one serving. */
export class Container extends pulumi.ComponentResource {
  /** The resource behind it; undefined where the arguments were refused in a preview. */
  readonly resource: EngineContainer | undefined;
  /** Its id on the daemon; a replacement changes it. */
  readonly id: pulumi.Output<string>;
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;
  /** The id or reference of its image. */
  readonly image: pulumi.Output<string>;
  /** The published ports, with the host ports that the Engine chose. */
  readonly ports: pulumi.Output<Required<PortBinding>[]>;
  /** `http://HOST:PORT` of the first published tcp port; undefined without one. */
  readonly url: pulumi.Output<string | undefined>;
  /** Its IP address on each network, by the network's name. */
  readonly addresses: pulumi.Output<Record<string, string>>;
  /** `starting`, `healthy` or `unhealthy` when it was last looked at; undefined where nobody waits for its health. */
  readonly health: pulumi.Output<string | undefined>;
  /** What a container that completes wrote, both streams together; empty for any other. */
  readonly logs: pulumi.Output<string>;
  /** True where `up` waits until it is healthy. */
  readonly isHealthChecked: boolean;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: ContainerArgs, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Container", name, {}, options);
    const subject = `Container "${name}"`;
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    this.isHealthChecked = waitsForHealth(args);
    const faults = [
      ...nameFaults(subject, daemon),
      ...missingImage(subject, args.image),
      ...containerFaults(subject, args),
    ];
    if (refuse([...faults, ...claim(this, subject, claimsOf(daemon, args))])) {
      this.resource = undefined;
      this.id = unknownOutput();
      this.name = unknownOutput();
      this.image = unknownOutput();
      this.ports = unknownOutput();
      this.url = unknownOutput();
      this.addresses = unknownOutput();
      this.health = unknownOutput();
      this.logs = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const host = hostOf(this);
    const container = new EngineContainer(name, transformed(resourceOf(daemon, args), args.transform), {
      parent: this,
    });
    this.resource = container;
    this.id = container.id;
    this.name = container.name;
    this.image = container.image;
    this.ports = container.ports.apply((ports) => (ports ?? []).map(published));
    this.url = pulumi.all([this.ports, host]).apply(([ports, name]) => firstUrl(ports, name));
    this.addresses = container.networkDatas.apply((networks) =>
      Object.fromEntries((networks ?? []).map((network) => [network.networkName ?? "", network.ipAddress ?? ""])),
    );
    this.health = this.isHealthChecked ? container.health : pulumi.output(undefined);
    this.logs = container.containerLogs.apply((text) => text ?? "");
    this.registerOutputs({
      id: this.id,
      name: this.name,
      image: this.image,
      ports: this.ports,
      url: this.url,
      addresses: this.addresses,
      health: this.health,
    });
  }
}

function claimsOf(daemon: string, args: ContainerArgs): Parameters<typeof claim>[2] {
  const ports = parsePorts(args.ports ?? [], daemon).bindings.flatMap((binding) => portName(binding) ?? []);
  return [
    { kind: "container", name: daemon, path: "name" },
    ...ports.map((name) => ({ kind: "port" as const, name, path: "ports" })),
  ];
}

function published(port: docker.types.output.ContainerPort): Required<PortBinding> {
  const protocol = port.protocol === "udp" || port.protocol === "sctp" ? port.protocol : "tcp";
  return { ip: port.ip ?? "0.0.0.0", host: port.external ?? 0, container: port.internal, protocol };
}

function firstUrl(ports: readonly Required<PortBinding>[], daemonHost: string): string | undefined {
  const port = ports.find((candidate) => candidate.protocol === "tcp" && candidate.host !== 0);
  if (port === undefined) return undefined;
  const every = port.ip === "0.0.0.0" || port.ip === "::";
  const host = every ? daemonHost : port.ip.includes(":") ? `[${port.ip}]` : port.ip;
  return `http://${host}:${port.host}`;
}
