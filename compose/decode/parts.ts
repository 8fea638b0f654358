import { LoadFault } from "../load-fault";
import type { Build } from "../model/build";
import type {
  Deploy,
  DeviceRequest,
  GenericResource,
  Placement,
  Resource,
  Resources,
  RestartPolicy,
  UpdateConfig,
} from "../model/deploy";
import type { Develop, Hook, WatchTrigger } from "../model/lifecycle";
import type { Ulimit } from "../model/service";
import type {
  BindOptions,
  ImageOptions,
  ServiceFileObject,
  ServiceVolume,
  TmpfsOptions,
  VolumeOptions,
} from "../model/volume";
import { type Integer, isInteger, isMapping, kindOf } from "../tree";
import { always, type Decoder, dictionary, list, structure } from "./decoder";
import { command, sshKeys, stringList, texts } from "./lists";
import { environment, hosts, mappingOfText } from "./mappings";
import {
  anyText,
  bytes,
  cpus,
  deviceCount,
  duration,
  durationOrNone,
  fileMode,
  flag,
  float32,
  integer,
  natural,
  naturalOrZero,
  optOut,
  text,
  wholeNumber,
} from "./scalar";

export const ulimit: Decoder<Ulimit> = (value, path) => {
  if (!isMapping(value)) return wholeNumber(value, path);
  const limit = (name: "soft" | "hard"): Integer | undefined => {
    const given = value[name] ?? 0;
    // Compose crashes on text and floats here.
    if (isInteger(given)) return integer(given, [...path, name]);
    throw new LoadFault(
      [...path, name],
      `is ${kindOf(given)}, where a whole number is wanted`,
      given,
      "Use a whole number.",
    );
  };
  const [soft, hard] = [limit("soft"), limit("hard")];
  return { ...(soft !== undefined && { soft }), ...(hard !== undefined && { hard }) };
};

/** One number that is 0 is printed as no limits. */
export const ulimits: Decoder<Readonly<Record<string, Ulimit>>> = dictionary<Ulimit>(
  (value, path) => ulimit(value, path) || {},
  {},
);

export const fileObject = structure<ServiceFileObject>({
  source: text,
  target: text,
  uid: text,
  gid: text,
  mode: fileMode,
});

export const build = structure<Build>({
  context: text,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: texts,
  args: environment,
  provenance: text,
  sbom: text,
  ssh: sshKeys,
  labels: mappingOfText,
  cache_from: stringList,
  cache_to: stringList,
  no_cache: flag,
  no_cache_filter: stringList,
  additional_contexts: mappingOfText,
  pull: flag,
  extra_hosts: hosts,
  isolation: text,
  network: text,
  target: text,
  secrets: list(fileObject, {}),
  shm_size: bytes,
  tags: stringList,
  ulimits,
  platforms: stringList,
  privileged: flag,
});

export const deviceRequest = structure<DeviceRequest>({
  capabilities: texts,
  driver: text,
  count: deviceCount,
  device_ids: texts,
  options: mappingOfText,
});

const updateConfig = structure<UpdateConfig>({
  parallelism: naturalOrZero(64),
  delay: durationOrNone,
  failure_action: text,
  monitor: durationOrNone,
  max_failure_ratio: float32,
  order: text,
});

const genericResource = structure<GenericResource>({
  discrete_resource_spec: structure<NonNullable<GenericResource["discrete_resource_spec"]>>({
    kind: always((value, path) => (value === undefined || value === null ? "" : (text(value, path) ?? ""))),
    value: always((value, path) => (value === undefined || value === null ? 0 : (wholeNumber(value, path) ?? 0))),
  }),
});

const resource = structure<Resource>({
  cpus,
  memory: bytes,
  pids: integer,
  devices: list(deviceRequest, {}),
  generic_resources: list(genericResource, {}),
});

const resources = structure<Resources>({ limits: resource, reservations: resource });

const restartPolicy = structure<RestartPolicy>({
  condition: text,
  delay: duration,
  max_attempts: naturalOrZero(64),
  window: duration,
});

const placement = structure<Placement>({
  constraints: texts,
  preferences: list(structure<NonNullable<Placement["preferences"]>[number]>({ spread: text }), {}),
  max_replicas_per_node: natural(64),
});

export const deploy = structure<Deploy>({
  mode: text,
  replicas: wholeNumber,
  labels: mappingOfText,
  update_config: updateConfig,
  rollback_config: updateConfig,
  resources: always((value, path) => (value === undefined ? {} : (resources(value, path) ?? {}))),
  restart_policy: restartPolicy,
  placement: always((value, path) => (value === undefined ? {} : (placement(value, path) ?? {}))),
  endpoint_mode: text,
});

export const hook = structure<Hook>({
  command: always(command),
  image: text,
  user: text,
  privileged: flag,
  working_dir: text,
  environment,
  per_replica: flag,
});

const watchTrigger = structure<WatchTrigger>({
  path: always((value, path) => (value === undefined || value === null ? "" : (anyText(value, path) ?? ""))),
  action: always((value, path) => (value === undefined || value === null ? "" : (anyText(value, path) ?? ""))),
  target: text,
  exec: always((value, path) => (value === undefined ? undefined : hook(value, path)) ?? { command: null }),
  include: texts,
  ignore: texts,
  initial_sync: flag,
});

export const develop = structure<Develop>({
  watch: list(watchTrigger, { path: "", action: "", exec: { command: null } }),
});

const mountTypes = ["bind", "volume", "tmpfs", "npipe", "cluster", "image"] as const;

const mountType: Decoder<ServiceVolume["type"]> = (value, path) => {
  const found = mountTypes.find((type) => type === value);
  if (found !== undefined) return found;
  throw new LoadFault(path, "is no type of a mount", value, `Use ${mountTypes.join(", ")}.`);
};

export const serviceVolume = structure<ServiceVolume>({
  type: mountType,
  source: text,
  target: text,
  read_only: flag,
  consistency: text,
  bind: structure<BindOptions>({ selinux: text, propagation: text, create_host_path: bindPathFlag(), recursive: text }),
  volume: structure<VolumeOptions>({ labels: mappingOfText, nocopy: flag, subpath: text }),
  tmpfs: structure<TmpfsOptions>({ size: bytes, mode: natural(32) }),
  image: structure<ImageOptions>({ subpath: text }),
});

function bindPathFlag(): Decoder<boolean> {
  return optOut;
}
