import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex, type Readable } from "node:stream";
import Modem from "docker-modem";
import { messageOf, SlipwayError } from "../values/fault";
import type { Endpoint } from "./endpoint";

/** The oldest Engine API this is written for (Engine 20.10) and the newest it was read against. */
const oldest = [1, 41] as const;
const newest = [1, 51] as const;

/** What a call sends besides method and path. */
export interface Call {
  /** Query parameters; objects are sent as JSON, undefined ones not at all. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** A JSON body, or a stream that is sent as it is. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of the daemon that is no success. */
export class EngineError extends Error {
  constructor(
    /** HTTP status. */
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "EngineError";
  }
}

/** A connection to a Docker Engine, with the API version both sides know. */
export class Engine {
  private constructor(
    /** Where it is. */
    readonly endpoint: Endpoint,
    /** The negotiated API version, such as "1.41". */
    readonly apiVersion: string,
    private readonly modem: Modem,
  ) {}

  /** Asks the daemon for its version; a daemon that does not answer is a fault that says where it was looked for. */
  static async connect(
    endpoint: Endpoint,
    options: { readonly signal?: AbortSignal; readonly sshOpts?: readonly string[] } = {},
  ): Promise<Engine> {
    const modem = modemOf(endpoint, options.sshOpts ?? []);
    const probe = new Engine(endpoint, "", modem);
    try {
      const version = await probe.json<{ ApiVersion: string; MinAPIVersion?: string }>("GET", "/version", {
        signal: options.signal,
      });
      return new Engine(endpoint, negotiate(version.ApiVersion, version.MinAPIVersion, endpoint), modem);
    } catch (error) {
      if (error instanceof EngineError || error instanceof SlipwayError) throw error;
      throw unreachable(endpoint, error);
    }
  }

  /** Sends a request and answers the JSON of the response; undefined JSON where there is no body. */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const answer = await this.dial(method, path, call, false);
    return answer as T;
  }

  /** Sends a request and answers the body of the response as it comes. */
  async stream(method: string, path: string, call: Call = {}): Promise<Readable> {
    const answer = await this.dial(method, path, call, true);
    return answer as Readable;
  }

  /** Asks for another protocol on the connection; resolves with the connection once the daemon has switched to it. */
  upgrade(
    path: string,
    protocol: string,
    call: {
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.modem.dial(
        {
          path: `/v${this.apiVersion}${path}`,
          method: "POST",
          headers: { ...call.headers, Upgrade: protocol },
          // An empty body of known length: the end of a chunked one could reach the daemon as the first bytes of the new protocol.
          file: Buffer.alloc(0),
          hijack: true,
          statusCodes: successes,
          ...(call.signal === undefined ? {} : { abortSignal: call.signal }),
        },
        (error: unknown, data: unknown) => {
          if (error !== null && error !== undefined) reject(errorOf(error));
          else if (data instanceof Duplex) resolve(data);
          else reject(new Error(`The daemon did not switch to ${protocol}.`));
        },
      );
    });
  }

  private dial(method: string, path: string, call: Call, isStream: boolean): Promise<unknown> {
    const version = this.apiVersion === "" ? "" : `/v${this.apiVersion}`;
    const query = queryOf(call.query ?? {});
    const body = call.body;
    const isRaw = body !== undefined && "pipe" in body;
    const json = body === undefined || isRaw ? undefined : Buffer.from(JSON.stringify(body));
    const file = isRaw ? (body as unknown as NodeJS.ReadableStream) : json;
    const type = isRaw ? "application/x-tar" : "application/json";
    const headers = { ...(file === undefined ? {} : { "Content-Type": type }), ...call.headers };
    return new Promise((resolve, reject) => {
      this.modem.dial(
        {
          path: `${version}${path}${query === "" ? "" : `?${query}&`}`,
          method,
          headers,
          isStream,
          statusCodes: successes,
          ...(file === undefined ? {} : { file }),
          ...(call.signal === undefined ? {} : { abortSignal: call.signal }),
        },
        (error: unknown, data: unknown) => {
          if (error === null || error === undefined) resolve(data);
          else reject(errorOf(error));
        },
      );
    });
  }
}

const successes = { 101: true, 200: true, 201: true, 202: true, 204: true, 304: true };

function modemOf(endpoint: Endpoint, sshOpts: readonly string[]): Modem {
  if (endpoint.kind === "unix") return new Modem({ socketPath: endpoint.path });
  if (endpoint.kind === "ssh") {
    // The system's ssh, as the docker command uses it: ~/.ssh/config, agents and jump hosts work as the user set them up.
    const port = endpoint.port === undefined ? [] : ["-p", String(endpoint.port)];
    const words = [...sshOpts, ...port, "-T", endpoint.destination, "--", "docker", "system", "dial-stdio"];
    const agent = new Agent();
    agent.createConnection = () => {
      const child = spawn("ssh", words, { stdio: ["pipe", "pipe", "inherit"] });
      const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
      duplex.on("close", () => child.kill());
      return duplex;
    };
    return new Modem({ protocol: "http", host: "http://ssh", port: 80, agent });
  }
  const { host, port, tls } = endpoint;
  const scheme = tls === undefined ? "http" : "https";
  return new Modem({
    protocol: scheme,
    host: `${scheme}://${host.includes(":") ? `[${host}]` : host}`,
    port,
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
  });
}

function negotiate(theirs: string, least: string | undefined, endpoint: Endpoint): string {
  const numbers = (text: string): number => Number(text.split(".")[1] ?? 0);
  const highest = Math.min(numbers(theirs), newest[1]);
  if (highest < oldest[1] || numbers(least ?? "1.0") > newest[1]) {
    throw new SlipwayError({
      subject: `Docker daemon at ${endpoint.url}`,
      problem: `speaks API ${least ?? "?"} to ${theirs}; Slipway speaks ${oldest.join(".")} to ${newest.join(".")}`,
      advice: "Use Docker Engine 20.10 or newer.",
    });
  }
  return `1.${highest}`;
}

function unreachable(endpoint: Endpoint, error: unknown): SlipwayError {
  const code = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  const causes: Readonly<Record<string, [string, string]>> = {
    ENOENT: ["there is no such socket", "Start Docker, or set DOCKER_HOST to where it listens."],
    EACCES: [
      "this user may not open the socket",
      "Add the user to the group `docker` and log in again, or use `sudo`.",
    ],
    ECONNREFUSED: ["nothing listens there", "Start Docker, or set DOCKER_HOST to where it listens."],
  };
  const known = typeof code === "string" ? causes[code] : undefined;
  const [cause, advice] = known ?? [messageOf(error), "Check that Docker runs and that DOCKER_HOST is right."];
  return new SlipwayError(
    {
      subject: `Docker daemon at ${endpoint.url} (from ${endpoint.source})`,
      problem: `does not answer: ${cause}`,
      advice,
    },
    { cause: error },
  );
}

function errorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return new Error(messageOf(error));
  const status: unknown = Reflect.get(error, "statusCode");
  if (typeof status !== "number") return error;
  const json: unknown = Reflect.get(error, "json");
  const message: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "message") : undefined;
  const fallback = error.message.replace(/^\(HTTP code \d+\) [^-]*- /, "").trim();
  return new EngineError(status, typeof message === "string" ? message : fallback, { cause: error });
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      search.append(name, typeof item === "object" && item !== null ? JSON.stringify(item) : String(item));
    }
  }
  return search.toString();
}
