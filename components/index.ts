export { type ContainerExtras, EngineContainer, type EngineContainerArgs } from "../resources/container";
export {
  type BuildSecret,
  type BuildUlimit,
  EngineImage,
  type EngineImageArgs,
  type EngineImageBuild,
  type ImageBuildExtras,
} from "../resources/image";
export { EngineNetwork, type EngineNetworkArgs, type NetworkExtras } from "../resources/network";
export { EngineRemoteImage, type EngineRemoteImageArgs, type RemoteImageExtras } from "../resources/remote-image";
export { EngineVolume, type EngineVolumeArgs, type VolumeExtras } from "../resources/volume";
export { type Duration, duration } from "../values/duration";
export { describeFault, type Fault, isSlipwayError, SlipwayError } from "../values/fault";
export type { PortBinding, PortSpec, Protocol } from "../values/port";
export { type Quantity, quantity } from "../values/quantity";
export { App, type AppArgs, type AppLogs, type AppResources, type AppTransform, type Rollout } from "./app";
export type { Certificate } from "./certificate";
export { ComposeProject, type ComposeProjectArgs, type ComposeService } from "./compose-project";
export {
  type BeforeStopArgs,
  Container,
  type ContainerArgs,
  type EndpointArgs,
  type FileArgs,
  type HealthcheckArgs,
  type MountArgs,
  type Restart,
} from "./container";
export type { Dependency } from "./dependency";
export { DockerHost, type DockerHostArgs, type HostTls, type RegistryLogin } from "./docker-host";
export {
  Gateway,
  type GatewayArgs,
  type GatewayTransform,
  type HttpRoute,
  type RouteArgs,
  type TcpRoute,
} from "./gateway";
export type { Health, HealthTimes } from "./health";
export { type BuildSecretArgs, Image, type ImageArgs, type UlimitArgs } from "./image";
export { Job, type JobArgs } from "./job";
export { movedFromDocker, movedToDocker } from "./moving";
export { Network, type NetworkArgs } from "./network";
export { Postgres, type PostgresArgs, type PostgresTransform } from "./postgres";
export type { Route } from "./route";
export { readSettings } from "./settings";
export type { Transform } from "./transform";
export { Volume, type VolumeArgs } from "./volume";
