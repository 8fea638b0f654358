import type { HostConfig, ImageConfig } from "@docker/node-sdk";
import { type Inspect, isSaid, type Look } from "./look";

/** What Podman puts into every container's environment (containers.conf(5), `env`; libpod adds `container` and HOSTNAME). */
const givenEnv = ["TERM=xterm", "container=podman"];

/**
 * A look at a container of Podman's without what Podman chose by itself where the program says nothing, and which Docker
 * would not show: limits out of containers.conf, variables, a working directory.
 */
export function withoutPodmansChoice(look: Look): Look {
  const { container, image, inputs } = look;
  const host: HostConfig = { ...container.HostConfig };
  if (!isSaid(inputs, "pidsLimit")) delete host.PidsLimit;
  if (!isSaid(inputs, "shmSize") && !isSaid(inputs, "shmSizeBytes")) delete host.ShmSize;
  if (inputs["memorySwappiness"] === undefined) delete host.MemorySwappiness;
  return {
    ...look,
    container: { ...container, HostConfig: host },
    ...(image ? { image: given(image, container) } : {}),
  };
}

/** What comes with a container besides what the program asks for, as if all of it were the image's. */
function given(image: ImageConfig, container: Inspect): ImageConfig {
  const env = [...(image.Env ?? []), ...givenEnv, `HOSTNAME=${container.Config?.Hostname ?? ""}`];
  return { ...image, Env: env, WorkingDir: image.WorkingDir || "/" };
}
