import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerVolume, EngineContainerArgs } from "../resources/container";
import { type Duration, formatDuration, parseDuration } from "../values/duration";
import { type PortBinding, parsePorts } from "../values/port";
import { parseBytes } from "../values/quantity";
import type { ContainerArgs, EndpointArgs, FileArgs, HealthcheckArgs, MountArgs } from "./container";
import { given } from "./given";
import { Image } from "./image";
import { labelBlocks } from "./labels";
import { Network } from "./network";
import { Volume } from "./volume";

const mebibyte = 2 ** 20;

/** What the resource gets for arguments that are without fault. */
export function resourceOf(daemon: string, args: ContainerArgs): EngineContainerArgs {
  const { bindings } = parsePorts(args.ports ?? [], daemon);
  const bytes = args.memory === undefined ? undefined : parseBytes(args.memory);
  const mounts = args.mounts ?? [];
  const tmpfs = mounts.flatMap((mount) => ("tmpfs" in mount ? [[mount.target, ""]] : []));
  const volumes = mounts.flatMap((mount) => ("tmpfs" in mount ? [] : [volumeOf(mount)]));
  return {
    name: daemon,
    image: args.image instanceof Image ? args.image.id : args.image,
    restart: args.restart ?? (args.completes === undefined ? "unless-stopped" : "no"),
    ...given("stopTimeout", seconds(args.stopTimeout)),
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
    ...(waitsForHealth(args)
      ? { wait: true, waitTimeout: Math.ceil(seconds(args.healthTimeout ?? "1m") ?? 60), reportHealth: true }
      : {}),
    ...completionOf(args),
    ...(args.healthcheck === undefined ? {} : { healthcheck: healthcheckOf(args.healthcheck) }),
  };
}

/** True where `up` waits until the container is healthy: by a check of its own, or by the image's. */
export function waitsForHealth(args: ContainerArgs): boolean {
  return args.waitForHealth ?? args.healthcheck !== undefined;
}

function completionOf({ completes }: ContainerArgs): Partial<EngineContainerArgs> {
  if (completes === undefined) return {};
  const waitTimeout = Math.ceil(seconds(completes.within) ?? 0);
  return { mustRun: false, attach: true, logs: true, mustComplete: true, waitTimeout };
}

function healthcheckOf(check: HealthcheckArgs): docker.types.input.ContainerHealthcheck {
  return {
    tests: typeof check.test === "string" ? ["CMD-SHELL", check.test] : ["CMD", ...check.test],
    ...given("interval", text(check.interval)),
    ...given("timeout", text(check.timeout)),
    ...given("startPeriod", text(check.startPeriod)),
    ...given("retries", check.retries),
  };
}

function text(duration: Duration | undefined): string | undefined {
  return duration === undefined ? undefined : formatDuration(parseDuration(duration) ?? 0);
}

function seconds(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : (parseDuration(duration) ?? 0) / 1000;
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

function volumeOf(mount: Exclude<MountArgs, { tmpfs: true }>): ContainerVolume {
  const readOnly = given("readOnly", mount.readOnly);
  if ("bind" in mount) {
    const create = given("createHostPath", mount.create);
    return { hostPath: mount.bind, containerPath: mount.target, ...readOnly, ...create };
  }
  const volumeName = mount.volume instanceof Volume ? mount.volume.name : mount.volume;
  return { volumeName, containerPath: mount.target, ...readOnly };
}

function endpointOf(endpoint: Network | EndpointArgs): docker.types.input.ContainerNetworksAdvanced {
  if (endpoint instanceof Network) return { name: endpoint.name };
  const name = endpoint.network instanceof Network ? endpoint.network.name : endpoint.network;
  return { name, ...given("aliases", endpoint.aliases === undefined ? undefined : [...endpoint.aliases]) };
}
