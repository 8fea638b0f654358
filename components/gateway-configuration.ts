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
export const runtimePort = 9999;
export const runtimeApi = `127.0.0.1:${runtimePort}`;

/** Folder of the certificates, and the configuration itself. */
export const paths = {
  configuration: "/slipway/haproxy.cfg",
  certificates: "/slipway/certificates",
  drain: "/slipway/drain",
  state: "/slipway/state",
};

/**
 * Proves a new configuration, and writes down where every server is: without that a new worker knows no address until its
 * first answer from the name server, and would refuse requests meanwhile (HAProxy, `server-state-file`).
 */
export const checkScript = `haproxy -c -q -f ${paths.configuration} && printf 'show servers state\\n' | nc ${runtimeApi.replace(":", " ")} > ${paths.state}`;

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
  timeout client ${idle}s
  timeout server ${idle}s
  timeout tunnel 24h
  timeout http-request 30s
  timeout http-keep-alive 60s
  option redispatch 1
  load-server-state-from-file global
  retries 3
# Older ones take a container as well until the first check says otherwise; a refused connection goes to another one then.
.if version_atleast(3.1)
  default-server init-state down
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
      `frontend http\n  mode http\n  bind :${plan.http}\n${forwarded("http")}${rules.join("")}${fallback(routes)}`,
    );
  }
  if (plan.https !== undefined) {
    const bind = `  bind :${plan.https} ssl crt ${paths.certificates} alpn h2,http/1.1 ssl-min-ver TLSv1.2\n`;
    made.push(`frontend https\n  mode http\n${bind}${forwarded("https")}${rules.join("")}${fallback(routes)}`);
  }
  const none = '  http-request return status 404 content-type text/plain string "No route leads here.\\n"\n';
  return made.length === 0 ? made : [...made, `backend no_route\n  mode http\n${none}`];
}

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
  // A request that changes something may have been taken already when the connection breaks: it is not sent twice.
  const retry =
    "  retry-on conn-failure empty-response\n  http-request disable-l7-retry unless METH_GET or METH_HEAD\n";
  return `backend ${name}\n  mode http\n  balance leastconn\n${check}${retry}${servers(route)}`;
}

function servers({ alias, port }: (HttpRoute | TcpRoute) & { readonly alias: string }): string {
  const resolve = "resolvers docker resolve-prefer ipv4 init-addr last,none";
  const check = "check inter 400ms fastinter 200ms rise 1 fall 2";
  return `  server-template s 1-${slots} ${alias}:${port} ${resolve} ${check}\n`;
}

/**
 * Drains one container through the proxy; executed inside the gateway before a container of a route is stopped, with
 * SLIPWAY_ADDRESSES and, where another takes its place, SLIPWAY_SUCCESSOR_ADDRESSES. Fails when the successor is not
 * seen healthy on the routed port: the swap is then taken back. Needs sh, awk and nc.
 */
export const drainScript = `#!/bin/sh
# usage: drain BACKEND SECONDS
backend=$1
end=$(($(date +%s) + $2))
ask() { printf '%s\\n' "$1" | nc 127.0.0.1 9999; }
late() { [ "$(date +%s)" -ge "$end" ]; }
# Names of the servers of which an awk condition holds; a is the address, mine and theirs are the lists of addresses.
# The fields are those of "show servers state" (HAProxy management guide).
servers() {
  ask "show servers state $backend" | awk -v mine=" \${SLIPWAY_ADDRESSES:-} " -v theirs=" \${SLIPWAY_SUCCESSOR_ADDRESSES:-} " \\
    '$1 ~ /^[0-9]+$/ { a = " " $5 " "; if ('"$1"') print $4 }'
}

# A slot that was drained before must take traffic again when it is given another container: the one that has come, or a later one.
for name in $(servers '$5 == "-" || index(theirs, a)'); do ask "set server $backend/$name state ready" >/dev/null; done

if [ -n "\${SLIPWAY_SUCCESSOR_ADDRESSES:-}" ]; then
  # Running, for a second at least, and its last check passed: a slot keeps the result of the container before for a moment.
  while [ -z "$(servers 'index(theirs, a) && $6 == 2 && $12 == 3 && $10 >= 1')" ]; do
    if late; then
      echo "the gateway does not see the new container healthy on the routed port" >&2
      exit 1
    fi
    sleep 0.2
  done
fi

drained=$(servers 'index(mine, a)')
for name in $drained; do ask "set server $backend/$name state drain" >/dev/null; done
for name in $drained; do
  until [ "$(ask "show stat $backend 4 -1" | awk -F, -v name="$name" '$2 == name { print $5 }')" = 0 ] || late; do sleep 0.2; done
done
exit 0
`;
