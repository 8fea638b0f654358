import type { Ipam, IpamPool, Network } from "../../../compose/model/network";
import type { Project } from "../../../compose/model/project";
import type { Service } from "../../../compose/model/service";
import type { FileObject, Volume } from "../../../compose/model/volume";
import { type Fates, ignored, loaded, mapped, parts, refused } from "./fate";
import { serviceFates } from "./service";

const poolFates: Fates<IpamPool> = {
  subnet: mapped("`subnet`, or `ipamConfigs[].subnet` with anything beside it"),
  gateway: mapped("`ipamConfigs[].gateway`"),
  ip_range: mapped("`ipamConfigs[].ipRange`"),
  aux_addresses: mapped("`ipamConfigs[].auxAddress`"),
};

const ipamFates: Fates<Ipam> = {
  driver: mapped("`ipamDriver`"),
  config: parts<IpamPool>("list", poolFates),
  options: ignored("compose does not send them"),
};

const networkFates: Fates<Network> = {
  name: mapped("`name`"),
  driver: mapped("`driver`"),
  driver_opts: mapped("`options`"),
  ipam: parts<Ipam>("object", ipamFates),
  external: mapped("the network of that name; one that is not there is refused in preview"),
  internal: mapped("`internal`"),
  attachable: mapped("`attachable`"),
  labels: mapped("`labels`"),
  enable_ipv4: mapped("`ipv4`"),
  enable_ipv6: mapped("`ipv6`"),
};

const volumeFates: Fates<Volume> = {
  name: mapped("`name`"),
  driver: mapped("`driver`"),
  driver_opts: mapped("`driverOptions`"),
  external: mapped("the volume of that name; one that is not there is refused in preview"),
  labels: mapped("`labels`"),
};

const unsupported = ["is not supported by compose's `up` either", "Use `file`, `environment` or `content`."] as const;

const fileFates: Fates<FileObject> = {
  name: ignored("a file or its content is what counts"),
  file: mapped("a read-only bind mount of that file"),
  environment: mapped("a file that is copied in before the start; its content is a Pulumi secret for `secrets`"),
  content: mapped("a file that is copied in before the start"),
  external: refused(...unsupported),
  labels: ignored("nothing on the daemon has them"),
  driver: refused(...unsupported),
  driver_opts: refused(...unsupported),
  template_driver: refused(...unsupported),
};

/** The top level. Only what an active service uses is made. */
export const projectFates: Fates<Project> = {
  name: mapped("the first part of every name, and label `com.docker.compose.project`"),
  services: parts<Service>("map", serviceFates),
  networks: parts<Network>("map", networkFates),
  volumes: parts<Volume>("map", volumeFates),
  secrets: parts<FileObject>("map", fileFates),
  configs: parts<FileObject>("map", fileFates),
  models: refused("need the plugin `docker model`", "Run the model yourself, and give the service its address."),
};

/** What is in a file and nothing of it in the model. */
export const loadTimeFates: Readonly<Record<string, ReturnType<typeof loaded>>> = {
  include: loaded("what is included is part of the project"),
  version: ignored("it is obsolete"),
  "services.*.pull_refresh_after": ignored("compose does not read it"),
  "x-*": loaded("extensions are for anchors and other tools"),
};
