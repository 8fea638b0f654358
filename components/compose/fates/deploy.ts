import type {
  Deploy,
  DeviceRequest,
  Resource,
  Resources,
  RestartPolicy,
  UpdateConfig,
} from "../../../compose/model/deploy";
import { type Fates, ignored, mapped, parts } from "./fate";

const swarm = "it is for swarms; compose reads nothing of it";

/** GPUs and the like. */
export const deviceFates: Fates<DeviceRequest> = {
  capabilities: mapped("`deviceRequests[].capabilities`"),
  driver: mapped("`deviceRequests[].driver`"),
  count: mapped("`deviceRequests[].count`"),
  device_ids: mapped("`deviceRequests[].deviceIds`"),
  options: mapped("`deviceRequests[].options`"),
};

const limitFates: Fates<Resource> = {
  cpus: mapped("`cpus`"),
  memory: mapped("`memory`, or `memoryBytes` where it is no whole number of MiB"),
  pids: mapped("`pidsLimit`"),
  devices: ignored("only reservations have devices"),
  generic_resources: ignored(swarm),
};

const reservationFates: Fates<Resource> = {
  cpus: ignored(swarm),
  memory: mapped("`memoryReservationBytes`"),
  pids: ignored("there is only a limit of processes"),
  devices: parts<DeviceRequest>("list", deviceFates),
  generic_resources: ignored(swarm),
};

const resourcesFates: Fates<Resources> = {
  limits: parts<Resource>("object", limitFates),
  reservations: parts<Resource>("object", reservationFates),
};

const restartFates: Fates<RestartPolicy> = {
  condition: mapped("`restart`; wins over the service's own"),
  delay: ignored("the Engine has no such time"),
  max_attempts: mapped("`maxRetryCount`"),
  window: ignored("the Engine has no such time"),
};

const updateFates: Fates<UpdateConfig> = {
  parallelism: ignored(swarm),
  delay: ignored(swarm),
  failure_action: ignored("what fails is taken back in any case"),
  monitor: ignored(swarm),
  max_failure_ratio: ignored(swarm),
  order: mapped("`order`: whether a new container starts before the old one stops (compose reads nothing of it)"),
};

/** `deploy`. */
export const deployFates: Fates<Deploy> = {
  mode: ignored(swarm),
  replicas: mapped("the number of containers"),
  labels: ignored("they are of a swarm's service, not of containers"),
  update_config: parts<UpdateConfig>("object", updateFates),
  rollback_config: ignored(swarm),
  resources: parts<Resources>("object", resourcesFates),
  restart_policy: parts<RestartPolicy>("object", restartFates),
  placement: ignored(swarm),
  endpoint_mode: ignored(swarm),
};
