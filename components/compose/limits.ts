import type { DeviceRequest } from "../../compose/model/deploy";
import type { BlkioConfig, Service, ThrottleDevice, Ulimit } from "../../compose/model/service";
import type { Integer } from "../../compose/tree";
import type { EngineContainerArgs } from "../../resources/container";
import type { ContainerArgs } from "../container";
import { present } from "./present";
import { nonEmpty, nonEmptyMap } from "./process";

const mebibyte = 2 ** 20;

/** Limits of memory and processors; `deploy.resources.limits` wins (docker/compose, create.go, `setLimits`). */
export function limitArgs(service: Service): Partial<Pick<ContainerArgs, "memory" | "cpus">> {
  const bytes = memoryOf(service);
  const cpus = service.deploy?.resources.limits?.cpus || service.cpus;
  return present<Pick<ContainerArgs, "memory" | "cpus">>({
    memory: isWhole(bytes) ? `${bytes / mebibyte}m` : undefined,
    cpus: cpus === 0 ? undefined : cpus,
  });
}

/** Every other limit, in the Engine's words. */
export function limitEngine(service: Service): Partial<EngineContainerArgs> {
  const bytes = memoryOf(service);
  const { limits, reservations } = service.deploy?.resources ?? {};
  return present<EngineContainerArgs>({
    ...blockInput(service.blkio_config ?? {}),
    cgroupParent: service.cgroup_parent || undefined,
    cpuCount: numberIn(service.cpu_count),
    cpuPercent: service.cpu_percent === undefined ? undefined : Math.trunc(service.cpu_percent * 100) || undefined,
    cpuPeriod: numberIn(service.cpu_period),
    cpuQuota: numberIn(service.cpu_quota),
    cpuRealtimePeriod: numberIn(service.cpu_rt_period),
    cpuRealtimeRuntime: numberIn(service.cpu_rt_runtime),
    cpuSet: service.cpuset || undefined,
    cpuShares: numberIn(service.cpu_shares),
    deviceCgroupRules: nonEmpty(service.device_cgroup_rules),
    deviceRequests: nonEmpty(requestsOf(service)),
    devices: nonEmpty(
      (service.devices ?? [])
        .filter(({ source, target }) => !isCdi(source, target))
        .map(({ source = "", target = "", permissions = "" }) => ({
          hostPath: source,
          containerPath: target,
          ...(permissions === "" ? {} : { permissions }),
        })),
    ),
    memoryBytes: bytes === undefined || isWhole(bytes) ? undefined : bytes,
    memoryReservationBytes: numberIn(reservations?.memory) ?? numberIn(service.mem_reservation),
    memorySwapBytes: numberIn(service.memswap_limit),
    memorySwappiness: numberIn(service.mem_swappiness),
    oomKillDisable: service.oom_kill_disable,
    oomScoreAdj: numberIn(service.oom_score_adj),
    pidsLimit: limits?.pids !== undefined && limits.pids > 0 ? numberIn(limits.pids) : numberIn(service.pids_limit),
    shmSizeBytes: numberIn(service.shm_size),
    storageOpts: nonEmptyMap(service.storage_opt),
    ulimits: nonEmpty(Object.entries(service.ulimits ?? {}).map(ulimitOf)),
  });
}

function memoryOf(service: Service): number | undefined {
  return numberIn(service.deploy?.resources.limits?.memory) ?? numberIn(service.mem_limit);
}

/** True for what the component's own argument can say. */
function isWhole(bytes: number | undefined): bytes is number {
  return bytes !== undefined && bytes % mebibyte === 0 && bytes >= 6 * mebibyte;
}

/** A number, or one that is written in digits; zero says nothing. */
function numberIn(value: string | Integer | undefined): number | undefined {
  return value === undefined ? undefined : Number(value) || undefined;
}

function ulimitOf([name, limit]: readonly [string, Ulimit]): { name: string; soft: number; hard: number } {
  if (typeof limit !== "object") return { name, soft: Number(limit), hard: Number(limit) };
  return { name, soft: Number(limit.soft ?? 0), hard: Number(limit.hard ?? 0) };
}

function blockInput(config: BlkioConfig): Partial<EngineContainerArgs> {
  const rates = (list: readonly ThrottleDevice[] | undefined) =>
    nonEmpty(list?.map(({ Path, Rate }) => ({ path: Path, rate: Number(Rate) })));
  return present<EngineContainerArgs>({
    blkioWeight: numberIn(config.weight),
    blkioWeightDevices: nonEmpty(
      config.weight_device?.map(({ Path, Weight }) => ({ path: Path, weight: Number(Weight) })),
    ),
    deviceReadBps: rates(config.device_read_bps),
    deviceReadIops: rates(config.device_read_iops),
    deviceWriteBps: rates(config.device_write_bps),
    deviceWriteIops: rates(config.device_write_iops),
  });
}

/** Devices of the Container Device Interface are named `vendor/class=name` on both sides (docker/compose, create.go). */
function isCdi(source: string | undefined, target: string | undefined): boolean {
  return source === target && /^[\w.-]+\/[\w.-]+=[\w.:-]+$/.test(source ?? "");
}

function requestsOf(service: Service): NonNullable<EngineContainerArgs["deviceRequests"]> & object[] {
  const cdi = (service.devices ?? []).flatMap(({ source, target }) => (isCdi(source, target) ? [source ?? ""] : []));
  const reserved = service.deploy?.resources.reservations?.devices ?? [];
  const gpus = (service.gpus ?? []).map((gpu) => ({ ...gpu, capabilities: [...(gpu.capabilities ?? []), "gpu"] }));
  return [
    ...reserved.map(requestOf),
    ...(cdi.length === 0 ? [] : [{ driver: "cdi", deviceIds: cdi }]),
    ...gpus.map(requestOf),
  ];
}

function requestOf(request: DeviceRequest) {
  return present({
    capabilities: nonEmpty(request.capabilities),
    count: numberIn(request.count),
    deviceIds: nonEmpty(request.device_ids),
    driver: request.driver || undefined,
    options: nonEmptyMap(request.options),
  });
}
