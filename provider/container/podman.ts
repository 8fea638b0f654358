import type { ContainerCreateRequest, EndpointSettings, HealthConfig, HostConfig, ImageConfig } from "@docker/node-sdk";
import type { Fault } from "../../values/fault";
import {
  isEmpty,
  isObject,
  listOf,
  mapOf,
  numberOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  type Value,
} from "../value";
import { type Inspect, isSaid, type Look } from "./look";
import { clean } from "./mounts";

/** What Podman puts into every container's environment (containers.conf(5), `env`; libpod adds `container`, HOSTNAME and HOME). */
const givenEnv = ["TERM=xterm", "container=podman"];

/**
 * Inputs of which Podman's Docker API tells nothing, or something else than was asked for (libpod,
 * pkg/api/handlers/compat/containers.go): they are as they were said, and drift of them is not seen.
 */
export const untold: ReadonlySet<string> = new Set([
  "cgroupnsMode",
  "deviceCgroupRules",
  "deviceReadBps",
  "deviceReadIops",
  "deviceRequests",
  "deviceWriteBps",
  "deviceWriteIops",
  "domainname",
  "gpus",
  "logOpts",
  "memorySwap",
  "memorySwapBytes",
  "mounts",
  "publishAllPorts",
  "runtime",
  "sysctls",
  "usernsMode",
]);

/**
 * A look at a container of Podman's without what Podman chose by itself where the program says nothing, and which Docker
 * would not show: limits out of containers.conf, variables, a working directory, ports.
 */
export function withoutPodmansChoice(look: Look): Look {
  const { container, image, inputs } = look;
  const shown = containerAsAsked(container, inputs);
  return { ...look, untold, container: shown, ...(image === undefined ? {} : { image: given(image, container) }) };
}

/** The container of such a look. */
export function containerAsAsked(container: Inspect, inputs: Properties): Inspect {
  const check = healthOf(container, inputs);
  const config = { ...container.Config, ...(check === undefined ? {} : { Healthcheck: check }) };
  if (container.Config?.Volumes) config.Volumes = ownVolumes(container, inputs);
  if (inputs["stopTimeout"] === 0) config.StopTimeout ??= 0;
  const networks = { ...container.NetworkSettings, Networks: endpointsOf(container, inputs) };
  const host = hostOf(container.HostConfig ?? {}, inputs);
  return { ...container, Config: config, HostConfig: host, NetworkSettings: networks };
}

/**
 * A body as Podman takes it: it forwards what is published on 0.0.0.0 for packets to that very address only, so nothing
 * would answer; no address means every one, as with Docker.
 */
export function forPodman(body: ContainerCreateRequest): ContainerCreateRequest {
  const bindings = Object.entries(body.HostConfig?.PortBindings ?? {}).map(([key, list]) => {
    const everywhere = list?.map((one) => (one.HostIp === "0.0.0.0" ? { ...one, HostIp: "" } : one));
    return [key, everywhere ?? []] as const;
  });
  return { ...body, HostConfig: { ...body.HostConfig, PortBindings: Object.fromEntries(bindings) } };
}

/**
 * Volumes without a name, less those that `mounts` asks for and those of the containers whose volumes it shares: Podman shows
 * them all as its own.
 */
function ownVolumes(container: Inspect, inputs: Properties): Record<string, object> {
  const shares = (container.HostConfig?.VolumesFrom ?? []).length > 0;
  const asked = pathsIn(inputs["volumes"], "containerPath");
  const mounted = pathsIn(inputs["mounts"], "target");
  const kept = Object.entries(container.Config?.Volumes ?? {}).filter(([path]) => {
    const target = clean(path);
    return asked.has(target) || (!shares && !mounted.has(target));
  });
  return Object.fromEntries(kept);
}

function pathsIn(blocks: Value | undefined, field: string): ReadonlySet<string> {
  return new Set(listOf(blocks).map((item) => clean(textOf(objectOf(item)[field]) ?? "")));
}

function hostOf(seen: HostConfig, inputs: Properties): HostConfig {
  const host: HostConfig = { ...seen };
  if (!isSaid(inputs, "pidsLimit")) delete host.PidsLimit;
  if (!isSaid(inputs, "shmSize") && !isSaid(inputs, "shmSizeBytes")) delete host.ShmSize;
  if (inputs["memorySwappiness"] === undefined) delete host.MemorySwappiness;
  if (inputs["ipcMode"] === "private" && host.IpcMode === "shareable") host.IpcMode = "private";
  if (host.Privileged === true && isEmpty(inputs["capabilities"])) {
    delete host.CapAdd;
    delete host.CapDrop;
  }
  const ports = portsOf(host, inputs);
  if (ports !== undefined) host.PortBindings = ports;
  host.Ulimits = (host.Ulimits ?? []).map((one) => ({
    ...one,
    Name: one.Name?.replace(/^RLIMIT_/, "").toLowerCase() ?? "",
  }));
  // What `mounts` asks for shows as binds and tmpfs, and a read-only container is given folders that can be written.
  const targets = pathsIn(inputs["mounts"], "target");
  host.Binds = (host.Binds ?? []).filter((bind) => !targets.has(clean(bind.split(":")[1] ?? "")));
  const asked = Object.fromEntries(
    Object.entries(mapOf(inputs["tmpfs"])).map(([path, options]) => [clean(path), options]),
  );
  const kept = Object.entries(host.Tmpfs ?? {}).filter(([path]) => path in asked || host.ReadonlyRootfs !== true);
  const other = kept.filter(([path]) => !targets.has(clean(path)));
  host.Tmpfs = Object.fromEntries(other.map(([path, options]) => [path, asked[path] ?? options]));
  return host;
}

/** The places on networks, with the address that was asked for as one that was: Podman shows what a container has only. */
function endpointsOf(container: Inspect, inputs: Properties): Record<string, EndpointSettings> {
  const fixed = listOf(inputs["networksAdvanced"]).map(objectOf);
  const entries = Object.entries(container.NetworkSettings?.Networks ?? {}).map(([name, seen]) => {
    const block = fixed.find((one) => one["name"] === name || one["name"] === seen.NetworkID);
    const ipam = {
      ...(textOf(block?.["ipv4Address"]) === undefined ? {} : { IPv4Address: seen.IPAddress ?? "" }),
      ...(textOf(block?.["ipv6Address"]) === undefined ? {} : { IPv6Address: seen.GlobalIPv6Address ?? "" }),
    };
    return [name, { ...seen, IPAMConfig: ipam }] as const;
  });
  return Object.fromEntries(entries);
}

/** What Podman's Docker API would do otherwise than it says, without a word. */
export function podmanFaults(inputs: Properties, subject: string): Fault[] {
  const owned = listOf(inputs["uploads"]).flatMap((item, index) =>
    ["owner", "group"].filter((field) => !isEmpty(objectOf(item)[field])).map((field) => `uploads[${index}].${field}`),
  );
  const profiles = textsOf(inputs["securityOpts"]).flatMap((option, index) =>
    /^seccomp[=:](?!unconfined$)/.test(option) ? [`securityOpts[${index}]`] : [],
  );
  const bare = textsOf(inputs["envs"]).flatMap((word, index) => (word.includes("=") ? [] : [`envs[${index}]`]));
  return [
    ...owned.map((path) => ({
      subject,
      path,
      problem: "can't be kept: Podman's Docker API gives every uploaded file to the container's user",
      advice: "Leave it out, or put the file into the image.",
    })),
    ...profiles.map((path) => ({
      subject,
      path,
      problem: "can't be kept: Podman's Docker API takes the text of a seccomp profile for the name of a file",
      advice: "Leave it out, or set the profile in containers.conf.",
    })),
    ...bare.map((path) => ({
      subject,
      path,
      problem: "names a variable without a value, and Podman's Docker API drops it",
      advice: "Give it a value, which may be empty.",
    })),
  ];
}

/** Without the host ports that Podman chose when it made the container: Docker's engine chooses at each start. */
function portsOf(host: HostConfig, inputs: Properties): HostConfig["PortBindings"] {
  const open = listOf(inputs["ports"])
    .map(objectOf)
    .filter((port) => (numberOf(port["external"]) ?? 0) === 0);
  const keys = new Set(
    open.map((port) => `${numberOf(port["internal"])}/${textOf(port["protocol"])?.toLowerCase() ?? "tcp"}`),
  );
  const bindings = Object.entries(host.PortBindings ?? {});
  const plain = bindings.map(([key, list]) => {
    const everywhere = list?.map((one) => ({ ...one, HostIp: one.HostIp || "0.0.0.0" }));
    return [key, keys.has(key) ? everywhere?.map(({ HostPort: _, ...rest }) => rest) : everywhere] as const;
  });
  return Object.fromEntries(plain.flatMap(([key, list]) => (list === undefined ? [] : [[key, list]])));
}

/** A health check without the times that Podman fills in where none are given. */
function healthOf(container: Inspect, inputs: Properties): HealthConfig | undefined {
  const seen = container.Config?.Healthcheck;
  const asked: Value | undefined = inputs["healthcheck"];
  if (seen === undefined || !isObject(asked)) return seen;
  const isZero = (value: Value | undefined): boolean =>
    isEmpty(value) || /^0\D*$/.test(textOf(value) ?? "x") || value === 0;
  const { Interval, Timeout, Retries, StartPeriod, ...rest } = seen;
  return {
    ...rest,
    ...(isZero(asked["interval"]) || Interval === undefined ? {} : { Interval }),
    ...(isZero(asked["timeout"]) || Timeout === undefined ? {} : { Timeout }),
    ...(isZero(asked["retries"]) || Retries === undefined ? {} : { Retries }),
    ...(isZero(asked["startPeriod"]) || StartPeriod === undefined ? {} : { StartPeriod }),
  };
}

/** What comes with a container besides what the program asks for, as if all of it were the image's. */
function given(image: ImageConfig, container: Inspect): ImageConfig {
  const home = (container.Config?.Env ?? []).filter((word) => word.startsWith("HOME="));
  const env = [...(image.Env ?? []), ...givenEnv, ...home, `HOSTNAME=${container.Config?.Hostname ?? ""}`];
  return { ...image, Env: env, WorkingDir: image.WorkingDir || "/" };
}
