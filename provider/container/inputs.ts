import type { ContainerArgs } from "@pulumi/docker";
import type { Rules } from "../diff";
import { flagOf, isObject, listOf, mapOf, numberOf, objectOf, type Properties, textOf, type Value } from "../value";

const replace = { on: "replace" } as const;
const update = { on: "update" } as const;
const unorderedReplace = { on: "replace", unordered: true } as const;

/**
 * What a change of each container input asks for. Where the Engine can change a running container
 * (`POST /containers/{id}/update`) that is an update; what only governs waiting and removing is live.
 */
export const rules: Rules<ContainerArgs> = {
  attach: { on: "live" },
  capabilities: { on: "replace", meaning: capabilitiesMeaning },
  cgroupParent: replace,
  cgroupnsMode: replace,
  command: replace,
  containerReadRefreshTimeoutMilliseconds: { on: "live" },
  cpuPeriod: update,
  cpuQuota: update,
  cpuSet: update,
  cpuShares: update,
  cpus: { on: "update", meaning: (value) => nanoCpus(value) ?? value },
  destroyGraceSeconds: { on: "live" },
  deviceCgroupRules: unorderedReplace,
  deviceReadBps: unorderedReplace,
  deviceReadIops: unorderedReplace,
  deviceRequests: { on: "replace", meaning: requestsMeaning, unordered: true },
  deviceWriteBps: unorderedReplace,
  deviceWriteIops: unorderedReplace,
  devices: unorderedReplace,
  dns: unorderedReplace,
  dnsOpts: unorderedReplace,
  dnsSearches: unorderedReplace,
  domainname: replace,
  entrypoints: replace,
  envs: unorderedReplace,
  gpus: replace,
  groupAdds: unorderedReplace,
  healthcheck: { on: "replace", meaning: healthMeaning },
  hostname: replace,
  hosts: unorderedReplace,
  image: replace,
  init: replace,
  ipcMode: replace,
  labels: unorderedReplace,
  logDriver: replace,
  logOpts: replace,
  logs: { on: "live" },
  maxRetryCount: update,
  memory: update,
  memoryReservation: update,
  memorySwap: update,
  mounts: unorderedReplace,
  mustRun: { on: "live" },
  name: replace,
  networkMode: { on: "replace", meaning: (value) => (value === "default" ? "bridge" : value) },
  networksAdvanced: { on: "replace", meaning: networksMeaning, unordered: true },
  pidMode: replace,
  platform: { on: "replace", meaning: (value) => textOf(value)?.split("/")[0] ?? value },
  ports: { on: "replace", meaning: portsMeaning, unordered: true },
  privileged: { on: "replace", meaning: absentWhenFalse },
  publishAllPorts: { on: "replace", meaning: absentWhenFalse },
  readOnly: { on: "replace", meaning: absentWhenFalse },
  removeVolumes: { on: "live" },
  restart: update,
  rm: { on: "replace", meaning: absentWhenFalse },
  runtime: replace,
  securityOpts: unorderedReplace,
  shmSize: replace,
  start: { on: "live" },
  stdinOpen: { on: "replace", meaning: absentWhenFalse },
  stopSignal: replace,
  stopTimeout: replace,
  storageOpts: replace,
  sysctls: replace,
  tmpfs: replace,
  tty: { on: "replace", meaning: absentWhenFalse },
  ulimits: unorderedReplace,
  uploads: unorderedReplace,
  user: replace,
  usernsMode: replace,
  volumes: unorderedReplace,
  wait: { on: "live" },
  waitTimeout: { on: "live" },
  workingDir: { on: "replace", meaning: (value) => textOf(value)?.replace(/(?<=.)\/+$/, "") ?? value },
};

/** The defaults that the official plugin fills in; state exchange rests on them. */
export const defaults: Properties = {
  containerReadRefreshTimeoutMilliseconds: 15000,
  mustRun: true,
  networkMode: "bridge",
  removeVolumes: true,
  restart: "no",
  start: true,
  waitTimeout: 60,
};

/** The blocks among the inputs, at any depth, and the defaults inside them and inside the elements of lists. */
export const nestedDefaults: Readonly<Record<string, Properties>> = {
  bindOptions: {},
  capabilities: {},
  devices: { permissions: "rwm" },
  healthcheck: { interval: "0s", startInterval: "0s", startPeriod: "0s", timeout: "0s" },
  ports: { ip: "0.0.0.0", protocol: "tcp" },
  tmpfsOptions: {},
  volumeOptions: {},
};

/** Processor time in billionths of a processor, the Engine's NanoCpus. */
export function nanoCpus(value: Value | undefined): number | undefined {
  const text = textOf(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? Math.round(number * 1e9) : undefined;
}

/** A Go duration such as "1m30s" in nanoseconds, the Engine's unit; undefined where it is none. */
export function nanoseconds(value: Value | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined || !/^([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$/.test(text)) return undefined;
  const units: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };
  const parts = [...text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0);
}

/** A capability as the Engine spells it: `CAP_NET_ADMIN`. */
export function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

function capabilitiesMeaning(value: Value): Value {
  const names = (list: Value | undefined): Value =>
    listOf(list)
      .flatMap((item) => (typeof item === "string" ? [capability(item)] : []))
      .sort();
  return { adds: names(objectOf(value)["adds"]), drops: names(objectOf(value)["drops"]) };
}

/** The capabilities of one request must all be met, so their order says nothing. */
function requestsMeaning(value: Value): Value {
  return listOf(value).map((item) => {
    const block = objectOf(item);
    const names = listOf(block["capabilities"]).flatMap((name) => (typeof name === "string" ? [name] : []));
    return { ...block, capabilities: names.sort() };
  });
}

function healthMeaning(value: Value): Value {
  const block = objectOf(value);
  return {
    tests: block["tests"] ?? null,
    retries: numberOf(block["retries"]) ?? 0,
    interval: nanoseconds(block["interval"]) ?? 0,
    startInterval: nanoseconds(block["startInterval"]) ?? 0,
    startPeriod: nanoseconds(block["startPeriod"]) ?? 0,
    timeout: nanoseconds(block["timeout"]) ?? 0,
  };
}

function networksMeaning(value: Value): Value {
  return listOf(value).map((item) => {
    const block = objectOf(item);
    const aliases = listOf(block["aliases"]).flatMap((alias) => (typeof alias === "string" ? [alias] : []));
    return { ...block, aliases: aliases.sort(), driverOpts: mapOf(block["driverOpts"]) };
  });
}

function portsMeaning(value: Value): Value {
  return listOf(value).map((item) => {
    if (!isObject(item)) return item;
    const protocol = (textOf(item["protocol"]) ?? "tcp").toLowerCase();
    const ip = textOf(item["ip"]) ?? "0.0.0.0";
    return { internal: item["internal"] ?? null, external: numberOf(item["external"]) ?? 0, ip, protocol };
  });
}

function absentWhenFalse(value: Value): Value {
  return flagOf(value) === true ? true : null;
}
