import type { Build } from "../../../compose/model/build";
import type { Deploy, DeviceRequest } from "../../../compose/model/deploy";
import type { Hook } from "../../../compose/model/lifecycle";
import type { ServiceNetwork } from "../../../compose/model/network";
import type {
  BlkioConfig,
  Dependency,
  DeviceMapping,
  HealthCheck,
  Logging,
  Service,
  ServicePort,
} from "../../../compose/model/service";
import type {
  BindOptions,
  ImageOptions,
  ServiceFileObject,
  ServiceVolume,
  TmpfsOptions,
  VolumeOptions,
} from "../../../compose/model/volume";
import { buildFates } from "./build";
import { deployFates, deviceFates } from "./deploy";
import { type Fates, ignored, loaded, mapped, parts, refused } from "./fate";

const throttle = "in bytes or operations a second";

const blkioFates: Fates<BlkioConfig> = {
  weight: mapped("`blkioWeight`"),
  weight_device: mapped("`blkioWeightDevices`"),
  device_read_bps: mapped(`\`deviceReadBps\`, ${throttle}`),
  device_read_iops: mapped(`\`deviceReadIops\`, ${throttle}`),
  device_write_bps: mapped(`\`deviceWriteBps\`, ${throttle}`),
  device_write_iops: mapped(`\`deviceWriteIops\`, ${throttle}`),
};

const dependencyFates: Fates<Dependency> = {
  condition: mapped(
    "the order; `up` waits for health, or for the end with exit code 0, and fails at once where that can't be",
  ),
  restart: mapped(
    "`restartTriggers`: it is restarted when that one's container is another; one that shares a name space of it is replaced",
  ),
  required: mapped("false: it starts first, and is not waited for"),
};

const deviceMappingFates: Fates<DeviceMapping> = {
  source: mapped("`devices[].hostPath`, or `deviceRequests` for a name of the Container Device Interface"),
  target: mapped("`devices[].containerPath`"),
  permissions: mapped("`devices[].permissions`"),
};

const healthFates: Fates<HealthCheck> = {
  test: mapped("`healthcheck.test`"),
  timeout: mapped("`healthcheck.timeout`"),
  interval: mapped("`healthcheck.interval`"),
  retries: mapped("`healthcheck.retries`"),
  start_period: mapped("`healthcheck.startPeriod`"),
  start_interval: mapped("`healthcheck.startInterval` (Engine 25)"),
  disable: mapped("the test `NONE`"),
};

const loggingFates: Fates<Logging> = {
  driver: mapped("`logDriver`"),
  options: mapped("`logOpts`"),
};

const networkFates: Fates<ServiceNetwork> = {
  aliases: mapped("`networks[].aliases`, beside the container's and the service's name"),
  driver_opts: mapped("`networksAdvanced[].driverOpts`"),
  gw_priority: mapped("`networksAdvanced[].gwPriority` (Engine 28)"),
  interface_name: mapped("`networksAdvanced[].driverOpts` (Engine 28)"),
  ipv4_address: mapped("`networksAdvanced[].ipv4Address`"),
  ipv6_address: mapped("`networksAdvanced[].ipv6Address`"),
  link_local_ips: mapped("`networksAdvanced[].linkLocalIps`"),
  mac_address: mapped("`networksAdvanced[].macAddress`"),
  priority: mapped("the order of the networks"),
};

const portFates: Fates<ServicePort> = {
  name: ignored("it is a name for readers"),
  mode: ignored("it is for swarms"),
  host_ip: mapped("`ports[].ip`; without one every address of both families"),
  target: mapped("`ports[].container`"),
  published: mapped("`ports[].host`, or `externalRange` for a range"),
  protocol: mapped("`ports[].protocol`"),
  app_protocol: ignored("it is a hint for readers"),
};

const fileFates: Fates<ServiceFileObject> = {
  source: mapped("the file or content of that name"),
  target: mapped("its path in the container"),
  uid: mapped("`uploads[].owner`; a file of the host has its own owner, as with compose"),
  gid: mapped("`uploads[].group`; a file of the host has its own group, as with compose"),
  mode: mapped("`files[].mode`, 0444 by default; a file of the host has its own mode, as with compose"),
};

const bindFates: Fates<BindOptions> = {
  selinux: mapped("`volumes[].selinuxRelabel`"),
  propagation: mapped("`mounts[].bindOptions.propagation`"),
  create_host_path: mapped("`mounts[].create`; a folder that is missing and may not be made is refused in preview"),
  recursive: mapped("`mounts[].bindOptions.nonRecursive`, `readOnlyNonRecursive` or `readOnlyForceRecursive`"),
};

const volumeOptionFates: Fates<VolumeOptions> = {
  labels: mapped("`mounts[].volumeOptions.labels`"),
  nocopy: mapped("`mounts[].volumeOptions.noCopy`"),
  subpath: mapped("`mounts[].volumeOptions.subpath` (Engine 26)"),
};

const tmpfsFates: Fates<TmpfsOptions> = {
  size: mapped("`mounts[].tmpfsOptions.sizeBytes`"),
  mode: mapped("`mounts[].tmpfsOptions.mode`"),
};

const imageOptionFates: Fates<ImageOptions> = {
  subpath: mapped("`mounts[].imageOptions.subpath` (Engine 28)"),
};

const volumeFates: Fates<ServiceVolume> = {
  type: mapped("`mounts`; `image` needs Engine 28"),
  source: mapped(
    "the project's volume, the folder, or the image; without one an anonymous volume, whose data is carried over",
  ),
  target: mapped("`mounts[].target`"),
  read_only: mapped("`mounts[].readOnly`"),
  consistency: ignored("only an early Docker Desktop read it"),
  bind: parts<BindOptions>("object", bindFates),
  volume: parts<VolumeOptions>("object", volumeOptionFates),
  tmpfs: parts<TmpfsOptions>("object", tmpfsFates),
  image: parts<ImageOptions>("object", imageOptionFates),
};

const hookFates: Fates<Hook> = {
  command: mapped("`command`"),
  image: ignored("only `pre_start` has one"),
  user: mapped("`user`"),
  privileged: mapped("`privileged`"),
  working_dir: mapped("`workingDir`"),
  environment: mapped("`envs`"),
  per_replica: ignored("only `pre_start` has it"),
};

const preStartFates: Fates<Hook> = {
  ...hookFates,
  image: mapped("`image`"),
  per_replica: refused("is not supported by compose's `up` either", "Leave it out, or set it to false."),
};

const legacy = "it is of version 1 of the format; compose reads nothing of it";

/** A service. */
export const serviceFates: Fates<Service> = {
  profiles: loaded("a service whose profiles are off is not there"),
  annotations: mapped("`annotations` (Engine 24)"),
  attach: ignored("it is about the output of `docker compose up`"),
  build: parts<Build>("object", buildFates),
  develop: ignored("it is for `docker compose watch`, which goes on reading it"),
  blkio_config: parts<BlkioConfig>("object", blkioFates),
  cap_add: mapped("`capabilities.adds`"),
  cap_drop: mapped("`capabilities.drops`"),
  cgroup_parent: mapped("`cgroupParent`"),
  cgroup: mapped("`cgroupnsMode`"),
  cpu_count: mapped("`cpuCount` (Windows)"),
  cpu_percent: mapped("`cpuPercent` (Windows)"),
  cpu_period: mapped("`cpuPeriod`"),
  cpu_quota: mapped("`cpuQuota`"),
  cpu_rt_period: mapped("`cpuRealtimePeriod`"),
  cpu_rt_runtime: mapped("`cpuRealtimeRuntime`"),
  cpus: mapped("`cpus`"),
  cpuset: mapped("`cpuSet`"),
  cpu_shares: mapped("`cpuShares`"),
  command: mapped("`command`"),
  configs: parts<ServiceFileObject>("list", fileFates),
  container_name: mapped("`name`"),
  credential_spec: ignored("compose does not send it"),
  depends_on: parts<Dependency>("map", dependencyFates),
  deploy: parts<Deploy>("object", deployFates),
  device_cgroup_rules: mapped("`deviceCgroupRules`"),
  devices: parts<DeviceMapping>("list", deviceMappingFates),
  dns: mapped("`orderedDns`"),
  dns_opt: mapped("`dnsOpts`"),
  dns_search: mapped("`dnsSearches`"),
  dockerfile: ignored(legacy),
  domainname: mapped("`domainname`"),
  entrypoint: mapped("`entrypoint`"),
  provider: refused("is run by a plugin of compose", "Declare what it provides in the program."),
  environment: mapped("`env`"),
  env_file: loaded("its variables are in `environment`"),
  expose: mapped("`exposedPorts`"),
  extends: loaded("what is extended is part of the service"),
  external_links: mapped("`links`, or `networksAdvanced[].links`"),
  extra_hosts: mapped("`hosts`"),
  group_add: mapped("`groupAdds`"),
  gpus: parts<DeviceRequest>("list", deviceFates),
  hostname: mapped("`hostname`"),
  healthcheck: parts<HealthCheck>("object", healthFates),
  image: mapped("`image`, and a RemoteImage that has it pulled"),
  init: mapped("`init`"),
  ipc: mapped("`ipcMode`"),
  isolation: mapped("`isolation` (Windows)"),
  labels: mapped("`labels`"),
  label_file: loaded("its labels are in `labels`"),
  links: mapped("`links`, or `networksAdvanced[].links`"),
  logging: parts<Logging>("object", loggingFates),
  log_driver: ignored(legacy),
  log_opt: ignored(legacy),
  mem_limit: mapped("`memory`, or `memoryBytes` where it is no whole number of MiB"),
  mem_reservation: mapped("`memoryReservationBytes`"),
  memswap_limit: mapped("`memorySwapBytes`"),
  mem_swappiness: mapped("`memorySwappiness`"),
  mac_address: mapped("`networksAdvanced[].macAddress` of the first network"),
  models: refused("need the plugin `docker model`", "Run the model yourself, and give the service its address."),
  net: ignored(legacy),
  network_mode: mapped("`networkMode`; `service:NAME` by the id of that service's first container"),
  networks: parts<ServiceNetwork>("map", networkFates),
  oom_kill_disable: mapped("`oomKillDisable`"),
  oom_score_adj: mapped("`oomScoreAdj`"),
  pid: mapped("`pidMode`"),
  pids_limit: mapped("`pidsLimit`"),
  platform: mapped("`platform`"),
  ports: parts<ServicePort>("list", portFates),
  privileged: mapped("`privileged`"),
  pull_policy: mapped("`pull` of the RemoteImage, or `pullAfter`; `never` takes the daemon's own"),
  read_only: mapped("`readOnly`"),
  restart: mapped("`restart` and `maxRetryCount`"),
  runtime: mapped("`runtime`"),
  scale: mapped("the number of containers"),
  secrets: parts<ServiceFileObject>("list", fileFates),
  security_opt: mapped("`securityOpts`; a seccomp profile is read from its file"),
  shm_size: mapped("`shmSizeBytes`"),
  stdin_open: mapped("`stdinOpen`"),
  stop_grace_period: mapped("`stopTimeout`, in whole seconds"),
  stop_signal: mapped("`stopSignal`"),
  storage_opt: mapped("`storageOpts`"),
  sysctls: mapped("`sysctls`"),
  tmpfs: mapped("`mounts`, or `tmpfs` with options"),
  tty: mapped("`tty`"),
  ulimits: mapped("`ulimits`"),
  use_api_socket: refused("is not supported", "Mount the daemon's socket under `volumes`."),
  user: mapped("`user`"),
  userns_mode: mapped("`usernsMode`"),
  uts: mapped("`utsMode`"),
  volume_driver: refused("is not supported", "Declare the volume under `volumes` with its `driver`."),
  volumes: parts<ServiceVolume>("list", volumeFates),
  volumes_from: mapped("`volumes[].fromContainer`; the mode is dropped, as compose does"),
  working_dir: mapped("`workingDirectory`"),
  pre_start: parts<Hook>("list", preStartFates),
  post_start: parts<Hook>("list", hookFates),
  pre_stop: parts<Hook>("list", hookFates),
};
