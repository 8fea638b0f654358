import type { Build } from "../../../compose/model/build";
import type { ServiceFileObject } from "../../../compose/model/volume";
import { type Fates, ignored, mapped, parts, refused, warned } from "./fate";

const secretFates: Fates<ServiceFileObject> = {
  source: mapped("`secrets`: the file or variable of that secret"),
  target: mapped("the secret's id"),
  uid: ignored("BuildKit's secrets have no owner here"),
  gid: ignored("BuildKit's secrets have no owner here"),
  mode: ignored("BuildKit's secrets have no mode here"),
};

/** `build`: an Image component, built when its context changes, and its containers replaced when the result does. */
export const buildFates: Fates<Build> = {
  context: mapped("`context`"),
  dockerfile: mapped("`dockerfile`"),
  dockerfile_inline: mapped("`dockerfileInline`"),
  entitlements: refused("are not asked of the builder", "Build this image with `docker buildx`, and use its name."),
  args: mapped("`args`; one without a value anywhere is left to the Dockerfile"),
  provenance: warned("is left out: the image has no attestation"),
  sbom: warned("is left out: the image has no attestation"),
  ssh: mapped("`ssh`"),
  labels: mapped("`labels`"),
  cache_from: mapped("`cacheFrom`"),
  cache_to: mapped("`cacheTo`"),
  no_cache: mapped("`noCache`"),
  no_cache_filter: refused("can't be said to the builder", "Use `no_cache`, or leave it out."),
  additional_contexts: mapped("`contexts`"),
  pull: mapped("`pull`"),
  extra_hosts: mapped("`extraHosts`"),
  isolation: ignored("it is for Windows"),
  network: mapped("`network`, where it is `none` or `host`"),
  target: mapped("`target`"),
  secrets: parts<ServiceFileObject>("list", secretFates),
  shm_size: mapped("`shmSize`"),
  tags: mapped("a docker.Tag each"),
  ulimits: mapped("`ulimits`"),
  platforms: ignored("`up` builds for one platform, the service's or the daemon's"),
  privileged: refused("is not asked of the builder", "Build this image with `docker buildx`, and use its name."),
};
