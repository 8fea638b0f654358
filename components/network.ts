import * as pulumi from "@pulumi/pulumi";
import { EngineNetwork, type EngineNetworkArgs } from "../resources/network";
import type { Fault } from "../values/fault";
import { daemonName, nameFaults } from "../values/name";
import { parseSubnet } from "../values/subnet";
import { claim } from "./claims";
import { type Known, unknownFaults } from "./known";
import { type Labels, labelBlocks } from "./labels";
import { refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";

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
  /** Changes what the Engine's resource is made with. @default nothing */
  readonly transform?: Transform<EngineNetworkArgs>;
}

/** A network on which containers reach each other by name and alias. */
export class Network extends pulumi.ComponentResource {
  /** The resource behind it; undefined where the arguments were refused in a preview. */
  readonly resource: EngineNetwork | undefined;
  /** Its id on the daemon. */
  readonly id: pulumi.Output<string>;
  /** Its name on the daemon. */
  readonly name: pulumi.Output<string>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: NetworkArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Network", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    const subject = `Network "${name}"`;
    const claimed = claim(this, subject, [{ kind: "network", name: daemon, path: "name" }]);
    if (refuse([...faultsOf(subject, daemon, args), ...claimed])) {
      this.resource = undefined;
      this.id = unknownOutput();
      this.name = unknownOutput();
      this.registerOutputs({});
      return;
    }
    const wanted: EngineNetworkArgs = {
      name: daemon,
      ...(args.driver === undefined ? {} : { driver: args.driver }),
      ...(args.internal === undefined ? {} : { internal: args.internal }),
      ...(args.subnet === undefined ? {} : { ipamConfigs: [{ subnet: args.subnet }] }),
      ...(args.labels === undefined ? {} : { labels: labelBlocks(args.labels) }),
    };
    const network = new EngineNetwork(name, transformed(wanted, args.transform), { parent: this });
    this.resource = network;
    this.id = network.id;
    this.name = network.name;
    this.registerOutputs({ id: this.id, name: this.name });
  }
}

const known: Known<NetworkArgs> = {
  driver: true,
  internal: true,
  labels: true,
  name: true,
  subnet: true,
  transform: true,
};

function faultsOf(subject: string, daemon: string, args: NetworkArgs): Fault[] {
  const faults = [...nameFaults(subject, daemon), ...unknownFaults(subject, args, known)];
  if (args.subnet !== undefined && parseSubnet(args.subnet) === undefined) {
    const advice = "Write it in CIDR form, such as 10.20.0.0/24.";
    faults.push({ subject, path: "subnet", value: args.subnet, problem: "is no subnet", advice });
  }
  return faults;
}
