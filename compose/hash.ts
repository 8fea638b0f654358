import { createHash } from "node:crypto";
import { serviceInOrder } from "./decode/service";
import { goJson } from "./json";
import type { Network } from "./model/network";
import type { Service } from "./model/service";
import type { Volume } from "./model/volume";

/**
 * The config hash of a service: label `com.docker.compose.config-hash`, by which compose knows whether a container is up
 * to date. `service:<x>` in `network_mode`, `ipc` and `pid`, and `volumes_from`, must be replaced by container ids before.
 * (docker/compose, pkg/compose/hash.go: ServiceHash)
 */
export function serviceHash(service: Service): string {
  const { build, pull_policy, scale, depends_on, profiles, ...hashed } = service;
  if (hashed.deploy === undefined) return sha256(hashed);
  const { replicas, ...deploy } = hashed.deploy;
  return sha256({ ...hashed, deploy });
}

/** The config hash of a network: label `com.docker.compose.config-hash`. */
export function networkHash(network: Network): string {
  return sha256(network);
}

/** The config hash of a volume: label `com.docker.compose.config-hash`. */
export function volumeHash(volume: Volume): string {
  const { name, driver = "local", ...rest } = volume;
  return sha256({ ...(name !== undefined && { name }), driver, ...rest });
}

/** The service as it is hashed where `DOCKER_DEFAULT_PLATFORM` is set: what is built without a platform gets that one. */
export function withDefaultPlatform(service: Service, platform: string | undefined): Service {
  if (service.build === undefined || service.platform !== undefined || platform === undefined || platform === "") {
    return service;
  }
  return serviceInOrder({ ...service, platform });
}

function sha256(value: object): string {
  return createHash("sha256").update(goJson(value)).digest("hex");
}
