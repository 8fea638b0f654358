import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  request as requestPlain,
} from "node:http";
import { type Duplex, pipeline, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { SlipwayError } from "../values/fault";
import type { Endpoint } from "./endpoint";
import { isUnknownToPodman } from "./podman";
import { type Transport, transportOf } from "./transport";
import { noDaemon, unreachable } from "./unreachable";
import { negotiateApi, type SpokenApi } from "./version";

/** What a call sends besides method and path. */
export interface Call {
  /** Query parameters; objects are sent as JSON, undefined ones not at all. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** A JSON body, or a stream that is sent as it is. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly signal?: AbortSignal | undefined;
}

/** How to connect. */
export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Further options for ssh, each as one word or as an option with its value. @default none */
  readonly sshOpts?: readonly string[];
  /** How long the first answer may take, in milliseconds. @default 60000, since a daemon may be starting */
  readonly patience?: number;
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

/** How long a connection may take to come about, and a daemon to give its first answer, in milliseconds. */
const connecting = 10_000;
const answering = 60_000;

/** A connection to a Docker Engine, with the API version both sides know. */
export class Engine {
  /** How many requests that may change something were sent so far: what was seen at another count may be no longer so. */
  changes = 0;
  /** Questions under way, by path and query. */
  private readonly asked = new Map<string, Promise<string>>();

  private constructor(
    /** Where it is. */
    readonly endpoint: Endpoint,
    /** The negotiated API version, such as "1.41". */
    readonly apiVersion: string,
    /** What answers: Docker's own engine, or Podman behind Docker's API, which differs here and there. */
    readonly product: "docker" | "podman",
    private readonly transport: Transport,
    private readonly request: typeof requestPlain,
  ) {}

  /** Asks the daemon for its version; a daemon that does not answer is a fault that says where it was looked for. */
  static async connect(endpoint: Endpoint, options: ConnectOptions = {}): Promise<Engine> {
    const transport = await transportOf(endpoint, options.sshOpts ?? []);
    const request = transport.secure ? (await import("node:https")).request : requestPlain;
    const probe = new Engine(endpoint, "", "docker", transport, request);
    const spoken = await probe.spokenApi(options.patience ?? answering, options.signal);
    return new Engine(endpoint, negotiateApi(spoken, endpoint), spoken.product, transport, request);
  }

  /** Sends a request and answers the JSON of the response; null where it has no body. */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    if (method === "GET" && call.body === undefined) return parse<T>(await this.ask(path, call));
    return this.changing(async () => {
      const response = await this.send(method, path, call, this.transport.pooled);
      const body = await this.bodyOf(response, call.signal);
      // Podman answers some changes with a word, such as OK.
      return parse<T>(this.product === "podman" && asJson(body) === undefined ? "" : body);
    });
  }

  /** Sends a request and answers the body of the response as it comes; the signal ends it at any time. */
  async stream(method: string, path: string, call: Call = {}): Promise<Readable> {
    const send = (): Promise<IncomingMessage> => this.send(method, path, call, this.transport.lasting);
    const response = await (method === "GET" ? send() : this.changing(send));
    response.once("close", () => this.asked.clear());
    const { signal } = call;
    if (signal !== undefined) {
      const end = (): void => void response.destroy(reasonOf(signal));
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
      response.once("close", () => signal.removeEventListener("abort", end));
    }
    return response;
  }

  /** Asks for another protocol on the connection, such as `h2c` for a build session; resolves once the daemon has switched. */
  async upgrade(path: string, protocol: string, call: Call = {}): Promise<Duplex> {
    const headers = { ...call.headers, Connection: "Upgrade", Upgrade: protocol };
    return new Promise((resolve, reject) => {
      const request = this.open("POST", path, { ...call, headers }, this.transport.lasting);
      request.on("upgrade", (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      request.on("response", (response) => this.refusal(response, `POST ${path}`).then(reject, reject));
      request.on("error", (error) => reject(this.failure(error, call.signal)));
      request.end();
    });
  }

  /** Lets go of the connections that are kept for the next request. */
  close(): void {
    this.transport.pooled.destroy();
    this.transport.lasting.destroy();
  }

  /**
   * Asks once what several ask at the same time: a preview reads many containers of one image. Nobody gets an answer to a
   * question that was asked before something changed.
   */
  private async ask(path: string, call: Call): Promise<string> {
    const { signal } = call;
    const key = `${path}?${queryOf(call.query ?? {})}`;
    let answer = this.asked.get(key);
    if (answer === undefined) {
      const { signal: _own, ...rest } = call;
      answer = this.send("GET", path, rest, this.transport.pooled).then((response) => this.bodyOf(response, undefined));
      this.asked.set(key, answer);
      const over = (): void => {
        if (this.asked.get(key) === answer) this.asked.delete(key);
      };
      answer.then(over, over);
    }
    if (signal === undefined) return answer;
    const aborted = new Promise<never>((_resolve, reject) => {
      const end = (): void => reject(reasonOf(signal));
      if (signal.aborted) return end();
      signal.addEventListener("abort", end, { once: true });
      const over = (): void => signal.removeEventListener("abort", end);
      answer.then(over, over);
    });
    return Promise.race([answer, aborted]);
  }

  /** What was asked before a change, or while it was under way, answers nobody who asks afterwards. */
  private async changing<T>(work: () => Promise<T>): Promise<T> {
    this.asked.clear();
    this.changes++;
    try {
      return await work();
    } finally {
      this.asked.clear();
    }
  }

  private async spokenApi(patience: number, outer: AbortSignal | undefined): Promise<SpokenApi> {
    const timeout = AbortSignal.timeout(patience);
    const signal = outer === undefined ? timeout : AbortSignal.any([outer, timeout]);
    try {
      const response = await this.send("GET", "/version", { signal }, this.transport.pooled, false);
      const body = await this.bodyOf(response, signal);
      const version = asJson(body);
      const field = (name: string): unknown =>
        typeof version === "object" && version !== null ? Reflect.get(version, name) : undefined;
      const [newest, oldest, message] = [field("ApiVersion"), field("MinAPIVersion"), field("message")];
      if (response.statusCode === 200 && typeof newest === "string") {
        const product = JSON.stringify(field("Components") ?? []).includes("Podman") ? "podman" : "docker";
        return { newest, oldest: typeof oldest === "string" ? oldest : "1.12", product };
      }
      const status = response.statusCode ?? 0;
      if (typeof message === "string") throw new EngineError(status, message);
      throw noDaemon(this.endpoint, status, String(response.headers["content-type"] ?? ""), body);
    } catch (error) {
      if (timeout.aborted && outer?.aborted !== true) {
        throw unreachable(this.endpoint, timeout.reason);
      }
      throw error;
    }
  }

  /** Sends a request and answers the response once its status is known; any status but success is an error. */
  private async send(method: string, path: string, call: Call, agent: Agent, checked = true): Promise<IncomingMessage> {
    const response = await this.exchange(method, path, call, agent, true);
    const status = response.statusCode ?? 0;
    if (checked && (status < 200 || status >= 400)) throw await this.refusal(response, `${method} ${path}`);
    return response;
  }

  private exchange(
    method: string,
    path: string,
    call: Call,
    agent: Agent,
    mayRepeat: boolean,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { body } = call;
      const request = this.open(method, path, call, agent);
      request.on("response", resolve);
      request.on("error", (error) => {
        // The daemon had closed a connection that was kept: a question is asked again on a new one.
        const stale = request.reusedSocket && mayRepeat && method !== "POST" && !isStream(body);
        if (stale && call.signal?.aborted !== true && ["ECONNRESET", "EPIPE"].includes(codeOf(error))) {
          this.exchange(method, path, call, agent, false).then(resolve, reject);
        } else reject(this.failure(error, call.signal));
      });
      if (isStream(body)) pipeline(body, request, () => undefined);
      else request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  private open(method: string, path: string, call: Call, agent: Agent): ClientRequest {
    const { options, prefix } = this.transport;
    const version = this.apiVersion === "" ? "" : `/v${this.apiVersion}`;
    const query = queryOf(call.query ?? {});
    const request = this.begin({
      ...options,
      agent,
      method,
      path: `${prefix}${version}${path}${query === "" ? "" : `?${query}`}`,
      headers: headersOf(call),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    request.on("socket", (socket) => {
      if (!("connecting" in socket) || !socket.connecting) return;
      const late = Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" });
      const timer = setTimeout(() => request.destroy(late), connecting);
      for (const event of ["connect", "close"]) socket.once(event, () => clearTimeout(timer));
    });
    return request;
  }

  /** Certificates and keys are read here: what is wrong with them is thrown at once. */
  private begin(options: RequestOptions): ClientRequest {
    try {
      return this.request(options);
    } catch (error) {
      throw unreachable(this.endpoint, error);
    }
  }

  private async bodyOf(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
    try {
      return await text(response);
    } catch (error) {
      throw this.failure(error, signal);
    }
  }

  /** The daemon's own words for a request it did not fulfil. */
  private async refusal(response: IncomingMessage, asked: string): Promise<Error> {
    const status = response.statusCode ?? 0;
    const type = String(response.headers["content-type"] ?? "");
    const body = await this.bodyOf(response, undefined);
    if (/html/i.test(type)) return noDaemon(this.endpoint, status, type, body);
    if (this.product === "podman" && isUnknownToPodman(status, body)) {
      return new EngineError(501, `Podman has no ${asked.replace(/^(\w+ \/\w+)\/[^/]+/, "$1/…")} in its Docker API`);
    }
    const answer = asJson(body);
    const message = typeof answer === "object" && answer !== null ? Reflect.get(answer, "message") : undefined;
    const words = typeof message === "string" && message !== "" ? message : body.trim().slice(0, 500);
    return new EngineError(status, words === "" ? `HTTP ${status}` : words);
  }

  private failure(error: unknown, signal: AbortSignal | undefined): Error {
    if (signal?.aborted === true) return reasonOf(signal);
    return error instanceof SlipwayError ? error : unreachable(this.endpoint, error);
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

function headersOf({ body, headers = {} }: Call): OutgoingHttpHeaders {
  const named = Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
  const type = isStream(body) ? "application/x-tar" : "application/json";
  const given = Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]);
  return { ...(body === undefined || named ? {} : { "Content-Type": type }), ...Object.fromEntries(given) };
}

function isStream(body: object | undefined): body is Readable {
  return body !== undefined && "pipe" in body && typeof body.pipe === "function";
}

/** JSON as the caller knows it; null where there is none, as for an empty body. */
function parse<T>(body: string): T {
  return JSON.parse(body.trim() === "" ? "null" : body);
}

function asJson(body: string): unknown {
  try {
    return parse(body);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "";
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
