import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { SlipwayError } from "../values/fault";
import { daemonName, isDaemonName } from "../values/name";

/** What a {@link Volume} is made with. */
export interface VolumeArgs {
  /** Its name on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Driver. @default "local" */
  readonly driver?: string;
  /** Options of the driver, such as `{ type: "nfs", … }`. @default none */
  readonly driverOptions?: Readonly<Record<string, string>>;
  /** Labels on the daemon. @default none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A named volume: data that outlives the containers that mount it. */
export class Volume extends pulumi.ComponentResource {
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;

  /** @throws {@link SlipwayError} when the name is none that the Engine accepts. */
  constructor(name: string, args: VolumeArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Volume", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    if (!isDaemonName(daemon)) {
      const advice = "Use letters, digits, `_`, `.` and `-`, two or more, the first a letter or digit.";
      throw new SlipwayError({
        subject: `Volume "${name}"`,
        path: "name",
        value: daemon,
        problem: "is refused",
        advice,
      });
    }
    const volume = new docker.Volume(
      name,
      {
        name: daemon,
        ...(args.driver === undefined ? {} : { driver: args.driver }),
        ...(args.driverOptions === undefined ? {} : { driverOpts: args.driverOptions }),
        ...(args.labels === undefined ? {} : { labels: pairs(args.labels) }),
      },
      { parent: this },
    );
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}

function pairs(labels: Readonly<Record<string, string>>): { label: string; value: string }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
