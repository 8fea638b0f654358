import { container } from "./container";
import { image } from "./image";
import { network } from "./network";
import { remoteImage } from "./remote-image";
import type { Resource } from "./resource";
import { volume } from "./volume";

/** Every resource type of package `docker` that is served. */
export const resourceTypes: readonly Resource[] = [container, image, network, remoteImage, volume];
