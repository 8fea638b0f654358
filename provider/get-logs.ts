import { EngineError } from "../daemon/client";
import { rawLogs, withoutHeaders } from "../daemon/logs";
import { parseDuration } from "../values/duration";
import { type Fault, SlipwayError } from "../values/fault";
import type { ProviderFunction } from "./function";
import { flagOf, numberOf, type Properties, textOf } from "./value";

/** What the official plugin fills in. */
const defaults = {
  details: false,
  discardHeaders: true,
  follow: false,
  logsListStringEnabled: true,
  showStderr: true,
  showStdout: true,
  timestamps: false,
};

/** docker.getLogs: what a container wrote, line by line. With `follow` the answer comes when the container stops. */
export const getLogs: ProviderFunction = {
  token: "docker:index/getLogs:getLogs",

  async call(context, args) {
    const name = textOf(args["name"]) ?? "";
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== "" && value !== null));
    const asked: Properties = { ...defaults, ...given };
    const { faults, since, until, tail } = rangeOf(args);
    if (name === "") faults.push({ subject: "getLogs", path: "name", problem: "is missing" });
    if (faults.length > 0) throw new SlipwayError(faults);
    if (flagOf(asked["logsListStringEnabled"]) === false) return { ...asked, id: name };
    const query = {
      stdout: flagOf(asked["showStdout"]) ?? true,
      stderr: flagOf(asked["showStderr"]) ?? true,
      details: flagOf(asked["details"]) ?? false,
      follow: flagOf(asked["follow"]) ?? false,
      timestamps: flagOf(asked["timestamps"]) ?? false,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(tail === undefined ? {} : { tail }),
    };
    // The Engine refuses a question for neither stream; the answer is plain.
    const path = `/containers/${encodeURIComponent(name)}`;
    const raw =
      query.stdout || query.stderr
        ? await rawLogs(await context.engine(), path, query, context.signal).catch((error) => rethrow(name, error))
        : Buffer.alloc(0);
    const text = flagOf(asked["discardHeaders"]) === false ? raw.toString("utf8") : withoutHeaders(raw);
    return { ...asked, id: name, logsListStrings: linesOf(text) };
  },
};

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function rangeOf(args: Properties): { faults: Fault[]; since?: string; until?: string; tail?: string } {
  const faults: Fault[] = [];
  const time = (path: "since" | "until"): { [name in typeof path]?: string } => {
    const text = textOf(args[path]);
    if (text === undefined) return {};
    const seconds = secondsOf(text);
    if (seconds !== undefined) return { [path]: seconds };
    const advice = "Write it as `2026-01-31T12:00:00Z`, as seconds since 1970, or as `10m` for ten minutes ago.";
    faults.push({ subject: "getLogs", path, value: text, problem: "is no time", advice });
    return {};
  };
  const tail = textOf(args["tail"]) ?? numberOf(args["tail"])?.toString();
  if (tail !== undefined && tail !== "all" && !/^\d+$/.test(tail)) {
    const advice = "Write it as `100`, or `all`.";
    faults.push({ subject: "getLogs", path: "tail", value: tail, problem: "is no number of lines", advice });
  }
  return { ...time("since"), ...time("until"), ...(tail === undefined ? {} : { tail }), faults };
}

/** A time as the docker command takes it: seconds since 1970, RFC 3339, or how long ago. */
function secondsOf(text: string): string | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return text;
  const ago = parseDuration(text);
  if (ago !== undefined) return String((Date.now() - ago) / 1000);
  const date = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : String(date / 1000);
}

function rethrow(name: string, error: unknown): never {
  if (!(error instanceof EngineError)) throw error;
  const problem = error.status === 404 ? "is no container here" : `can't be read: ${error.message}`;
  const advice = "`docker ps -a` lists what is there.";
  throw new SlipwayError({ subject: "getLogs", path: "name", value: name, problem, advice }, { cause: error });
}
