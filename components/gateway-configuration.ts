import type { HttpRoute, RouteArgs, TcpRoute } from "./gateway";

/** What the configuration of a gateway is made from. */
export interface GatewayPlan {
  /** Routes by backend name. */
  readonly routes: ReadonlyMap<string, RouteArgs & { readonly alias: string }>;
  /** Port of plain HTTP inside the container; undefined without. */
  readonly http: number | undefined;
  /** Port of HTTPS inside the container; undefined without. */
  readonly https: number | undefined;
  /** Plain HTTP is answered with a redirect to HTTPS on this host port; undefined where it is served. */
  readonly redirect: number | undefined;
  /** Seconds without a byte after which a connection is closed. */
  readonly idle: number;
}

/** Where the runtime API listens, inside the container only (HAProxy management guide, "Unix Socket commands"). */
export const runtimeApi = "127.0.0.1:9999";

/** Where the master process answers, for the workers that an earlier reload left to finish (`-S`). */
export const masterApi = "127.0.0.1:9998";

/** Ports inside the container that the proxy needs itself. */
export const ownPorts: readonly number[] = [80, 443, 9997, 9998, 9999];

/** Folder of the certificates, and the configuration itself. */
export const paths = {
  configuration: "/slipway/haproxy.cfg",
  certificates: "/slipway/certificates",
  drain: "/slipway/drain",
  run: "/slipway/run",
  passing: "/slipway/passing",
  state: "/slipway/state",
};

/**
 * Proves a new configuration, and writes down where every server is: without that a new worker knows no address until its
 * first answer from the name server, and would refuse requests meanwhile (HAProxy, `server-state-file`).
 */
export const checkScript = `haproxy -c -q -f ${paths.configuration} && printf 'show servers state\\n' | nc ${runtimeApi.replace(":", " ")} > ${paths.state}`;

/**
 * A reload leaves workers behind that finish the connections they have. They neither check servers nor ask the name server
 * any longer, and take no orders about servers (HAProxy issue 1874), but a kept connection may bring them one more request:
 * dockercloud's HAProxy lost it (its issue 172). So they are told by a word in an ACL to pass on what comes to the worker
 * that has taken over; it listens for that on a port of its own. Shell commands that tell all of them.
 */
export const passOn = `for worker in $(printf 'show proc\\n' | nc ${masterApi.replace(":", " ")} | awk '/^#/ { old = /old workers/; next } old { print $1 }'); do
  printf '@!%s add acl ${paths.passing} yes\\n' "$worker" | nc ${masterApi.replace(":", " ")} >/dev/null
done`;

const passedOn = "127.0.0.1:9997";

/** A server without checks must not wait for one. */
const checkless = ".if version_atleast(3.1)\n  default-server init-state up\n.endif\n";

/** How many containers of one route the proxy can know at a time; a replica counts twice while it is replaced. */
export const slots = 32;

/** The text of haproxy.cfg (HAProxy 2.4 and newer). */
export function writeConfiguration(plan: GatewayPlan): string {
  const http = [...plan.routes].flatMap(([name, route]) => ("tcp" in route ? [] : [[name, route] as const]));
  const tcp = [...plan.routes].flatMap(([name, route]) => ("tcp" in route ? [[name, route] as const] : []));
  return [
    globals(plan.idle),
    ...frontends(plan, http),
    ...tcp.map(
      ([name, route]) => `frontend tcp-${name}\n  mode tcp\n  bind :${route.tcp}\n  default_backend ${name}\n`,
    ),
    ...http.map(([name, route]) => httpBackend(name, route)),
    ...tcp.map(([name, route]) => `backend ${name}\n  mode tcp\n  balance leastconn\n${servers(route)}`),
  ].join("\n");
}

function globals(idle: number): string {
  return `global
  log stdout format raw local0 notice
  stats socket ipv4@${runtimeApi} level admin expose-fd listeners
  server-state-file ${paths.state}
  tune.ssl.default-dh-param 2048

defaults
  log global
  timeout connect 3s
  timeout check 5s
  timeout client ${idle}s
  timeout server ${idle}s
  timeout tunnel 24h
  timeout http-request 30s
  # No shorter than clients keep theirs: who closes first meets the other's next request half-way, and a POST is lost.
  timeout http-keep-alive ${idle}s
  option redispatch 1
  load-server-state-from-file global
  retries 3
# Older ones take a container as well until the first check says otherwise. It has the fewest connections then, so two that
# start together are given a refused request by turns until its tries are used up: the first refusal counts as that check.
.if version_atleast(3.1)
  default-server init-state down
.else
  retries 10
  default-server observe layer4 error-limit 1
.endif

# Docker's own name server: an alias has one address for each container that carries it and runs.
resolvers docker
  nameserver docker 127.0.0.11:53
  accepted_payload_size 8192
  resolve_retries 2
  timeout resolve 300ms
  timeout retry 300ms
  hold valid 300ms
  hold obsolete 300ms
  # A daemon that is restarted answers nothing for a while; its containers may run on (live-restore). Checks tell who serves.
  hold timeout 24h
  hold refused 24h
  hold other 24h
`;
}

type Named = readonly [name: string, route: HttpRoute & { readonly alias: string }];

function frontends(plan: GatewayPlan, routes: readonly Named[]): string[] {
  const made: string[] = [];
  const rules = [...routes].sort(([, a], [, b]) => weight(b) - weight(a)).map(([name, route]) => rule(name, route));
  if (plan.http !== undefined && plan.redirect !== undefined) {
    const port = plan.redirect === 443 ? "" : `:${plan.redirect}`;
    const target = `https://%[req.hdr(host),field(1,:)]${port}%[capture.req.uri]`;
    made.push(
      `frontend http\n  mode http\n  bind :${plan.http}\n  http-request redirect code 308 location ${target}\n`,
    );
  } else if (plan.http !== undefined) {
    made.push(
      `frontend http\n  mode http\n  bind :${plan.http}\n${forwarded("http")}${passing}${rules.join("")}${fallback(routes)}`,
    );
  }
  if (plan.https !== undefined) {
    const bind = `  bind :${plan.https} ssl crt ${paths.certificates} alpn h2,http/1.1 ssl-min-ver TLSv1.2\n`;
    made.push(
      `frontend https\n  mode http\n${bind}${forwarded("https")}${passing}${rules.join("")}${fallback(routes)}`,
    );
  }
  const none = '  http-request return status 404 content-type text/plain string "No route leads here.\\n"\n';
  if (made.length === 0) return made;
  const next = `frontend next\n  mode http\n  bind ${passedOn}\n${rules.join("")}${fallback(routes)}`;
  const pass = `backend next_worker\n  mode http\n  option http-server-close\n${checkless}  server next ${passedOn}\n`;
  return [...made, next, pass, `backend no_route\n  mode http\n${none}`];
}

const passing = `  use_backend next_worker if { str(yes) -m str -f ${paths.passing} }\n`;

function forwarded(scheme: string): string {
  return `  option forwardfor\n  option idle-close-on-response\n  http-request set-header X-Forwarded-Proto ${scheme}\n  http-request set-header X-Forwarded-Host %[req.hdr(host)]\n`;
}

/** The most particular route first: a host before none, and the longer path before the shorter. */
function weight({ host, path }: HttpRoute): number {
  return (host === undefined ? 0 : 100_000) + (path ?? "/").length;
}

/** A path leads to what is below it too, by whole segments: `/shop` takes `/shop/1` and leaves `/shopping`. */
function rule(name: string, { host, path }: HttpRoute): string {
  const byHost = host === undefined ? "" : ` { req.hdr(host),field(1,:),lower -m str ${host.toLowerCase()} }`;
  const folder = path?.replace(/\/+$/, "") ?? "";
  const exact = `{ path -m str ${folder} }`;
  const below = `{ path -m beg ${folder}/ }`;
  if (folder === "" && byHost === "") return "";
  if (folder === "") return `  use_backend ${name} if${byHost}\n`;
  return `  use_backend ${name} if${byHost} ${exact} or${byHost} ${below}\n`;
}

/** What takes every request that no rule does; the answer's name has an underscore, which no route's has. */
function fallback(routes: readonly Named[]): string {
  const whole = routes.find(([, { host, path }]) => host === undefined && (path ?? "/") === "/");
  return `  default_backend ${whole?.[0] ?? "no_route"}\n`;
}

function httpBackend(name: string, route: HttpRoute & { readonly alias: string }): string {
  const check =
    route.health === undefined
      ? ""
      : `  option httpchk\n  http-check send meth GET uri ${route.health} hdr Host ${route.host ?? "localhost"}\n  http-check expect rstatus ^[23]\n`;
  // A request that changes something may have been taken already when the connection breaks: it is not sent twice. So it must
  // not go over a kept connection, which the application may close in the same moment (HAProxy issue 1423): each request gets
  // one of its own.
  const retry =
    "  option http-server-close\n  retry-on conn-failure empty-response\n  http-request disable-l7-retry unless METH_GET or METH_HEAD\n";
  return `backend ${name}\n  mode http\n  balance leastconn\n${check}${retry}${servers(route)}`;
}

function servers({ alias, port }: (HttpRoute | TcpRoute) & { readonly alias: string }): string {
  const resolve = "resolvers docker resolve-prefer ipv4 init-addr last,none";
  const check = "check inter 1s fastinter 250ms downinter 250ms rise 1 fall 3";
  return `  server-template s 1-${slots} ${alias}:${port} ${resolve} ${check}\n`;
}
