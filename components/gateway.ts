import * as pulumi from "@pulumi/pulumi";
import { type Duration, parseDuration } from "../values/duration";
import type { Fault } from "../values/fault";
import { daemonName } from "../values/name";
import { Container } from "./container";
import {
  checkScript,
  drainScript,
  type GatewayPlan,
  paths,
  runtimeApi,
  writeConfiguration,
} from "./gateway-configuration";
import type { Image } from "./image";
import { Network } from "./network";
import { refuse, unknownOutput } from "./refusal";

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

/** A certificate with its key, PEM texts. */
export interface Certificate {
  /** The certificate, with the intermediate ones after it. */
  readonly certificate: pulumi.Input<string>;
  /** Its private key; it is secret by itself and never shown. */
  readonly key: pulumi.Input<string>;
}

/** Refuses a port of 0 where the type can know it. */
type Checked<Routes> = { readonly [Name in keyof Routes]: Routes[Name] & NoZero<Routes[Name]> };
type NoZero<Route> = Route extends { readonly port: 0 } | { readonly tcp: 0 } ? never : unknown;

/** What a {@link Gateway} routes, and where it listens. */
export interface GatewayArgs<Routes extends Readonly<Record<string, RouteArgs>>> {
  /** Routes by name; an {@link App} takes one by `gateway.routes.NAME`. */
  readonly routes: Checked<Routes>;
  /** Host port of plain HTTP; `false` for none. @default 80 where there is a route for HTTP */
  readonly http?: number | false;
  /** Host port of HTTPS; it needs `certificates`. @default 443 where there are certificates */
  readonly https?: number;
  /** Certificates; the one whose name fits the request is taken. @default none, so no HTTPS */
  readonly certificates?: readonly Certificate[];
  /** Answers plain HTTP with a redirect to HTTPS. @default true where there are certificates */
  readonly redirect?: boolean;
  /** Time without a byte after which a connection is closed; tunnels such as WebSockets have a day. @default "5m" */
  readonly idleTimeout?: Duration;
  /** Longest time that a container of a route may take to finish its requests before it is stopped. @default "30s" */
  readonly drainTimeout?: Duration;
  /** HAProxy 2.4 or newer with sh, awk and nc. @default "haproxy:3.2-alpine" */
  readonly image?: Image | pulumi.Input<string>;
  /** Names of gateway container and network on the daemon. @default `<project>-<stack>-<name>` */
  readonly name?: string;
}

/**
 * A way from a gateway to the containers of one application, as an {@link App} takes it. It is plain data, so a stack can
 * export it and another stack's App can join through a StackReference.
 */
export interface Route {
  /** Name of the gateway's network on the daemon. */
  readonly network: string;
  /** Name under which the gateway finds the containers there. */
  readonly alias: string;
  /** Name of the gateway's container on the daemon. */
  readonly gateway: string;
  /** Name of the backend in the proxy. */
  readonly backend: string;
  /** Port that the application listens on. */
  readonly port: number;
  /** Path that tells whether a container is well. */
  readonly health?: string;
  /** Longest time for draining, in seconds. */
  readonly drain: number;
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
  /** Name of the gateway's container on the daemon. */
  readonly container: pulumi.Output<string>;
  /** `http://localhost:PORT` or `https://localhost:PORT`; undefined with TCP routes only. */
  readonly url: pulumi.Output<string | undefined>;

  /** @throws a {@link SlipwayError} with every fault of the arguments; in a preview when the program ends. */
  constructor(name: string, args: GatewayArgs<Routes>, options?: pulumi.ComponentResourceOptions) {
    super("slipway:index:Gateway", name, {}, options);
    const daemon = args.name ?? daemonName(pulumi.getProject(), pulumi.getStack(), name);
    const routes = new Map<string, RouteArgs>(Object.entries(args.routes));
    const listens = listeners(args, routes);
    const refused = refuse([...faultsOf(name, args, routes), ...portFaults(name, listens, routes)]);
    this.network = new Network(name, { name: daemon }, { parent: this });
    if (refused) {
      this.container = unknownOutput();
      this.url = unknownOutput();
      this.routes = this.handOut(routes, () => unknownOutput());
      this.registerOutputs({});
      return;
    }
    const plan: GatewayPlan = {
      routes: new Map([...routes].map(([key, route]) => [key, { ...route, alias: aliasOf(name, key) }])),
      http: listens.http === undefined ? undefined : 80,
      https: listens.https === undefined ? undefined : 443,
      redirect: args.redirect === false ? undefined : listens.https,
      idle: Math.ceil((parseDuration(args.idleTimeout ?? "5m") ?? 0) / 1000),
    };
    const container = new Container(
      name,
      {
        name: daemon,
        image: args.image ?? "haproxy:3.2-alpine",
        user: "0",
        entrypoint: ["haproxy"],
        command: ["-W", "-db", "-f", paths.configuration],
        networks: [this.network],
        ports: [
          ...(listens.http === undefined ? [] : [{ host: listens.http, container: 80 }]),
          ...(listens.https === undefined ? [] : [{ host: listens.https, container: 443 }]),
          ...[...routes.values()].flatMap((route) =>
            "tcp" in route ? [{ host: route.tcp, container: route.tcp }] : [],
          ),
        ],
        files: [
          { path: paths.configuration, content: writeConfiguration(plan) },
          { path: paths.drain, content: drainScript, mode: 0o755 },
          ...(args.certificates ?? []).map(({ certificate, key }, index) => ({
            path: `${paths.certificates}/${index}.pem`,
            content: pulumi.secret(pulumi.interpolate`${certificate}\n${key}\n`),
            mode: 0o600,
          })),
        ],
        // The master process of -W starts new workers on USR2 and lets the old ones finish.
        reload: { check: ["sh", "-c", checkScript], signal: "USR2" },
        healthcheck: {
          test: `printf 'show info\\n' | nc ${runtimeApi.replace(":", " ")} | grep -q Uptime`,
          interval: "2s",
        },
        stopTimeout: "30s",
        stopSignal: "USR1",
      },
      { parent: this },
    );
    this.container = container.name;
    const scheme = listens.https === undefined ? "http" : "https";
    const port = listens.https ?? listens.http;
    this.url = container.id.apply(() => (port === undefined ? undefined : `${scheme}://localhost:${port}`));
    const drain = Math.ceil((parseDuration(args.drainTimeout ?? "30s") ?? 0) / 1000);
    this.routes = this.handOut(routes, (key, route) =>
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
    this.registerOutputs({ container: this.container, url: this.url, routes: this.routes });
  }

  private handOut(
    routes: ReadonlyMap<string, RouteArgs>,
    make: (key: string, route: RouteArgs) => pulumi.Output<Route>,
  ): { readonly [Name in keyof Routes]: pulumi.Output<Route> } {
    const entries = [...routes].map(([key, route]) => [key, make(key, route)]);
    return Object.fromEntries(entries) as { readonly [Name in keyof Routes]: pulumi.Output<Route> };
  }
}

interface Listeners {
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

function faultsOf(
  name: string,
  args: Pick<GatewayArgs<Record<string, RouteArgs>>, "https" | "certificates" | "idleTimeout" | "drainTimeout">,
  routes: ReadonlyMap<string, RouteArgs>,
): Fault[] {
  const subject = `Gateway "${name}"`;
  const faults: Fault[] = [];
  const places = new Map<string, string>();
  if (routes.size === 0) {
    faults.push({ subject, path: "routes", problem: "are none", advice: "Name one route at least." });
  }
  for (const [key, route] of routes) {
    const at = `routes.${key}`;
    if (!/^[a-z][a-z0-9-]*$/i.test(key)) {
      const advice = "Use letters, digits and `-`, the first a letter.";
      faults.push({ subject, path: at, value: key, problem: "is no name of a route", advice });
    }
    if ("tcp" in route) continue;
    if (route.host !== undefined && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(route.host)) {
      const advice = "Write it without scheme, port and path.";
      faults.push({ subject, path: `${at}.host`, value: route.host, problem: "is no host name", advice });
    }
    for (const field of ["path", "health"] as const) {
      const value = route[field];
      if (value === undefined || /^\/[\w\-./~%!$&'()*+,;=:@]*$/.test(value)) continue;
      faults.push({
        subject,
        path: `${at}.${field}`,
        value,
        problem: "is no path",
        advice: "Start it with `/`, without blanks.",
      });
    }
    const place = `${route.host?.toLowerCase() ?? "any host"} ${(route.path ?? "/").replace(/(.)\/+$/, "$1")}`;
    const other = places.get(place);
    if (other !== undefined) {
      const advice = "Give one of the two another host or path.";
      faults.push({ subject, path: at, value: place, problem: `is taken by route "${other}" already`, advice });
    }
    places.set(place, key);
  }
  if (args.https !== undefined && (args.certificates ?? []).length === 0) {
    faults.push({
      subject,
      path: "https",
      value: args.https,
      problem: "has no certificate",
      advice: "Give `certificates`.",
    });
  }
  for (const field of ["idleTimeout", "drainTimeout"] as const) {
    const value = args[field];
    if (value !== undefined && (parseDuration(value) ?? 0) < 1000) {
      faults.push({
        subject,
        path: field,
        value,
        problem: "is no time of a second or more",
        advice: 'Write it as "30s".',
      });
    }
  }
  return faults;
}

/** Two gateways on one host port are refused too, for as far as one program goes. */
function portFaults(name: string, listens: Listeners, routes: ReadonlyMap<string, RouteArgs>): Fault[] {
  const subject = `Gateway "${name}"`;
  const wanted: [path: string, port: number, isHost: boolean][] = [];
  if (listens.http !== undefined) wanted.push(["http", listens.http, true]);
  if (listens.https !== undefined) wanted.push(["https", listens.https, true]);
  for (const [key, route] of routes) {
    wanted.push([`routes.${key}.port`, route.port, false]);
    if ("tcp" in route) wanted.push([`routes.${key}.tcp`, route.tcp, true]);
  }
  const taken = new Map<number, string>();
  return wanted.flatMap(([path, value, isHost]): Fault[] => {
    if (!Number.isInteger(value) || value < 1 || value > 65535) {
      return [{ subject, path, value, problem: "is not a port", advice: "Use a number from 1 to 65535." }];
    }
    const other = isHost ? taken.get(value) : undefined;
    if (isHost) taken.set(value, path);
    if (other === undefined) return [];
    return [{ subject, path, value, problem: `is taken by ${other} already`, advice: "Use another port." }];
  });
}
