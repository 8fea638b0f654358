import * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../values/duration";
import type { Fault } from "../values/fault";
import { daemonName } from "../values/name";
import type { PortSpec } from "../values/port";
import type { Quantity } from "../values/quantity";
import { Container, type ContainerArgs, type EndpointArgs, type MountArgs, type Restart } from "./container";
import { type Dependency, dependenciesOf } from "./dependency";
import type { Route } from "./gateway";
import { paths } from "./gateway-configuration";
import { type Health, healthcheckOf } from "./health";
import { Image, type ImageArgs } from "./image";
import { Network } from "./network";
import { refuse } from "./refusal";

/** How a new version takes the place of the old one. */
export interface Rollout {
  /**
   * `start-first` starts the new container beside the old one and stops the old one once the new one is healthy;
   * `stop-first` stops the old one first, for what two can't have at once.
   * @default "stop-first" with host ports of its own, else "start-first"
   */
  readonly order?: "start-first" | "stop-first";
  /** How many replicas are replaced at a time; there are never more containers than `replicas` and `batch` together. @default 1 */
  readonly batch?: number;
}

/** What an {@link App} is. */
export interface AppArgs {
  /** An {@link Image}, a reference, or what to build one from. */
  readonly image: Image | pulumi.Input<string> | ImageArgs;
  /** Number of containers, 0 or more. @default 1 */
  readonly replicas?: number;
  /** Environment variables: plain, Pulumi secrets, or outputs of other components. @default the image's */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Arguments of the entrypoint. @default the image's CMD */
  readonly command?: readonly pulumi.Input<string>[];
  /** Host ports of its own; behind a gateway it needs none. @default none */
  readonly ports?: readonly PortSpec[];
  /** A route of a gateway, of this stack (`gateway.routes.NAME`) or of another one. @default none */
  readonly route?: pulumi.Input<Route>;
  /** Volumes, folders and memory to mount. @default none */
  readonly volumes?: readonly MountArgs[];
  /** Further networks to be on, under the app's name. @default a network of its own */
  readonly networks?: readonly (Network | EndpointArgs)[];
  /** How it says whether it is well; `up` waits for it. @default a check of the image's own counts if there is one */
  readonly health?: Health;
  /** Longest time in which a container must become healthy. @default "1m" */
  readonly healthTimeout?: Duration;
  /** Limits of each container. @default none */
  readonly resources?: { readonly memory?: Quantity; readonly cpus?: number };
  /** @default "unless-stopped" */
  readonly restart?: Restart;
  /** Log files of each container: `json-file`, rotated. @default { maxSize: "10m", maxFiles: 3 } */
  readonly logs?: { readonly maxSize?: Quantity; readonly maxFiles?: number };
  /** Time between the stop signal and the kill. @default "10s" */
  readonly stopTimeout?: Duration;
  /** What must be there first, and roll out first. @default nothing */
  readonly dependsOn?: readonly Dependency[];
  /** How a new version takes the place of the old one. */
  readonly rollout?: Rollout;
  /** User or user:group that runs it. @default the image's USER */
  readonly user?: string;
  /** Labels on the daemon. @default none */
  readonly labels?: ContainerArgs["labels"];
}

/** An application: its image, its containers, its network, behind one typed object. */
export class App extends pulumi.ComponentResource {
  /** Its containers, in the order of their numbers. */
  readonly containers: readonly Container[];
  /** The network of its own, where other components find it under its name; undefined where `networks` are given. */
  readonly network: Network | undefined;
  /** Name under which it is found on its networks. */
  readonly host: string;
  /** Reference or id of its image. */
  readonly image: pulumi.Output<string>;
  /** `http://HOST:PORT` of its first host port; undefined without one. */
  readonly url: pulumi.Output<string | undefined>;
  /** True where `up` waits until it is healthy. */
  readonly isHealthChecked: boolean;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: AppArgs, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:App", name, {}, options);
    const refused = refuse(faultsOf(name, args));
    const image = this.imageOf(name, args.image);
    this.image = image instanceof Image ? image.id : pulumi.output(image);
    this.host = name;
    this.network = args.networks === undefined ? new Network(name, {}, { parent: this }) : undefined;
    this.isHealthChecked = args.health !== undefined;
    const dependencies = dependenciesOf(`App "${name}"`, args.dependsOn ?? []);
    const replicas = refused ? 0 : (args.replicas ?? 1);
    const batch = args.rollout?.batch ?? 1;
    const containers: Container[] = [];
    for (let number = 1; number <= replicas; number++) {
      // A chain: each replica waits for the one that is a batch before it, so that no more than a batch is under way.
      const before = containers[number - 1 - batch];
      containers.push(
        new Container(`${name}-${number}`, this.containerArgs(name, args, image, number, replicas), {
          parent: this,
          dependsOn: [...dependencies, ...(before === undefined ? [] : [before])],
        }),
      );
    }
    this.containers = containers;
    this.url = containers[0]?.url ?? pulumi.output(undefined);
    this.registerOutputs({ image: this.image, url: this.url, host: this.host });
  }

  private imageOf(name: string, image: AppArgs["image"]): Image | pulumi.Input<string> {
    return isImageArgs(image) ? new Image(name, image, { parent: this }) : image;
  }

  private containerArgs(
    name: string,
    args: AppArgs,
    image: Image | pulumi.Input<string>,
    number: number,
    replicas: number,
  ): ContainerArgs {
    const route = args.route === undefined ? undefined : pulumi.output(args.route);
    const own = (args.networks ?? (this.network === undefined ? [] : [this.network])).map((one) =>
      underName(one, name),
    );
    const routed = route === undefined ? [] : [{ network: route.network, aliases: [route.alias] }];
    const health = args.health === undefined ? undefined : healthcheckOf(args.health);
    const logs = { maxSize: "10m" as const, maxFiles: 3, ...args.logs };
    return {
      image,
      networks: [...own, ...routed],
      logs,
      replicaOf: { app: name, number, count: replicas },
      order: args.rollout?.order ?? ((args.ports ?? []).length > 0 ? "stop-first" : "start-first"),
      ...(route === undefined ? {} : { beforeStop: [drain(route)] }),
      ...given("env", args.env),
      ...given("command", args.command),
      ...given("ports", args.ports),
      ...given("mounts", args.volumes),
      ...given("healthcheck", health),
      ...(args.health === "image" ? { waitForHealth: true } : {}),
      ...given("healthTimeout", args.healthTimeout),
      ...given("memory", args.resources?.memory),
      ...given("cpus", args.resources?.cpus),
      ...given("restart", args.restart),
      ...given("stopTimeout", args.stopTimeout),
      ...given("user", args.user),
      ...given("labels", args.labels),
    };
  }
}

/** The command that takes a container out of the proxy before it is stopped; it is executed in the gateway. */
function drain(route: pulumi.Output<Route>): NonNullable<ContainerArgs["beforeStop"]>[number] {
  return {
    container: route.gateway,
    command: ["sh", paths.drain, route.backend, route.drain.apply(String)],
  };
}

function underName(endpoint: Network | EndpointArgs, name: string): EndpointArgs {
  const { network, aliases = [] } = endpoint instanceof Network ? { network: endpoint } : endpoint;
  return { network, aliases: [...new Set([name, ...aliases])] };
}

function isImageArgs(image: AppArgs["image"]): image is ImageArgs {
  return (
    typeof image === "object" &&
    !(image instanceof Image) &&
    !pulumi.Output.isInstance(image) &&
    !(image instanceof Promise)
  );
}

function faultsOf(name: string, args: AppArgs): Fault[] {
  const subject = `App "${name}"`;
  const faults: Fault[] = [];
  const { replicas = 1, rollout = {}, ports = [], volumes = [] } = args;
  const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;
  if (!whole(replicas, 0)) {
    faults.push({
      subject,
      path: "replicas",
      value: replicas,
      problem: "is no number of containers",
      advice: "Use 0, 1, 2 …",
    });
  }
  if (rollout.batch !== undefined && !whole(rollout.batch, 1)) {
    faults.push({
      subject,
      path: "rollout.batch",
      value: rollout.batch,
      problem: "is no number of replicas",
      advice: "Use 1, 2 …",
    });
  }
  const isFixed = (port: PortSpec): boolean =>
    typeof port === "string" ? port.includes(":") : port.host !== undefined;
  const fixed = ports.findIndex(isFixed);
  if (replicas > 1 && fixed >= 0) {
    const advice = "Put it behind a Gateway, leave the host port to the Engine, or use one replica.";
    const problem = `can't be published by ${replicas} replicas at once`;
    faults.push({ subject, path: `ports[${fixed}]`, value: ports[fixed], problem, advice });
  }
  if (rollout.order === "start-first" && fixed >= 0) {
    const advice = 'Use "stop-first", or put it behind a Gateway.';
    faults.push({
      subject,
      path: "rollout.order",
      value: "start-first",
      problem: "does not go with a host port of its own",
      advice,
    });
  }
  const seconds = new Set<string>();
  volumes.forEach((mount, index) => {
    if (seconds.has(mount.target)) {
      faults.push({
        subject,
        path: `volumes[${index}].target`,
        value: mount.target,
        problem: "is mounted twice",
        advice: "Keep one of the two.",
      });
    }
    seconds.add(mount.target);
  });
  if (replicas > 0) {
    const longest = daemonName(pulumi.getProject(), pulumi.getStack(), `${name}-${replicas}`);
    if (longest.length > 200)
      faults.push({ subject, value: longest, problem: "gives a container name that is too long" });
  }
  return faults;
}

function given<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  if (value === undefined) return {};
  const property: { [name in K]?: V } = {};
  property[key] = value;
  return property;
}
