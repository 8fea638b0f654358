import type { Duration } from "../values/duration";
import type { Fault } from "../values/fault";
import type { HealthcheckArgs } from "./container";

/** How an application says whether it is well. */
export type Health =
  /** An HTTP path that answers 2xx or 3xx on the port; asked with what the image has of curl, wget and node. */
  | ({ readonly http: `/${string}`; readonly port: number } & HealthTimes)
  /** A port on which the container listens; the image needs a shell. */
  | ({ readonly tcp: number } & HealthTimes)
  /** A command that exits with 0: a text is given to the image's shell, a list is executed as it is. */
  | ({ readonly command: string | readonly string[] } & HealthTimes)
  /** The image's own HEALTHCHECK; an image without one fails the `up`. */
  | "image";

/** The times of a health check. */
export interface HealthTimes {
  /** Time between two checks. @default "5s" */
  readonly interval?: Duration;
  /** Time after which a check counts as failed. @default "5s" */
  readonly timeout?: Duration;
  /** Time in which failures do not count. @default "0s" */
  readonly startPeriod?: Duration;
  /** Failures in a row that make it unhealthy. @default 3 */
  readonly retries?: number;
}

/** The health check of a container; undefined where the image's own counts. */
export function healthcheckOf(health: Health): HealthcheckArgs | undefined {
  if (health === "image") return undefined;
  const { interval = "5s", timeout = "5s", startPeriod, retries } = health;
  return {
    test: commandOf(health),
    interval,
    timeout,
    ...(startPeriod === undefined ? {} : { startPeriod }),
    ...(retries === undefined ? {} : { retries }),
  };
}

/** What is wrong with where it asks; times and retries are the container's. */
export function healthFaults(subject: string, health: Health): Fault[] {
  if (health === "image" || "command" in health) return [];
  const [path, port] = "tcp" in health ? ["health.tcp", health.tcp] : ["health.port", health.port];
  const faults: Fault[] = [];
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    faults.push({ subject, path, value: port, problem: "is not a port", advice: "Use a number from 1 to 65535." });
  }
  // It stands in the text of a shell command.
  if ("http" in health && !/^\/[\w\-./~%!&+,;=:@?]*$/.test(health.http)) {
    const advice = "Start it with `/`, without blanks and quotes.";
    faults.push({ subject, path: "health.http", value: health.http, problem: "is no path", advice });
  }
  return faults;
}

function commandOf(health: Exclude<Health, "image">): string | readonly string[] {
  if ("command" in health) return health.command;
  if ("tcp" in health) return listensOn(health.tcp);
  return firstOf(httpTools(`http://127.0.0.1:${health.port}${health.http}`), "curl, wget or node");
}

/**
 * Looks whether somebody listens, with nothing but the shell: every BusyBox has another `nc`, slim images have none, and the
 * application sees no connection that says nothing. The kernel's table has local addresses as HEX:HEX and LISTEN as 0A (proc(5)).
 */
function listensOn(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const look = `while read -r _ at _ state _; do case "$state $at" in "0A "*:${hex}) exit 0;; esac; done`;
  const files = ["tcp", "tcp6"].map((name) => `if [ -r /proc/net/${name} ]; then ${look} < /proc/net/${name}; fi`);
  return `${files.join("; ")}; echo "nobody listens on port ${port}" >&2; exit 1`;
}

/** The first tool that is there decides: asking a second one would only repeat its answer. */
function firstOf(tools: readonly (readonly [name: string, call: string])[], names: string): string {
  const branches = tools.map(([name, call]) => `if command -v ${name} >/dev/null 2>&1; then ${call}; `);
  return `${branches.join("el")}else echo "the image has none of ${names}: give a health command" >&2; exit 1; fi`;
}

function httpTools(url: string): readonly (readonly [string, string])[] {
  const script = `fetch("${url}",{redirect:"manual"}).then(r=>process.exit(r.status<400?0:1),()=>process.exit(1))`;
  return [
    // curl and node take a redirect for an answer; wget would follow it.
    ["curl", `curl -fsS -o /dev/null "${url}"`],
    ["wget", `wget -q -O /dev/null "${url}"`],
    ["node", `node -e '${script}'`],
  ];
}
