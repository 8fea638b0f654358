import { flagOf, isList, isObject, type Properties, textOf, unknown, type Value } from "../value";
import { securityOf } from "./isolation";
import { limited } from "./limits";
import type { Inspect } from "./look";
import { presentPorts } from "./ports";
import { referenceOf } from "./reference";

const mebibyte = 2 ** 20;

/** The bookkeeping that the official plugin's bridge writes for this type (schema version and default timeouts). */
const meta =
  '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}';

const nothing: Properties = Object.fromEntries(
  "capabilities cgroupParent cgroupnsMode containerLogs cpuPeriod cpuQuota cpus destroyGraceSeconds deviceCgroupRules dns dnsOpts dnsSearches exitCode gpus groupAdds healthcheck logOpts pidMode storageOpts sysctls tmpfs"
    .split(" ")
    .map((name) => [name, null]),
);

const emptyLists: Properties = Object.fromEntries(
  "deviceReadBps deviceReadIops deviceRequests deviceWriteBps deviceWriteIops devices entrypoints envs hosts labels mounts networksAdvanced ports securityOpts ulimits uploads volumes"
    .split(" ")
    .map((name) => [name, []]),
);

/** What a Read of the official plugin answers where its Create answers null. */
const emptyInRead: Properties = {
  dns: [],
  dnsOpts: [],
  dnsSearches: [],
  groupAdds: [],
  logOpts: {},
  storageOpts: {},
  sysctls: {},
  tmpfs: {},
};

/** The inputs that are sets of texts for the official plugin: their outputs come sorted. */
const sets: readonly string[] = ["dns", "dnsOpts", "dnsSearches", "envs", "groupAdds", "securityOpts"];

/** What is there in a block where the program says nothing. */
const blocks: Readonly<Record<string, Properties>> = {
  deviceRequests: { capabilities: [], count: 0, deviceIds: [], driver: "", options: null },
  devices: { containerPath: "", permissions: "" },
  healthcheck: { retries: 0 },
  networksAdvanced: {
    aliases: [],
    driverOpts: [],
    gwPriority: null,
    ipv4Address: "",
    ipv6Address: "",
    linkLocalIps: [],
    macAddress: "",
  },
  uploads: { content: "", contentBase64: "", executable: false, permissions: "", source: "", sourceHash: "" },
  volumes: { containerPath: "", fromContainer: "", hostPath: "", readOnly: null, selinuxRelabel: "", volumeName: "" },
};

/** What a Read shows for the null ones. */
const readBlocks: Readonly<Record<string, Properties>> = {
  deviceRequests: { options: {} },
  networksAdvanced: { gwPriority: 0 },
  volumes: { readOnly: false },
};

/** More that is known of a container than its inputs and the inspection say. */
export interface Known {
  /** True in a Read, where the official plugin shows some empty values otherwise. @default false */
  readonly isRead?: boolean;
  /** What it wrote, with `attach` and `logs`. @default nothing */
  readonly logs?: string;
}

/**
 * The state of a container as the official plugin writes it: the given inputs, and what the Engine answered for the rest
 * (test/unit/provider/container/state.test.ts compares it with the recorded answers).
 */
export function stateOf(inputs: Properties, inspect: Inspect, { isRead = false, logs }: Known = {}): Properties {
  const host = inspect.HostConfig ?? {};
  const config = inspect.Config ?? {};
  const given = Object.entries(inputs).filter(([name]) => name !== "__defaults");
  const asked = given.map(([name, value]) => [name, shaped(name, value ?? null, isRead)]);
  const reference = referenceOf(inputs);
  return {
    ...nothing,
    ...emptyLists,
    ...(isRead ? emptyInRead : {}),
    __meta: meta,
    attach: false,
    bridge: "",
    command: config.Cmd ?? [],
    cpuSet: "",
    cpuShares: 0,
    domainname: "",
    hostname: config.Hostname ?? "",
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    logDriver: host.LogConfig?.Type ?? "",
    logs: false,
    maxRetryCount: 0,
    memory: Math.floor((limited(host.Memory) ?? 0) / mebibyte),
    memoryReservation: 0,
    memorySwap: Math.floor((limited(host.MemorySwap) ?? 0) / mebibyte),
    platform: textOf(Reflect.get(inspect, "Platform")) ?? "linux",
    privileged: host.Privileged ?? false,
    publishAllPorts: false,
    readOnly: host.ReadonlyRootfs ?? false,
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    securityOpts: securityOf(host),
    shmSize: Math.floor((host.ShmSize ?? 0) / mebibyte),
    stdinOpen: false,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    tty: false,
    user: config.User ?? "",
    usernsMode: "",
    wait: false,
    workingDir: config.WorkingDir ?? "",
    ...Object.fromEntries(asked),
    ...(reference === undefined ? {} : { image: reference }),
    ...(logs === undefined ? {} : { containerLogs: logs }),
    exitCode: inspect.State?.Running === true ? null : (inspect.State?.ExitCode ?? null),
    networkDatas: networkDatas(inspect),
    ports: presentPorts(inputs["ports"], inspect),
    ...(flagOf(inputs["reportHealth"]) === true ? { health: inspect.State?.Health?.Status ?? null } : {}),
  };
}

/** What a preview can say of a container's state: inputs as given, everything the daemon decides unknown. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const computed = ["exitCode", "hostname", "networkDatas", "containerLogs", "bridge"];
  const fresh: Record<string, Value> = {};
  for (const name of computed) fresh[name] = unknown;
  const given = Object.entries(inputs).filter(([name]) => name !== "__defaults");
  const base: Properties = old ?? fresh;
  return { ...base, ...Object.fromEntries(given) };
}

function networkDatas(inspect: Inspect): Value {
  return Object.entries(inspect.NetworkSettings?.Networks ?? {}).map(([networkName, endpoint]) => ({
    gateway: endpoint.Gateway ?? "",
    globalIpv6Address: endpoint.GlobalIPv6Address ?? "",
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen ?? 0,
    ipAddress: endpoint.IPAddress ?? "",
    ipPrefixLength: endpoint.IPPrefixLen ?? 0,
    ipv6Gateway: endpoint.IPv6Gateway ?? "",
    macAddress: endpoint.MacAddress ?? "",
    networkName,
  }));
}

/** An input as the official plugin shows it among the outputs: sets of texts sorted, blocks with every field. */
function shaped(name: string, value: Value, isRead: boolean): Value {
  if (sets.includes(name)) return sorted(plain(value));
  const block = blocks[name];
  if (block === undefined) return plain(value);
  const whole = (item: Value): Value => {
    if (!isObject(item)) return item;
    const said = Object.entries(item).filter(([, field]) => field !== null && field !== undefined);
    return { ...block, ...(isRead ? readBlocks[name] : {}), ...Object.fromEntries(said) };
  };
  const bare = plain(value);
  return isList(bare) ? bare.map(whole) : whole(bare);
}

/** Without the bridge's `__defaults` in nested blocks; the state does not carry them. */
function plain(value: Value): Value {
  if (isList(value)) return value.map((item: Value) => plain(item));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "__defaults");
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item ?? null)]));
}

function sorted(value: Value): Value {
  return isList(value) && value.every((item) => typeof item === "string") ? [...value].sort() : value;
}
