import * as pulumi from "@pulumi/pulumi";
import { type Duration, parseDuration } from "../values/duration";
import { daemonName } from "../values/name";
import { type Certificate, pemOf } from "./certificate";
import { Container, type ContainerArgs } from "./container";
import { hostOf } from "./docker-host";
import {
  checkScript,
  type GatewayPlan,
  masterApi,
  ownPorts,
  paths,
  runtimeApi,
  writeConfiguration,
} from "./gateway-configuration";
import { drainScript } from "./gateway-drain";
import { gatewayFaults, portFaults, routeName } from "./gateway-faults";
import { runScript } from "./gateway-run";
import type { Image } from "./image";
import { Network, type NetworkArgs } from "./network";
import { refuse, unknownOutput } from "./refusal";
import type { Route } from "./route";
import { type Transform, transformed } from "./transform";

/** A route for HTTP: by host, by path, or both; without either it takes what no other route takes. */
export interface HttpRoute {
  /** Port that the application listens on, 1 to 65535. */
  readonly port: number;
  /** Host name of the request, without a port. @default any */
  readonly host?: string;
  /** Path at or below which the route leads: `/shop` takes `/shop/1`, not `/shopping`. @default "/" */
  readonly path?: `/${string}`;
  /** Path that answers 2xx or 3xx when a container is well, asked on `port`. @default a connection is enough */
  readonly health?: `/${string}`;
}

/** A route for any TCP protocol: a host port of the gateway's own. */
export interface TcpRoute {
  /** Port of the host, 1 to 65535. */
  readonly tcp: number;
  /** Port that the application listens on, 1 to 65535. */
  readonly port: number;
}

/** Where traffic leads. */
export type RouteArgs = HttpRoute | TcpRoute;

/** Refuses a port of 0 where the type can know it. */
type Checked<Routes> = { readonly [Name in keyof Routes]: NoZero<Routes[Name]> };
type NoZero<Route> = Route extends { readonly port: 0 } ? never : Route extends { readonly tcp: 0 } ? never : Route;

/** What a {@link Gateway} routes, and where it listens. */
export interface GatewayArgs<Routes extends Readonly<Record<string, RouteArgs>>> {
  /** Routes by name; an {@link App} takes one by `gateway.routes.NAME`. */
  readonly routes: Routes & Checked<Routes>;
  /** Host port of plain HTTP; `false` for none. @default 80 where there is a route for HTTP */
  readonly http?: number | false;
  /** Host port of HTTPS; it needs `certificates`. @default 443 where there are certificates */
  readonly https?: number;
  /** Certificates; the one whose name fits the request is taken. @default none, so no HTTPS */
  readonly certificates?: readonly Certificate[];
  /** Answers plain HTTP with a redirect to HTTPS. @default true where there are certificates */
  readonly redirect?: boolean;
  /**
   * Time without a byte after which a connection is closed; tunnels such as WebSockets have a day. Behind another load
   * balancer it has to be longer than that one keeps idle connections (AWS 60 s, Google Cloud 600 s). @default "5m"
   */
  readonly idleTimeout?: Duration;
  /** Longest time that a container of a route may take to finish its requests before it is stopped. @default "30s" */
  readonly drainTimeout?: Duration;
  /** HAProxy 2.4 or newer with sh, awk and nc. @default "haproxy:3.2-alpine" */
  readonly image?: Image | pulumi.Input<string>;
  /** Names of gateway container and network on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
  /** Changes to what its children are made with. @default nothing */
  readonly transform?: GatewayTransform;
}

/** Changes to what the children of a {@link Gateway} are made with, before they check it. */
export interface GatewayTransform {
  /** The network that gateway and applications share. @default nothing */
  readonly network?: Transform<NetworkArgs>;
  /** The proxy's container. @default nothing */
  readonly container?: Transform<ContainerArgs>;
}

/**
 * The door of a host: one HAProxy that owns the host ports and leads to the containers of its routes by network alias and
 * health. A new version starts beside the old one and takes the traffic once it is seen healthy on the routed port; the old
 * one is drained and then stopped. A change of routes or certificates is taken up by a reload, without closing a connection.
 */
export class Gateway<const Routes extends Readonly<Record<string, RouteArgs>>> extends pulumi.ComponentResource {
  /** The routes, for `route` of an {@link App} or for export to other stacks. */
  readonly routes: { readonly [Name in keyof Routes]: pulumi.Output<Route> };
  /** The network that the gateway and its applications share. */
  readonly network: Network;
  /** The proxy's container; undefined where the arguments were refused in a preview. */
  readonly container: Container | undefined;
  /** `http://HOST:PORT` or `https://HOST:PORT`, the host as in {@link Container}; undefined with TCP routes only. */
  readonly url: pulumi.Output<string | undefined>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: GatewayArgs<Routes>, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Gateway", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    const routes = new Map<string, RouteArgs>(Object.entries(args.routes));
    const listens = listeners(args, routes);
    const refused = refuse([...gatewayFaults(name, args, routes), ...portFaults(name, listens, routes)]);
    const { transform = {} } = args;
    this.network = new Network(name, transformed({ name: daemon }, transform.network), { parent: this });
    if (refused) {
      this.container = undefined;
      this.url = unknownOutput();
      this.routes = this.handOut(name, routes, () => unknownOutput());
      this.registerOutputs({});
      return;
    }
    const inside = innerPorts(routes);
    const plan: GatewayPlan = {
      routes: new Map(
        [...routes].map(([key, route]) => [
          key,
          { ...route, alias: aliasOf(name, key), ...("tcp" in route ? { tcp: inside.get(key) ?? route.tcp } : {}) },
        ]),
      ),
      http: listens.http === undefined ? undefined : 80,
      https: listens.https === undefined ? undefined : 443,
      redirect: args.redirect === false ? undefined : listens.https,
      idle: Math.ceil((parseDuration(args.idleTimeout ?? "5m") ?? 0) / 1000),
    };
    const wanted: ContainerArgs = {
      name: daemon,
      image: args.image ?? "haproxy:3.2-alpine",
      user: "0",
      entrypoint: ["sh", paths.run],
      command: ["-W", "-db", "-S", masterApi, "-f", paths.configuration],
      networks: [this.network],
      ports: [
        ...(listens.http === undefined ? [] : [{ host: listens.http, container: 80 }]),
        ...(listens.https === undefined ? [] : [{ host: listens.https, container: 443 }]),
        ...[...routes].flatMap(([key, route]) =>
          "tcp" in route ? [{ host: route.tcp, container: inside.get(key) ?? route.tcp }] : [],
        ),
      ],
      files: [
        { path: paths.configuration, content: writeConfiguration(plan) },
        { path: paths.passing, content: "# Filled while it runs: see `passOn`.\n" },
        { path: paths.run, content: runScript, mode: 0o755 },
        { path: paths.drain, content: drainScript, mode: 0o755 },
        ...(args.certificates ?? []).map((certificate, index) => ({
          path: `${paths.certificates}/${index}.pem`,
          content: pemOf(`Gateway "${name}"`, `certificates[${index}]`, certificate),
          mode: 0o600,
        })),
      ],
      // The master process of -W starts new workers on USR2 and lets the old ones finish.
      reload: { check: ["sh", "-c", checkScript], signal: "USR2" },
      healthcheck: {
        test: `printf 'show info\\n' | nc ${runtimeApi.replace(":", " ")} | grep -q Uptime`,
        interval: "2s",
      },
      stopTimeout: "15s",
      stopSignal: "TERM",
    };
    const container = new Container(name, transformed(wanted, transform.container), { parent: this });
    this.container = container;
    const scheme = listens.https === undefined ? "http" : "https";
    const port = listens.https ?? listens.http;
    this.url = pulumi
      .all([hostOf(this), container.name])
      .apply(([host]) => (port === undefined ? undefined : `${scheme}://${host}:${port}`));
    const drain = Math.ceil((parseDuration(args.drainTimeout ?? "30s") ?? 0) / 1000);
    this.routes = this.handOut(name, routes, (key, route) =>
      pulumi.all([this.network.name, container.name]).apply(([network, gateway]) => ({
        network,
        alias: aliasOf(name, key),
        gateway,
        backend: key,
        port: route.port,
        drain,
        ...("health" in route && route.health !== undefined ? { health: route.health } : {}),
      })),
    );
    this.registerOutputs({ container: container.name, url: this.url, routes: this.routes });
  }

  /** The routes by name; a name that is not there is refused also where the compiler did not see the program. */
  private handOut(
    gateway: string,
    routes: ReadonlyMap<string, RouteArgs>,
    make: (key: string, route: RouteArgs) => pulumi.Output<Route>,
  ): { readonly [Name in keyof Routes]: pulumi.Output<Route> } {
    const made = Object.fromEntries([...routes].map(([key, route]) => [key, make(key, route)]));
    const checked = new Proxy(made, {
      get: (target, key) => {
        if (typeof key === "symbol" || key in target || !routeName.test(key) || asked.has(key)) {
          return Reflect.get(target, key);
        }
        const advice = `It has: ${[...routes.keys()].join(", ") || "none"}.`;
        refuse([{ subject: `Gateway "${gateway}"`, path: `routes.${key}`, problem: "is no route of it", advice }]);
        return unknownOutput();
      },
    });
    return checked as { readonly [Name in keyof Routes]: pulumi.Output<Route> };
  }
}

/** What JavaScript and its tools ask of any object, to find out what it is. */
const asked: ReadonlySet<string> = new Set(["then", "toJSON", "inspect", "nodeType", "asymmetricMatch"]);

/** Host ports of HTTP and HTTPS. */
export interface Listeners {
  readonly http: number | undefined;
  readonly https: number | undefined;
}

function listeners(
  args: Pick<GatewayArgs<Record<string, RouteArgs>>, "http" | "https" | "certificates">,
  routes: ReadonlyMap<string, RouteArgs>,
): Listeners {
  const anyHttp = [...routes.values()].some((route) => !("tcp" in route));
  const encrypted = (args.certificates ?? []).length > 0;
  const http = args.http === false ? undefined : (args.http ?? (anyHttp ? 80 : undefined));
  return { http, https: args.https ?? (encrypted ? 443 : undefined) };
}

/** The alias of a route on the gateway's network. */
function aliasOf(gateway: string, route: string): string {
  return `${gateway}-${route}`.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
}

/** The ports of TCP routes inside the container: the host's, where the proxy does not need that one itself. */
function innerPorts(routes: ReadonlyMap<string, RouteArgs>): ReadonlyMap<string, number> {
  const wanted = [...routes].flatMap(([key, route]) => ("tcp" in route ? [[key, route.tcp] as const] : []));
  const taken = new Set([...ownPorts, ...wanted.map(([, port]) => port)]);
  return new Map(
    wanted.map(([key, port]) => {
      if (!ownPorts.includes(port)) return [key, port];
      let free = port;
      while (taken.has(free)) free = (free % 65_535) + 1;
      taken.add(free);
      return [key, free];
    }),
  );
}
