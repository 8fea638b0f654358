import * as pulumi from "@pulumi/pulumi";
import type { Duration } from "../values/duration";
import type { PortSpec } from "../values/port";
import type { Quantity } from "../values/quantity";
import { appFaults, containerArgs } from "./app-arguments";
import { Container, type ContainerArgs, type EndpointArgs, type MountArgs, type Restart } from "./container";
import { type Dependency, dependenciesOf, dependencyFaults } from "./dependency";
import { paths } from "./gateway-configuration";
import { given } from "./given";
import type { Health } from "./health";
import { Image, type ImageArgs } from "./image";
import { listed } from "./known";
import { Network, type NetworkArgs } from "./network";
import { refuse } from "./refusal";
import { checkedRoute, type Route } from "./route";
import { type Transform, transformed } from "./transform";

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

/** Changes to what the children of an {@link App} are made with, before they check it. */
export interface AppTransform {
  /** The image that it builds. @default nothing */
  readonly image?: Transform<ImageArgs>;
  /** The network of its own. @default nothing */
  readonly network?: Transform<NetworkArgs>;
  /** Each container, with its number from 1 on. @default nothing */
  readonly container?: (args: ContainerArgs, number: number) => ContainerArgs;
}

/** What an {@link App} is. */
export interface AppArgs {
  /** An {@link Image}, a reference, or what to build one from. */
  readonly image: Image | pulumi.Input<string> | ImageArgs;
  /** What its names on the daemon begin with: containers `NAME-1` and on, network and image `NAME`. @default `<project>-<stack>-<name>` */
  readonly name?: string;
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
  readonly resources?: AppResources;
  /** When the Engine starts a container again after it has ended. @default "unless-stopped" */
  readonly restart?: Restart;
  /** Log files of each container: `json-file`, rotated. @default { maxSize: "10m", maxFiles: 3 } */
  readonly logs?: AppLogs;
  /** Time between the stop signal and the kill. @default "10s" */
  readonly stopTimeout?: Duration;
  /** What must be there first, and roll out first. @default nothing */
  readonly dependsOn?: readonly Dependency[];
  /** How a new version takes the place of the old one. @default one replica at a time */
  readonly rollout?: Rollout;
  /** User or user:group that runs it. @default the image's USER */
  readonly user?: string;
  /** Labels on the daemon. @default none */
  readonly labels?: ContainerArgs["labels"];
  /** Changes to what its children are made with. @default nothing */
  readonly transform?: AppTransform;
}

/** Limits of each container of an {@link App}. */
export interface AppResources {
  /** Memory: bytes or text such as `"512m"`, in whole MiB. @default none */
  readonly memory?: Quantity;
  /** Processors, such as 0.5. @default all */
  readonly cpus?: number;
}

/** Log files of each container of an {@link App}. */
export interface AppLogs {
  /** Size at which a new file is begun. @default "10m" */
  readonly maxSize?: Quantity;
  /** Number of files that are kept, 1 or more. @default 3 */
  readonly maxFiles?: number;
}

/** An application: its image, its containers, its network, behind one typed object. */
export class App extends pulumi.ComponentResource {
  /** Its containers, in the order of their numbers. */
  readonly containers: readonly Container[];
  /** The network of its own, where other components find it under its name; undefined where `networks` are given. */
  readonly network: Network | undefined;
  /** Name under which it is found on its networks. */
  readonly host: string;
  /** What builds its image; undefined where that is a reference, or an Image of somebody else's. */
  readonly build: Image | undefined;
  /** Reference or id of its image. */
  readonly image: pulumi.Output<string>;
  /** `http://HOST:PORT` of its first host port; undefined without one. */
  readonly url: pulumi.Output<string | undefined>;
  /** True where `up` waits until it is healthy. */
  readonly isHealthChecked: boolean;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: AppArgs, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:App", name, {}, options);
    const dependsOn = listed(args.dependsOn);
    const refused = refuse([...appFaults(name, args), ...dependencyFaults(`App "${name}"`, this, dependsOn)]);
    const { image, transform = {} } = args;
    const names = given("name", args.name);
    const own = isImageArgs(image) ? transformed({ ...names, ...image }, transform.image) : undefined;
    this.build = own === undefined ? undefined : new Image(name, own, { parent: this });
    const used = this.build ?? (isImageArgs(image) ? "" : image);
    this.image = used instanceof Image ? used.id : pulumi.output(used);
    this.host = name;
    this.network =
      args.networks === undefined
        ? new Network(name, transformed(names, transform.network), { parent: this })
        : undefined;
    this.isHealthChecked = args.health !== undefined;
    const { batch, replicas } = { batch: 1, ...args.rollout, replicas: refused ? 0 : (args.replicas ?? 1) };
    const places = refused ? {} : this.placesOf(name, args);
    const containers: Container[] = [];
    for (let number = 1; number <= replicas; number++) {
      // A chain: each replica waits for the one that is a batch before it, so that no more than a batch is under way.
      const before = containers[number - 1 - batch];
      const wanted: ContainerArgs = {
        ...containerArgs(args),
        ...places,
        image: used,
        ...(args.name === undefined ? {} : { name: `${args.name}-${number}` }),
        replicaOf: { app: name, number, count: replicas },
      };
      containers.push(
        new Container(`${name}-${number}`, transform.container?.(wanted, number) ?? wanted, {
          parent: this,
          dependsOn: [...dependenciesOf(dependsOn), ...(before === undefined ? [] : [before])],
        }),
      );
    }
    this.containers = containers;
    this.url = containers[0]?.url ?? pulumi.output(undefined);
    this.registerOutputs({ image: this.image, url: this.url, host: this.host });
  }

  /** The networks of a container, and how it leaves the gateway before it is stopped. */
  private placesOf(name: string, args: AppArgs): Pick<ContainerArgs, "networks" | "beforeStop"> {
    const route = args.route === undefined ? undefined : checkedRoute(`App "${name}"`, args.route);
    const own = (args.networks ?? (this.network === undefined ? [] : [this.network])).map((one) =>
      underName(one, name),
    );
    if (route === undefined) return { networks: own };
    return {
      networks: [...own, { network: route.network, aliases: [route.alias] }],
      beforeStop: [drain(route)],
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
