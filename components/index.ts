export { EngineNetwork, type EngineNetworkArgs, type NetworkExtras } from "../resources/network";
export { EngineVolume, type EngineVolumeArgs, type VolumeExtras } from "../resources/volume";
export type { Duration } from "../values/duration";
export { describeFault, type Fault, isSlipwayError, SlipwayError } from "../values/fault";
export type { PortBinding, PortSpec, Protocol } from "../values/port";
export type { Quantity } from "../values/quantity";
export {
  Container,
  type ContainerArgs,
  type EndpointArgs,
  type HealthcheckArgs,
  type MountArgs,
  type Restart,
} from "./container";
export { DockerHost, type DockerHostArgs, type HostTls, type RegistryLogin } from "./docker-host";
export { Image, type ImageArgs } from "./image";
export { movedFromDocker, movedToDocker } from "./moving";
export { Network, type NetworkArgs } from "./network";
export { readSettings } from "./settings";
export { Volume, type VolumeArgs } from "./volume";
