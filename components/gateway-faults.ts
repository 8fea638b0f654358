import { parseDuration } from "../values/duration";
import type { Fault } from "../values/fault";
import type { GatewayArgs, HttpRoute, Listeners, RouteArgs, TcpRoute } from "./gateway";
import { type Known, listFaults, unknownFaults } from "./known";

/** What the name of a route looks like. */
export const routeName = /^[a-z][a-z0-9-]*$/i;

const known: Known<GatewayArgs<Record<string, RouteArgs>>> = {
  certificates: "list",
  drainTimeout: true,
  http: true,
  https: true,
  idleTimeout: true,
  image: true,
  name: true,
  redirect: true,
  routes: true,
  transform: true,
};
const knownHttp: Known<HttpRoute> = { health: true, host: true, path: true, port: true };
const knownTcp: Known<TcpRoute> = { port: true, tcp: true };

type Args = Pick<GatewayArgs<Record<string, RouteArgs>>, "https" | "certificates" | "idleTimeout" | "drainTimeout">;

/** Everything that is wrong with the arguments of a gateway, its ports left out. */
export function gatewayFaults(name: string, args: Args, routes: ReadonlyMap<string, RouteArgs>): Fault[] {
  const subject = `Gateway "${name}"`;
  const faults: Fault[] = [...unknownFaults(subject, args, known), ...listFaults(subject, args, known)];
  const places = new Map<string, string>();
  const names = new Map<string, string>();
  if (routes.size === 0) {
    faults.push({ subject, path: "routes", problem: "are none", advice: "Name one route at least." });
  }
  for (const [key, route] of routes) {
    const at = `routes.${key}`;
    if (!routeName.test(key)) {
      const advice = "Use letters, digits and `-`, the first a letter.";
      faults.push({ subject, path: at, value: key, problem: "is no name of a route", advice });
    }
    const twin = names.get(key.toLowerCase());
    names.set(key.toLowerCase(), key);
    if (twin !== undefined) {
      const advice = "Names on a network know no case: give one of the two another name.";
      faults.push({ subject, path: at, problem: `is the same as route "${twin}"`, advice });
    }
    faults.push(...unknownFaults(subject, route, "tcp" in route ? knownTcp : knownHttp, at));
    if ("tcp" in route) continue;
    if (route.host !== undefined && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(route.host)) {
      const advice = "Write it without scheme, port and path.";
      faults.push({ subject, path: `${at}.host`, value: route.host, problem: "is no host name", advice });
    }
    for (const field of ["path", "health"] as const) {
      const value = route[field];
      // A health check may ask a question; a route leads by the path alone.
      const path = field === "health" ? value?.replace("?", "") : value;
      if (path === undefined || /^\/[\w\-./~%!$&()*+,;=:@]*$/.test(path)) continue;
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

/** Ports that are none, and host ports that the gateway would have twice. */
export function portFaults(name: string, listens: Listeners, routes: ReadonlyMap<string, RouteArgs>): Fault[] {
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
