import * as pulumi from "@pulumi/pulumi";
import { EngineVolume, type EngineVolumeArgs } from "../resources/volume";
import { daemonName, nameFaults } from "../values/name";
import { claim } from "./claims";
import { type Known, unknownFaults } from "./known";
import { type Labels, labelBlocks } from "./labels";
import { refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";

/** What a {@link Volume} is made with. */
export interface VolumeArgs {
  /** Its name on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Driver. @default "local" */
  readonly driver?: string;
  /** Options of the driver, such as `{ type: "nfs", … }`. @default none */
  readonly driverOptions?: Readonly<Record<string, string>>;
  /** Labels on the daemon. @default none */
  readonly labels?: Labels;
  /** Takes over a volume of that name that is there already, whoever made it. @default false: it is refused */
  readonly adopt?: boolean;
  /**
   * Leaves the volume with its data on the daemon when it is removed from the program or renamed.
   * @default true for a volume that was adopted or imported, false for one that the stack made
   */
  readonly keepOnDestroy?: boolean;
  /**
   * Lets a change that the Engine can't make in place (driver, options, labels, name) delete the volume with its data.
   * @default false: such a change is refused
   */
  readonly replaceDeletesData?: boolean;
  /** Changes what the Engine's resource is made with. @default nothing */
  readonly transform?: Transform<EngineVolumeArgs>;
}

/** A named volume: data that outlives the containers that mount it. */
export class Volume extends pulumi.ComponentResource {
  /** The resource behind it; undefined where the arguments were refused in a preview. */
  readonly resource: EngineVolume | undefined;
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: VolumeArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Volume", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    const subject = `Volume "${name}"`;
    const faults = [...nameFaults(subject, daemon), ...unknownFaults(subject, args, known)];
    if (refuse([...faults, ...claim(this, subject, [{ kind: "volume", name: daemon, path: "name" }])])) {
      this.resource = undefined;
      this.name = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const wanted: EngineVolumeArgs = {
      name: daemon,
      ...(args.driver === undefined ? {} : { driver: args.driver }),
      ...(args.driverOptions === undefined ? {} : { driverOpts: args.driverOptions }),
      ...(args.labels === undefined ? {} : { labels: labelBlocks(args.labels) }),
      ...(args.adopt === undefined ? {} : { adopt: args.adopt }),
      ...(args.keepOnDestroy === undefined ? {} : { keepOnDestroy: args.keepOnDestroy }),
      ...(args.replaceDeletesData === undefined ? {} : { replaceDeletesData: args.replaceDeletesData }),
    };
    const volume = new EngineVolume(name, transformed(wanted, args.transform), { parent: this });
    this.resource = volume;
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}

const known: Known<VolumeArgs> = {
  adopt: true,
  driver: true,
  driverOptions: true,
  keepOnDestroy: true,
  labels: true,
  name: true,
  replaceDeletesData: true,
  transform: true,
};
