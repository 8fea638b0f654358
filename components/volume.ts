import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { daemonName, nameFaults } from "../values/name";
import { type Labels, labelBlocks } from "./labels";
import { refuse, unknownOutput } from "./refusal";

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
}

/** A named volume: data that outlives the containers that mount it. */
export class Volume extends pulumi.ComponentResource {
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: VolumeArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Volume", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    if (refuse(nameFaults(`Volume "${name}"`, daemon))) {
      this.name = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const volume = new docker.Volume(
      name,
      {
        name: daemon,
        ...(args.driver === undefined ? {} : { driver: args.driver }),
        ...(args.driverOptions === undefined ? {} : { driverOpts: args.driverOptions }),
        ...(args.labels === undefined ? {} : { labels: labelBlocks(args.labels) }),
      },
      { parent: this },
    );
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}
