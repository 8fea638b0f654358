import type { HostConfig } from "@docker/node-sdk";
import type { Effect } from "../diff";
import { flagOf, listOf, numberOf, objectOf, type Properties, textOf, type Value } from "../value";
import { type ContainerRule, type ContainerRules, flagRule, isSaid, type Look, numberRule, textRule } from "./look";
import { compact, given } from "./sparse";

const mebibyte = 2 ** 20;

/**
 * The Engine takes zero for "as it is" and refuses a limit below zero, so a memory limit is lifted by one that no machine has:
 * 4 PiB, and 8 PiB with swap, which cgroup v1 and v2 both take.
 */
export const noMemoryLimit = 2 ** 52;
export const noSwapLimit = 2 ** 53;

/** Where the Engine has no word for "back to the default" (`docker update`), only a new container has it. */
const updateUnlessRemoved = (_: Value, after: Value): Effect =>
  after === null || after === 0 || after === "" ? "replace" : "update";

/** Limits of memory, processors, processes and block I/O, and when the container is started again. */
export const limitRules = {
  blkioWeight: numberRule((host) => host.BlkioWeight, {
    on: updateUnlessRemoved,
    extra: true,
    discardable: true,
  }),
  blkioWeightDevices: devicesRule(
    (host) => host.BlkioWeightDevice?.map(({ Path, Weight }) => ({ path: Path, weight: Weight })),
    { extra: true, discardable: true },
  ),
  cpuCount: numberRule((host) => host.CpuCount, { extra: true }),
  cpuPercent: numberRule((host) => host.CpuPercent, { extra: true }),
  cpuPeriod: {
    on: quotaEffect,
    meaning: unlessCpus,
    has: ({ container, inputs }) => (isSaid(inputs, "cpus") ? undefined : container.HostConfig?.CpuPeriod || undefined),
    unsaid: ({ container }) => (container.HostConfig?.CpuPeriod === 100_000 ? 100_000 : undefined),
  },
  cpuQuota: {
    on: quotaEffect,
    meaning: unlessCpus,
    has: ({ container, inputs }) =>
      isSaid(inputs, "cpus") ? undefined : Math.max(container.HostConfig?.CpuQuota ?? 0, 0) || undefined,
  },
  cpuRealtimePeriod: numberRule((host) => host.CpuRealtimePeriod, {
    on: updateUnlessRemoved,
    extra: true,
    discardable: true,
  }),
  cpuRealtimeRuntime: numberRule((host) => host.CpuRealtimeRuntime, {
    on: updateUnlessRemoved,
    extra: true,
    discardable: true,
  }),
  cpuSet: {
    ...textRule((host) => host.CpusetCpus),
    on: updateUnlessRemoved,
    meaning: (value) => cpuMeaning(value),
  },
  cpuSetMems: {
    ...textRule((host) => host.CpusetMems),
    on: updateUnlessRemoved,
    meaning: (value) => cpuMeaning(value),
    extra: true,
  },
  cpuShares: numberRule((host) => host.CpuShares, { on: updateUnlessRemoved, discardable: true }),
  cpus: { on: updateUnlessRemoved, meaning: (value) => nanoCpus(value) || null, has: cpusOf },
  deviceReadBps: throttleRule((host) => host.BlkioDeviceReadBps),
  deviceReadIops: throttleRule((host) => host.BlkioDeviceReadIOps),
  deviceWriteBps: throttleRule((host) => host.BlkioDeviceWriteBps),
  deviceWriteIops: throttleRule((host) => host.BlkioDeviceWriteIOps),
  maxRetryCount: numberRule((host) => host.RestartPolicy?.MaximumRetryCount, { on: "update" }),
  memory: sizeRule("memory", (host) => limited(host.Memory), { on: "update" }),
  memoryBytes: sizeRule("memoryBytes", (host) => limited(host.Memory), { on: "update" }),
  memoryReservation: sizeRule("memoryReservation", (host) => limited(host.MemoryReservation), {
    on: updateUnlessRemoved,
  }),
  memoryReservationBytes: sizeRule("memoryReservationBytes", (host) => limited(host.MemoryReservation), {
    on: updateUnlessRemoved,
  }),
  memorySwap: sizeRule("memorySwap", swapOf, { on: "update", unsaid: usualSwap }),
  memorySwapBytes: sizeRule("memorySwapBytes", swapOf, { on: "update", unsaid: usualSwap }),
  memorySwappiness: {
    on: "replace",
    extra: true,
    discardable: true,
    has: ({ container }) => container.HostConfig?.MemorySwappiness,
  },
  oomKillDisable: flagRule((host) => host.OomKillDisable, { extra: true, discardable: true }),
  oomScoreAdj: numberRule((host) => host.OomScoreAdj, { extra: true }),
  pidsLimit: {
    on: "update",
    extra: true,
    meaning: (value) => ((numberOf(value) ?? 1) <= 0 ? null : value),
    has: ({ container }) => Math.max(container.HostConfig?.PidsLimit ?? 0, 0) || undefined,
  },
  restart: {
    on: "update",
    meaning: (value) => textOf(value) ?? "no",
    has: ({ container }) => container.HostConfig?.RestartPolicy?.Name || "no",
    unsaid: () => "no",
  },
  shmSize: sizeRule("shmSize", (host) => host.ShmSize, { on: "replace", unsaid: usualShm }),
  shmSizeBytes: sizeRule("shmSizeBytes", (host) => host.ShmSize, { on: "replace", unsaid: usualShm }),
} satisfies ContainerRules;

/** The limits and the restart policy, the part that `POST /containers/{id}/update` takes too. */
export function resourcesOf(inputs: Properties): HostConfig {
  const cpus = nanoCpus(inputs["cpus"]) || undefined;
  return compact<HostConfig>({
    BlkioWeight: numberOf(inputs["blkioWeight"]) || undefined,
    // Ignored if `cpus` is set, says the official plugin; the Engine would refuse both.
    CpuPeriod: cpus === undefined ? numberOf(inputs["cpuPeriod"]) || undefined : undefined,
    CpuQuota: cpus === undefined ? numberOf(inputs["cpuQuota"]) || undefined : undefined,
    CpuRealtimePeriod: numberOf(inputs["cpuRealtimePeriod"]) || undefined,
    CpuRealtimeRuntime: numberOf(inputs["cpuRealtimeRuntime"]) || undefined,
    CpusetCpus: textOf(inputs["cpuSet"]),
    CpusetMems: textOf(inputs["cpuSetMems"]),
    CpuShares: numberOf(inputs["cpuShares"]) || undefined,
    Memory: bytesOf(inputs, "memory"),
    MemoryReservation: bytesOf(inputs, "memoryReservation"),
    MemorySwap: bytesOf(inputs, "memorySwap"),
    NanoCpus: cpus,
    PidsLimit: numberOf(inputs["pidsLimit"]),
    RestartPolicy: compact({
      Name: textOf(inputs["restart"]) as "no" | undefined,
      MaximumRetryCount: numberOf(inputs["maxRetryCount"]),
    }),
  });
}

/** The limits that only a new container can have otherwise. */
export function limitHost(inputs: Properties): HostConfig {
  return compact<HostConfig>({
    ...resourcesOf(inputs),
    BlkioDeviceReadBps: given(throttles(inputs["deviceReadBps"])),
    BlkioDeviceReadIOps: given(throttles(inputs["deviceReadIops"])),
    BlkioDeviceWriteBps: given(throttles(inputs["deviceWriteBps"])),
    BlkioDeviceWriteIOps: given(throttles(inputs["deviceWriteIops"])),
    BlkioWeightDevice: given(
      listOf(inputs["blkioWeightDevices"]).map((item) => ({
        Path: textOf(objectOf(item)["path"]) ?? "",
        Weight: numberOf(objectOf(item)["weight"]) ?? 0,
      })),
    ),
    CpuCount: numberOf(inputs["cpuCount"]) || undefined,
    CpuPercent: numberOf(inputs["cpuPercent"]) || undefined,
    MemorySwappiness: numberOf(inputs["memorySwappiness"]),
    OomKillDisable: flagOf(inputs["oomKillDisable"]),
    OomScoreAdj: numberOf(inputs["oomScoreAdj"]),
    ShmSize: bytesOf(inputs, "shmSize"),
  });
}

/** A size in bytes, given in MiB or, as the input of that name with `Bytes`, in bytes; -1 for no limit, undefined where nothing is said. */
export function bytesOf(inputs: Properties, name: string): number | undefined {
  const bytes = numberOf(inputs[`${name}Bytes`]);
  const size = bytes ?? (numberOf(inputs[name]) ?? 0) * mebibyte;
  return size < 0 ? -1 : size || undefined;
}

/** Processor time in billionths of a processor, the Engine's NanoCpus. */
export function nanoCpus(value: Value | undefined): number | undefined {
  const text = textOf(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? Math.round(number * 1e9) : undefined;
}

/** The numbers of a list such as `0-2,4` in order; undefined where it is none. */
export function cpuList(text: string): number[] | undefined {
  const numbers = new Set<number>();
  if (text !== "") {
    for (const part of text.split(",")) {
      const [first, last] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part)?.slice(1).map(Number) ?? [];
      if (first === undefined || (Number.isFinite(last) && (last ?? 0) < first)) return undefined;
      const end = Number.isFinite(last) ? (last ?? first) : first;
      if (end - first > 4096) return undefined;
      for (let cpu = first; cpu <= end; cpu++) numbers.add(cpu);
    }
  }
  return [...numbers].sort((a, b) => a - b);
}

function cpuMeaning(value: Value): Value {
  const text = textOf(value);
  return text === undefined ? null : (cpuList(text)?.join(",") ?? text);
}

/** A limit in bytes; undefined where there is none, or one that no machine has. */
export function limited(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes <= 0 || bytes >= noMemoryLimit ? undefined : bytes;
}

/** Memory and swap together: -1 where there is no limit on purpose. */
function swapOf(host: HostConfig): number | undefined {
  const bytes = host.MemorySwap ?? 0;
  return bytes === 0 ? undefined : (limited(bytes) ?? -1);
}

/** What the Engine makes of a memory limit alone: twice as much with swap, or no limit where the kernel does not count swap. */
function usualSwap({ container }: Look): number | undefined {
  const host = container.HostConfig ?? {};
  const memory = limited(host.Memory);
  const unlimited = swapOf(host) === -1;
  return unlimited ? -1 : memory === undefined ? undefined : memory * 2;
}

function usualShm({ state }: Look): number {
  const known = numberOf(state["shmSize"]);
  return known === undefined ? 64 * mebibyte : known * mebibyte;
}

/**
 * A size that can be said in MiB (`memory`) or in bytes (`memoryBytes`): it shows under the name that the program uses, and
 * else in MiB where that is a whole number.
 */
function sizeRule(
  name: string,
  read: (host: HostConfig) => number | undefined,
  { on, unsaid }: { on: ContainerRule["on"]; unsaid?: (look: Look) => number | undefined },
): ContainerRule {
  const inBytes = name.endsWith("Bytes");
  const twin = inBytes ? name.slice(0, -5) : `${name}Bytes`;
  const shown = (bytes: number | undefined, look: Look, declared: Value | undefined): Value | undefined => {
    if (bytes === undefined) return undefined;
    const mine =
      declared !== undefined || (!isSaid(look.inputs, twin) && inBytes === (bytes > 0 && bytes % mebibyte !== 0));
    if (!mine) return undefined;
    return inBytes || bytes < 0 ? bytes : bytes / mebibyte;
  };
  return {
    on,
    meaning: (value) => (value === 0 ? null : (numberOf(value) ?? 0) < 0 ? -1 : value),
    has: (look, declared) => shown(read(look.container.HostConfig ?? {}), look, declared),
    ...(unsaid === undefined ? {} : { unsaid: (look) => shown(unsaid(look), look, undefined) }),
    ...(inBytes ? { extra: true } : {}),
  };
}

/** A whole container has either; going over from one to the other is refused by the Engine while it exists. */
function quotaEffect(_: Value, __: Value, olds: Properties, news: Properties): Effect {
  return isSaid(olds, "cpus") !== isSaid(news, "cpus") ? "replace" : "update";
}

function unlessCpus(value: Value, all: Properties): Value {
  const number = numberOf(value) ?? 0;
  return isSaid(all, "cpus") || number <= 0 ? null : value;
}

/** A container that had a quota before can't take NanoCpus any more, so a quota can be what `cpus` has become. */
function cpusOf({ container, inputs }: Look): Value | undefined {
  const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 } = container.HostConfig ?? {};
  if (NanoCpus > 0) return String(NanoCpus / 1e9);
  return isSaid(inputs, "cpus") && CpuQuota > 0 ? String(CpuQuota / (CpuPeriod || 100_000)) : undefined;
}

function devicesRule(
  read: (host: HostConfig) => readonly Properties[] | undefined,
  more: Omit<ContainerRule, "on"> = {},
): ContainerRule {
  const has = ({ container }: Look) => read(container.HostConfig ?? {}) ?? undefined;
  return { on: "replace", unordered: true, has, ...more };
}

function throttleRule(
  read: (host: HostConfig) => readonly { Path?: string; Rate?: number }[] | undefined,
): ContainerRule {
  const has = (host: HostConfig) => read(host)?.map(({ Path, Rate }) => ({ path: Path ?? "", rate: Rate ?? 0 }));
  return devicesRule(has, { discardable: true });
}

function throttles(value: Value | undefined): { Path: string; Rate: number }[] {
  return listOf(value).map((item) => ({
    Path: textOf(objectOf(item)["path"]) ?? "",
    Rate: numberOf(objectOf(item)["rate"]) ?? 0,
  }));
}
