import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { daemonName, nameFaults } from "../values/name";
import { type Labels, labelBlocks } from "./labels";
import { refuse, unknownOutput } from "./refusal";

/** What a {@link Network} is made with. */
export interface NetworkArgs {
  /** Its name on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Driver. @default "bridge" */
  readonly driver?: string;
  /** No way out to other networks. @default false */
  readonly internal?: boolean;
  /** IPv4 subnet in CIDR form, such as `10.20.0.0/24`. @default one that the Engine chooses */
  readonly subnet?: string;
  /** Labels on the daemon. @default none */
  readonly labels?: Labels;
}

/** A network on which containers reach each other by name and alias. */
export class Network extends pulumi.ComponentResource {
  /** Its id on the daemon. */
  readonly id: pulumi.Output<string>;
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: NetworkArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Network", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    if (refuse(nameFaults(`Network "${name}"`, daemon))) {
      this.id = unknownOutput();
      this.name = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const network = new docker.Network(
      name,
      {
        name: daemon,
        ...(args.driver === undefined ? {} : { driver: args.driver }),
        ...(args.internal === undefined ? {} : { internal: args.internal }),
        ...(args.subnet === undefined ? {} : { ipamConfigs: [{ subnet: args.subnet }] }),
        ...(args.labels === undefined ? {} : { labels: labelBlocks(args.labels) }),
      },
      { parent: this },
    );
    this.id = network.id;
    this.name = network.name;
    this.registerOutputs({ id: this.id, name: this.name });
  }
}
