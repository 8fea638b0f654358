import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
  type ContainerReload,
  type ContainerReplica,
  EngineContainer,
  type EngineContainerArgs,
} from "../resources/container";
import { type Duration, formatDuration, parseDuration } from "../values/duration";
import type { Fault } from "../values/fault";
import { isImageId, parseImageReference } from "../values/image-reference";
import { daemonName, nameFaults } from "../values/name";
import { type PortBinding, type PortSpec, parsePorts } from "../values/port";
import { parseBytes, type Quantity } from "../values/quantity";
import { Image } from "./image";
import { type Labels, labelBlocks } from "./labels";
import { Network } from "./network";
import { refuse, unknownOutput } from "./refusal";
import { Volume } from "./volume";

/** When the Engine starts the container again after it has ended (Engine API, `RestartPolicy`). */
export type Restart = "no" | "always" | "unless-stopped" | "on-failure";

/** A mount of a volume, of a folder of the host, or of memory. */
export type MountArgs =
  | { readonly volume: Volume | pulumi.Input<string>; readonly target: string; readonly readOnly?: boolean }
  | { readonly bind: string; readonly target: string; readonly readOnly?: boolean }
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
  /** @default "unless-stopped" */
  readonly restart?: Restart;
  /** Time between the stop signal and the kill. @default "10s", the Engine's */
  readonly stopTimeout?: Duration;
  /** Health check; `up` waits until it is passed. @default the image's */
  readonly healthcheck?: HealthcheckArgs;
  /** How long `up` waits for health. @default "1m" */
  readonly healthTimeout?: Duration;
  /** Waits for the image's own health check; an image without one fails the `up`. @default false */
  readonly waitForHealth?: boolean;
  /** Signal that asks it to end. @default the image's, or SIGTERM */
  readonly stopSignal?: string;
  /** Log files that are rotated (log driver `json-file`). @default the daemon's log driver */
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
}

/** A container, kept as the program describes it; a replacement that fails leaves the old one serving. */
export class Container extends pulumi.ComponentResource {
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
    const { faults, args: normalized } = normalize(name, args);
    this.isHealthChecked = waitsForHealth(args);
    if (refuse(faults)) {
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
    const container = new EngineContainer(name, normalized, { parent: this });
    this.id = container.id;
    this.name = container.name;
    this.image = container.image;
    this.ports = container.ports.apply((ports) => (ports ?? []).map(published));
    this.url = this.ports.apply(firstUrl);
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

const mebibyte = 2 ** 20;

/** What the resource gets, as far as the arguments can be understood, and everything that is wrong with them. */
function normalize(name: string, args: ContainerArgs): { faults: Fault[]; args: EngineContainerArgs } {
  const subject = `Container "${name}"`;
  const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
  const faults: Fault[] = nameFaults(subject, daemon);
  const fault = (path: string, value: unknown, problem: string, advice: string) => {
    faults.push({ subject, path, value, problem, advice });
  };
  if (typeof args.image === "string" && !isImageId(args.image) && parseImageReference(args.image) === undefined) {
    fault("image", args.image, "is not an image reference", "Write REPOSITORY[:TAG][@DIGEST], in lower case.");
  }
  const { bindings, faults: portFaults } = parsePorts(args.ports ?? [], subject);
  faults.push(...portFaults);
  const bytes = args.memory === undefined ? undefined : parseBytes(args.memory);
  if (args.memory !== undefined && (bytes === undefined || bytes % mebibyte !== 0 || bytes < 6 * mebibyte)) {
    fault("memory", args.memory, "is not a whole number of MiB, 6 or more", 'Write it as "512m" or "1g".');
  }
  (args.files ?? []).forEach((file, index) => {
    if (!file.path.startsWith("/")) {
      fault(`files[${index}].path`, file.path, "is not an absolute path", "Start it with `/`.");
    }
  });
  if (args.logs !== undefined && (parseBytes(args.logs.maxSize) === undefined || !(args.logs.maxFiles >= 1))) {
    fault(
      "logs",
      `${args.logs.maxSize}, ${args.logs.maxFiles} files`,
      "is no rotation",
      'Write it as { maxSize: "10m", maxFiles: 3 }.',
    );
  }
  if (args.cpus !== undefined && !(args.cpus > 0)) {
    fault("cpus", args.cpus, "is not a number of processors", "Use a number above 0, such as 0.5.");
  }
  const duration = (path: string, value: Duration | undefined): number | undefined => {
    const parsed = value === undefined ? undefined : parseDuration(value);
    if (value !== undefined && parsed === undefined)
      fault(path, value, "is no duration", 'Write it as "10s" or "1m30s".');
    return parsed;
  };
  const stopTimeout = duration("stopTimeout", args.stopTimeout);
  if (stopTimeout !== undefined && stopTimeout % 1000 !== 0)
    fault("stopTimeout", args.stopTimeout, "is not in whole seconds", "Round it up.");
  const healthTimeout = duration("healthTimeout", args.healthTimeout ?? "1m") ?? 60_000;
  const completes = duration("completes.within", args.completes?.within);
  const times = {
    interval: duration("healthcheck.interval", args.healthcheck?.interval),
    timeout: duration("healthcheck.timeout", args.healthcheck?.timeout),
    startPeriod: duration("healthcheck.startPeriod", args.healthcheck?.startPeriod),
  };
  for (const key of Object.keys(args.env ?? {})) {
    if (key === "" || /[=\0]/.test(key)) fault("env", key, "is not the name of a variable", "Leave out `=`.");
  }
  (args.mounts ?? []).forEach((mount, index) => {
    if (!mount.target.startsWith("/")) {
      fault(`mounts[${index}].target`, mount.target, "is not an absolute path", "Start it with `/`.");
    }
  });

  const tmpfs = (args.mounts ?? []).flatMap((mount) => ("tmpfs" in mount ? [[mount.target, ""]] : []));
  const volumes = (args.mounts ?? []).flatMap((mount) => ("tmpfs" in mount ? [] : [volumeOf(mount)]));
  const resource: EngineContainerArgs = {
    name: daemon,
    image: args.image instanceof Image ? args.image.id : args.image,
    restart: args.restart ?? "unless-stopped",
    ...given("stopTimeout", seconds(stopTimeout)),
    ...given("ports", bindings.length === 0 ? undefined : bindings.map(portOf)),
    ...given("envs", args.env === undefined ? undefined : Object.entries(args.env).map(variable)),
    ...given("command", args.command === undefined ? undefined : [...args.command]),
    ...given("entrypoints", args.entrypoint === undefined ? undefined : [...args.entrypoint]),
    ...given("workingDir", args.workingDirectory),
    ...given("user", args.user),
    ...given("volumes", volumes.length === 0 ? undefined : volumes),
    ...given("tmpfs", tmpfs.length === 0 ? undefined : Object.fromEntries(tmpfs)),
    ...given("networksAdvanced", args.networks === undefined ? undefined : args.networks.map(endpointOf)),
    ...given("memory", bytes === undefined ? undefined : bytes / mebibyte),
    ...given("cpus", args.cpus === undefined ? undefined : String(args.cpus)),
    ...given("labels", args.labels === undefined ? undefined : labelBlocks(args.labels)),
    ...given("init", args.init),
    ...given("readOnly", args.readOnly),
    ...given("stopSignal", args.stopSignal),
    ...given("uploads", args.files === undefined ? undefined : args.files.map(uploadOf)),
    ...given("reload", args.reload),
    ...given("replaceOrder", args.order),
    ...given("beforeStop", args.beforeStop),
    ...given("replica", args.replicaOf),
    ...(args.logs === undefined ? {} : logsOf(args.logs)),
    ...(waitsForHealth(args) ? { wait: true, waitTimeout: Math.ceil(healthTimeout / 1000), reportHealth: true } : {}),
    ...(completes === undefined
      ? {}
      : { mustRun: false, attach: true, logs: true, mustComplete: true, waitTimeout: Math.ceil(completes / 1000) }),
    ...(args.healthcheck === undefined
      ? {}
      : {
          healthcheck: {
            tests:
              typeof args.healthcheck.test === "string"
                ? ["CMD-SHELL", args.healthcheck.test]
                : ["CMD", ...args.healthcheck.test],
            ...given("interval", text(times.interval)),
            ...given("timeout", text(times.timeout)),
            ...given("startPeriod", text(times.startPeriod)),
            ...given("retries", args.healthcheck.retries),
          },
        }),
  };
  return { faults, args: resource };
}

/** A property that is there only with a value: under exactOptionalPropertyTypes, undefined is not "left out". */
function given<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  if (value === undefined) return {};
  const property: { [name in K]?: V } = {};
  property[key] = value;
  return property;
}

function text(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : formatDuration(milliseconds);
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function portOf(binding: PortBinding): docker.types.input.ContainerPort {
  return {
    internal: binding.container,
    ...given("external", binding.host),
    ...given("ip", binding.ip),
    ...given("protocol", binding.protocol === "tcp" ? undefined : binding.protocol),
  };
}

function variable([key, value]: [string, pulumi.Input<string>]): pulumi.Output<string> {
  return pulumi.interpolate`${key}=${value}`;
}

function uploadOf({ path, content, mode }: FileArgs): docker.types.input.ContainerUpload {
  return {
    file: path,
    content,
    ...given("permissions", mode === undefined ? undefined : mode.toString(8).padStart(4, "0")),
  };
}

function logsOf({
  maxSize,
  maxFiles,
}: NonNullable<ContainerArgs["logs"]>): Pick<EngineContainerArgs, "logDriver" | "logOpts"> {
  const bytes = parseBytes(maxSize) ?? 0;
  return { logDriver: "json-file", logOpts: { "max-size": String(bytes), "max-file": String(maxFiles) } };
}

/** True where `up` waits until the container is healthy: by a check of its own, or by the image's. */
function waitsForHealth(args: ContainerArgs): boolean {
  return args.healthcheck !== undefined || args.waitForHealth === true;
}

function volumeOf(mount: Exclude<MountArgs, { tmpfs: true }>): docker.types.input.ContainerVolume {
  const readOnly = given("readOnly", mount.readOnly);
  if ("bind" in mount) return { hostPath: mount.bind, containerPath: mount.target, ...readOnly };
  const volumeName = mount.volume instanceof Volume ? mount.volume.name : mount.volume;
  return { volumeName, containerPath: mount.target, ...readOnly };
}

function endpointOf(endpoint: Network | EndpointArgs): docker.types.input.ContainerNetworksAdvanced {
  if (endpoint instanceof Network) return { name: endpoint.name };
  const name = endpoint.network instanceof Network ? endpoint.network.name : endpoint.network;
  return { name, ...given("aliases", endpoint.aliases === undefined ? undefined : [...endpoint.aliases]) };
}

function published(port: docker.types.output.ContainerPort): Required<PortBinding> {
  const protocol = port.protocol === "udp" || port.protocol === "sctp" ? port.protocol : "tcp";
  return { ip: port.ip ?? "0.0.0.0", host: port.external ?? 0, container: port.internal, protocol };
}

function firstUrl(ports: readonly Required<PortBinding>[]): string | undefined {
  const port = ports.find((candidate) => candidate.protocol === "tcp" && candidate.host !== 0);
  if (port === undefined) return undefined;
  const every = port.ip === "0.0.0.0" || port.ip === "::";
  const host = every ? "localhost" : port.ip.includes(":") ? `[${port.ip}]` : port.ip;
  return `http://${host}:${port.host}`;
}
