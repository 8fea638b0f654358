import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { widening } from "./widening";

/**
 * Inputs of docker.Volume that only Slipway's provider takes: what may happen to data. They are absent from inputs and
 * state when unused; a program that uses them runs on Slipway's provider only.
 */
export interface VolumeExtras {
  /**
   * Takes over a volume of that name that is there already, whoever made it. Its driver, options and labels must be what
   * the program says. @default false: such a volume is refused
   */
  readonly adopt?: pulumi.Input<boolean | undefined>;
  /**
   * Leaves the volume with its data on the daemon when the resource is removed or renamed.
   * @default true for a volume that was adopted or imported, false for one that the stack made
   */
  readonly keepOnDestroy?: pulumi.Input<boolean | undefined>;
  /**
   * Lets a change that the Engine can't make in place (driver, options, labels, name) delete the volume with its data and
   * make it anew; containers on it are stopped and replaced. @default false: such a change is refused
   */
  readonly replaceDeletesData?: pulumi.Input<boolean | undefined>;
}

/** Everything that Slipway's provider takes for a volume. */
export interface EngineVolumeArgs extends docker.VolumeArgs, VolumeExtras {}

/** docker.Volume with everything that Slipway's provider takes. It is the same resource type. */
export class EngineVolume extends docker.Volume {
  constructor(name: string, args: EngineVolumeArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    const { adopt, keepOnDestroy, replaceDeletesData } = args;
    const widen = widening({ adopt, keepOnDestroy, replaceDeletesData });
    super(name, args, { ...options, transformations: [widen, ...(options.transformations ?? [])] });
  }
}
