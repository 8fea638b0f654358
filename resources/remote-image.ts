import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { widening } from "./widening";

/**
 * Inputs of docker.RemoteImage that only Slipway's provider takes. They are absent from inputs and state when unused; a
 * program that uses them runs on Slipway's provider only.
 */
export interface RemoteImageExtras {
  /**
   * Whether the registry is asked although the daemon has the image: `"always"` notices on every preview that a tag has
   * moved, and `up` then fetches what it stands for now. @default "missing"
   */
  readonly pull?: pulumi.Input<"always" | "missing" | undefined>;
  /**
   * Age as `"24h"`, counted from when the daemon last gave the image its name, from which on the registry is asked as with
   * `pull: "always"`. @default never
   */
  readonly pullAfter?: pulumi.Input<string | undefined>;
}

/** Everything that Slipway's provider takes for a RemoteImage. */
export interface EngineRemoteImageArgs extends docker.RemoteImageArgs, RemoteImageExtras {}

/** docker.RemoteImage with everything that Slipway's provider takes. It is the same resource type. */
export class EngineRemoteImage extends docker.RemoteImage {
  constructor(name: string, args: EngineRemoteImageArgs, options: pulumi.CustomResourceOptions = {}) {
    const widen = widening({ pull: args.pull, pullAfter: args.pullAfter });
    super(name, args, { ...options, transformations: [widen, ...(options.transformations ?? [])] });
  }
}
