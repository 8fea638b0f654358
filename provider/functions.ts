import type { ProviderFunction } from "./function";
import { getLogs } from "./get-logs";
import { getNetwork } from "./get-network";
import { getPlugin } from "./get-plugin";
import { getRegistryImage } from "./get-registry-image";
import { getRegistryImageManifests } from "./get-registry-image-manifests";
import { getRemoteImage } from "./get-remote-image";

/** Every function of package `docker` that is served. */
export const functions: readonly ProviderFunction[] = [
  getLogs,
  getNetwork,
  getPlugin,
  getRegistryImage,
  getRegistryImageManifests,
  getRemoteImage,
];
