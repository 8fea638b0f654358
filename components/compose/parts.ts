import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../network";
import type { Volume } from "../volume";

/**
 * What stands for the other resources of a project in the arguments of one: outputs where the project is declared, words of
 * a program where one is written (`slipway import`).
 */
export interface Parts {
  /** A network by its key. */
  network(key: string): Network | pulumi.Input<string>;
  /** The same network's name on the daemon. */
  networkName(key: string): pulumi.Input<string>;
  /** A named volume by its key. */
  volume(key: string): Volume | pulumi.Input<string>;
  /** The same volume's name on the daemon. */
  volumeName(key: string): pulumi.Input<string>;
  /** Id of the image that a service runs. */
  imageId(service: string): pulumi.Input<string>;
  /** `container:ID` with the id of a service's first container. */
  sharing(service: string): pulumi.Input<string>;
  /** Id of a service's first container. */
  containerId(service: string): pulumi.Input<string>;
  /** The service's config hash (label `com.docker.compose.config-hash`). */
  hash(service: string): pulumi.Input<string>;
  /** The value of a service's variable. */
  variable(service: string, name: string, value: string): pulumi.Input<string>;
  /** The content of a config or secret that comes from a variable or from the compose file. */
  content(kind: "configs" | "secrets", key: string): pulumi.Input<string>;
}
