import { buildxBuilder } from "./buildx-builder";
import { container } from "./container";
import { image } from "./image";
import { network } from "./network";
import { plugin } from "./plugin";
import { registryImage } from "./registry-image";
import { remoteImage } from "./remote-image";
import type { Resource } from "./resource";
import { secret } from "./secret";
import { service } from "./service";
import { serviceConfig } from "./service-config";
import { tag } from "./tag";
import { volume } from "./volume";

/** Every resource type of package `docker` that is served. */
export const resourceTypes: readonly Resource[] = [
  buildxBuilder,
  container,
  image,
  network,
  plugin,
  registryImage,
  remoteImage,
  secret,
  service,
  serviceConfig,
  tag,
  volume,
];
