import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { widening } from "./widening";

/**
 * Inputs of docker.Network that only Slipway's provider takes. They are absent from inputs and state when unused; a
 * program that uses them runs on Slipway's provider only.
 */
export interface NetworkExtras {
  /** IPv4 addresses on the network; to do without needs Engine 28 (API 1.48). @default true */
  readonly ipv4?: pulumi.Input<boolean | undefined>;
  /**
   * Takes over the network that compose made for the same project and key (by its labels), with what is on it.
   * @default false: it is refused, as any stranger's is
   */
  readonly adopt?: pulumi.Input<boolean | undefined>;
}

/** Everything that Slipway's provider takes for a network. */
export interface EngineNetworkArgs extends docker.NetworkArgs, NetworkExtras {}

/** docker.Network with everything that Slipway's provider takes. It is the same resource type. */
export class EngineNetwork extends docker.Network {
  constructor(name: string, args: EngineNetworkArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    const widen = widening({ ipv4: args.ipv4, adopt: args.adopt });
    super(name, args, { ...options, transformations: [widen, ...(options.transformations ?? [])] });
  }
}
