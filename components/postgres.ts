import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "../values/fault";
import type { PortSpec } from "../values/port";
import type { Quantity } from "../values/quantity";
import { Container, type ContainerArgs, type EndpointArgs } from "./container";
import { given } from "./given";
import { healthcheckOf } from "./health";
import type { Image } from "./image";
import { type Known, listed, listFaults, unknownFaults } from "./known";
import { Network, type NetworkArgs } from "./network";
import { refuse, unknownOutput } from "./refusal";
import { type Transform, transformed } from "./transform";
import { Volume, type VolumeArgs } from "./volume";

/** What a {@link Postgres} is made with. */
export interface PostgresArgs {
  /** An image that takes the variables of the official one. A new major version needs a dump and a restore. @default "postgres:17-alpine" */
  readonly image?: Image | pulumi.Input<string>;
  /** Name of the database. @default "app" */
  readonly database?: string;
  /** Name of its owner. @default "app" */
  readonly user?: string;
  /** Password of the owner; it is secret by itself. @default a random one, made once and kept in the stack's state */
  readonly password?: pulumi.Input<string>;
  /** Host ports, such as `"127.0.0.1:5432:5432"`. @default none */
  readonly ports?: readonly PortSpec[];
  /** Further networks to be on, under its name. @default a network of its own */
  readonly networks?: readonly (Network | EndpointArgs)[];
  /** Memory limit. @default none */
  readonly memory?: Quantity;
  /** Further environment variables, as the image takes them. @default none */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Names on the daemon: the container and network `NAME`, the volume `NAME-data`. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /**
   * Refuses to delete the data: a destroy, or a removal from the program, stops before anything is deleted.
   * @default true; `false` lets a stack for development be taken down with its data
   */
  readonly protect?: boolean;
  /** Changes to what its children are made with. @default nothing */
  readonly transform?: PostgresTransform;
}

/** Changes to what the children of a {@link Postgres} are made with, before they check it. */
export interface PostgresTransform {
  /** The network of its own. @default nothing */
  readonly network?: Transform<NetworkArgs>;
  /** The volume with its data. @default nothing */
  readonly volume?: Transform<VolumeArgs>;
  /** The container. @default nothing */
  readonly container?: Transform<ContainerArgs>;
}

/**
 * A PostgreSQL database: its data on a named volume that is protected and outlives the stack, its password made once and
 * kept secret in the state, healthy when it takes connections.
 */
export class Postgres extends pulumi.ComponentResource {
  /** `postgresql://USER:PASSWORD@HOST:5432/DATABASE`, for containers on one of its networks; secret. */
  readonly connectionString: pulumi.Output<string>;
  /** Password of the owner; secret. */
  readonly password: pulumi.Output<string>;
  /** Name under which it is found on its networks. */
  readonly host: string;
  /** Its networks, the one of its own or those given: what must reach it joins one of them. */
  readonly networks: readonly (Network | EndpointArgs)[];
  /** The volume with its data. */
  readonly volume: Volume;
  /** The container that it runs in. */
  readonly container: Container;
  /** True: `up` waits until it takes connections. */
  readonly isHealthChecked = true;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: PostgresArgs = {}, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Postgres", name, {}, options);
    const { database = "app", user = "app", image = "postgres:17-alpine", transform = {} } = args;
    refuse(faultsOf(name, args, { database, user }));
    const names = given("name", args.name);
    this.host = name;
    this.password =
      args.password === undefined ? this.generated(name, args.protect ?? true) : pulumi.secret(args.password);
    this.networks =
      args.networks === undefined
        ? [new Network(name, transformed(names, transform.network), { parent: this })]
        : listed(args.networks);
    const data = args.name === undefined ? {} : { name: `${args.name}-data` };
    this.volume = new Volume(`${name}-data`, transformed(data, transform.volume), {
      parent: this,
      protect: args.protect ?? true,
    });
    const wanted: ContainerArgs = {
      ...names,
      image,
      env: {
        ...args.env,
        POSTGRES_DB: database,
        POSTGRES_USER: user,
        POSTGRES_PASSWORD: this.password,
        // Below the mount: the image refuses a folder that is not empty, and a file system may have a lost+found.
        PGDATA: "/var/lib/postgresql/data/pgdata",
      },
      mounts: [{ volume: this.volume, target: "/var/lib/postgresql/data" }],
      networks: this.networks.map((one) => {
        const { network, aliases = [] } = one instanceof Network ? { network: one } : one;
        return { network, aliases: [...new Set([name, ...aliases])] };
      }),
      // Two servers must never have one data folder.
      order: "stop-first",
      stopSignal: "SIGINT",
      stopTimeout: "1m",
      ...healthOf(user, database),
      ...(args.ports === undefined ? {} : { ports: args.ports }),
      ...(args.memory === undefined ? {} : { memory: args.memory }),
    };
    this.container = new Container(name, transformed(wanted, transform.container), { parent: this });
    const encoded = this.password.apply(encodeURIComponent);
    const address = pulumi.interpolate`postgresql://${user}:${encoded}@${this.host}:5432/${database}`;
    // Whoever connects must wait for the database, so the address comes out of the container: by its name and not its id,
    // which a preview of a replacement does not know, or everything that connects would seem to change too.
    this.connectionString = pulumi.secret(pulumi.all([address, this.container.name]).apply(([text]) => text));
    this.registerOutputs({ connectionString: this.connectionString, host: this.host });
  }

  /** The first value is the one that is kept: the input of later runs is ignored. Data whose password is gone is lost too. */
  private generated(name: string, protect: boolean): pulumi.Output<string> {
    if (!Object.hasOwn(pulumi, "Stash")) {
      const problem = "can't be made once and kept by this version of @pulumi/pulumi";
      const advice = "Update @pulumi/pulumi, or give a password.";
      refuse([{ subject: `Postgres "${name}"`, path: "password", problem, advice }]);
      return unknownOutput();
    }
    const input = pulumi.secret(randomBytes(24).toString("base64url"));
    const kept = new pulumi.Stash(`${name}-password`, { input }, { parent: this, protect, ignoreChanges: ["input"] });
    return pulumi.secret(kept.output.apply(String));
  }
}

function healthOf(user: string, database: string) {
  // By TCP: while the image initialises its data, the server listens on its socket only.
  const command = ["pg_isready", "-q", "-h", "127.0.0.1", "-U", user, "-d", database];
  const healthcheck = healthcheckOf({ command, interval: "2s", retries: 15 });
  return { healthTimeout: "2m" as const, ...(healthcheck === undefined ? {} : { healthcheck }) };
}

const known: Known<PostgresArgs> = {
  database: true,
  env: true,
  image: true,
  memory: true,
  name: true,
  networks: "list",
  password: true,
  ports: "list",
  protect: true,
  transform: true,
  user: true,
};

function faultsOf(name: string, args: PostgresArgs, values: Readonly<Record<string, string>>): Fault[] {
  const subject = `Postgres "${name}"`;
  const faults = Object.entries(values).flatMap(([path, value]): Fault[] => {
    if (/^[a-z_][a-z0-9_]{0,62}$/i.test(value)) return [];
    const advice = "Use letters, digits and `_`, at most 63, the first no digit.";
    return [{ subject, path, value, problem: "is no identifier", advice }];
  });
  const own = Object.keys(args.env ?? {}).filter((key) =>
    ["POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "PGDATA"].includes(key),
  );
  for (const key of own) {
    const advice = "Use `database`, `user` and `password`; the folder is fixed.";
    faults.push({ subject, path: `env.${key}`, problem: "is what the component says itself", advice });
  }
  return [...unknownFaults(subject, args, known), ...listFaults(subject, args, known), ...faults];
}
