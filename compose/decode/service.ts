import { LoadFault } from "../load-fault";
import type { ServiceModel } from "../model/ai-model";
import type { ServiceNetwork } from "../model/network";
import type {
  BlkioConfig,
  CredentialSpec,
  Dependency,
  DeviceMapping,
  EnvFile,
  HealthCheck,
  Logging,
  Provider,
  Service,
  ServicePort,
  ThrottleDevice,
  WeightDevice,
} from "../model/service";
import { isMapping } from "../tree";
import { always, type Decoder, dictionary, type Fields, list, sorted, structure } from "./decoder";
import { command, healthTest, printedList, stringList, texts } from "./lists";
import { environment, hosts, mappingOfText, options, repeatedOptions, textDictionary } from "./mappings";
import { build, deploy, develop, deviceRequest, fileObject, hook, serviceVolume, ulimits } from "./parts";
import {
  bytes,
  bytesOrZero,
  duration,
  flag,
  float32,
  integer,
  natural,
  naturalOrZero,
  optOut,
  text,
  truth,
  wholeNumber,
} from "./scalar";

const throttle = structure<ThrottleDevice>({
  Path: always((value, path) => (value === undefined || value === null ? "" : (text(value, path) ?? ""))),
  Rate: always((value, path) => (value === undefined || value === null ? "0" : (bytesOrZero(value, path) ?? "0"))),
});
const throttles = list(throttle, { Path: "", Rate: "0" });

const weightDevice = structure<WeightDevice>({
  Path: always((value, path) => (value === undefined || value === null ? "" : (text(value, path) ?? ""))),
  Weight: always((value, path) => (value === undefined || value === null ? 0 : (naturalOrZero(16)(value, path) ?? 0))),
});

const conditions = ["service_started", "service_healthy", "service_completed_successfully"] as const;

const dependency = structure<Dependency>({
  condition: (value, path) => {
    const found = conditions.find((condition) => condition === value);
    if (found !== undefined) return found;
    throw new LoadFault(path, "is no condition", value, `Use ${conditions.join(", ")}.`);
  },
  restart: flag,
  required: always((value, path) => value !== undefined && value !== null && truth(value, path) === true),
});

const serviceNetwork = structure<ServiceNetwork>({
  aliases: texts,
  driver_opts: options,
  gw_priority: integer,
  interface_name: text,
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: texts,
  mac_address: text,
  priority: integer,
});

const port = structure<ServicePort>({
  name: text,
  mode: text,
  host_ip: text,
  target: natural(32),
  published: text,
  protocol: text,
  app_protocol: text,
});

/** Services are depended on by any name, `x-` too. */
const dependencies: Decoder<Readonly<Record<string, Dependency>>> = (value, path) => {
  if (!isMapping(value)) throw new LoadFault(path, "is no mapping", value);
  const entries = Object.keys(value).map((name) => {
    const read = dependency(value[name] ?? null, [...path, name]);
    return [name, read ?? { required: false }] as const;
  });
  return sorted(entries);
};

const fields: Fields<Service> = {
  profiles: texts,
  annotations: mappingOfText,
  attach: truth,
  build,
  develop,
  blkio_config: structure<BlkioConfig>({
    weight: natural(16),
    weight_device: list(weightDevice, { Path: "", Weight: 0 }),
    device_read_bps: throttles,
    device_read_iops: throttles,
    device_write_bps: throttles,
    device_write_iops: throttles,
  }),
  cap_add: texts,
  cap_drop: texts,
  cgroup_parent: text,
  cgroup: text,
  cpu_count: integer,
  cpu_percent: float32,
  cpu_period: integer,
  cpu_quota: integer,
  cpu_rt_period: integer,
  cpu_rt_runtime: integer,
  cpus: float32,
  cpuset: text,
  cpu_shares: integer,
  command: always(command),
  configs: list(fileObject, {}),
  container_name: text,
  credential_spec: structure<CredentialSpec>({ config: text, file: text, registry: text }),
  depends_on: dependencies,
  deploy,
  device_cgroup_rules: texts,
  devices: list(structure<DeviceMapping>({ source: text, target: text, permissions: text }), {}),
  dns: stringList,
  dns_opt: texts,
  dns_search: stringList,
  dockerfile: text,
  domainname: text,
  entrypoint: always(command),
  provider: structure<Provider>({ type: text, options: repeatedOptions }),
  environment,
  env_file: list(structure<EnvFile>({ path: text, required: optOut, format: text }), {}),
  expose: printedList,
  extends: structure<NonNullable<Service["extends"]>>({ file: text, service: text }),
  external_links: texts,
  extra_hosts: hosts,
  group_add: texts,
  gpus: list(deviceRequest, {}),
  hostname: text,
  healthcheck: structure<HealthCheck>({
    test: healthTest,
    timeout: duration,
    interval: duration,
    retries: naturalOrZero(64),
    start_period: duration,
    start_interval: duration,
    disable: flag,
  }),
  image: text,
  init: truth,
  ipc: text,
  isolation: text,
  labels: mappingOfText,
  label_file: texts,
  links: texts,
  logging: structure<Logging>({ driver: text, options }),
  log_driver: text,
  log_opt: textDictionary,
  mem_limit: bytes,
  mem_reservation: bytes,
  memswap_limit: bytes,
  mem_swappiness: bytes,
  mac_address: text,
  models: dictionary<ServiceModel | null>(structure<ServiceModel>({ endpoint_var: text, model_var: text }), null),
  net: text,
  network_mode: text,
  networks: dictionary<ServiceNetwork | null>(serviceNetwork, null),
  oom_kill_disable: flag,
  oom_score_adj: integer,
  pid: text,
  pids_limit: integer,
  platform: text,
  ports: list(port, {}),
  privileged: flag,
  pull_policy: text,
  read_only: flag,
  restart: text,
  runtime: text,
  scale: wholeNumber,
  secrets: list(fileObject, {}),
  security_opt: texts,
  shm_size: bytes,
  stdin_open: flag,
  stop_grace_period: duration,
  stop_signal: text,
  storage_opt: textDictionary,
  sysctls: mappingOfText,
  tmpfs: stringList,
  tty: flag,
  ulimits,
  use_api_socket: flag,
  user: text,
  userns_mode: text,
  uts: text,
  volume_driver: text,
  volumes: list(serviceVolume, { type: "volume" }),
  volumes_from: texts,
  working_dir: text,
  pre_start: list(hook, { command: null }),
  post_start: list(hook, { command: null }),
  pre_stop: list(hook, { command: null }),
};

export const service = structure<Service>(fields);

const place: ReadonlyMap<string, number> = new Map(Object.keys(fields).map((field, index) => [field, index] as const));

/** The same service with its fields in the order in which compose prints them; the config hash depends on it. */
export function serviceInOrder(service: Service): Service {
  const entries = Object.entries(service).sort(([a], [b]) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  return Object.fromEntries(entries) as unknown as Service;
}
