import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../values/fault";

/** Where a daemon listens, and who said so. */
export type Endpoint = { readonly source: string; readonly url: string } & (
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: Tls }
  | { readonly kind: "ssh"; readonly destination: string; readonly port?: number }
);

/** The material of a TLS connection, PEM texts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the daemon's certificate must be valid. */
  readonly verify: boolean;
}

/** What decides the endpoint, strongest first: `host`, `context`, then the environment as Docker reads it. */
export interface EndpointQuery {
  readonly host?: string;
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, for `~/.docker`. */
  readonly home: string;
}

/** The daemon's endpoint in Docker's own order: explicit, DOCKER_HOST, DOCKER_CONTEXT, the current context, the default socket. */
export async function resolveEndpoint(query: EndpointQuery): Promise<Endpoint> {
  const { env } = query;
  const configFolder = env["DOCKER_CONFIG"] || join(query.home, ".docker");
  if (query.host) return parse(query.host, "the provider's `host`", await tlsFrom(env["DOCKER_CERT_PATH"], env));
  if (query.context) return contextEndpoint(configFolder, query.context, "the provider's `context`");
  if (env["DOCKER_HOST"]) return parse(env["DOCKER_HOST"], "DOCKER_HOST", await tlsFrom(env["DOCKER_CERT_PATH"], env));
  if (env["DOCKER_CONTEXT"]) return contextEndpoint(configFolder, env["DOCKER_CONTEXT"], "DOCKER_CONTEXT");
  const current = await currentContext(configFolder);
  if (current !== undefined) return contextEndpoint(configFolder, current, `the current context of ${configFolder}`);
  return parse("unix:///var/run/docker.sock", "the default", undefined);
}

function parse(url: string, source: string, tls: Tls | undefined): Endpoint {
  if (url.startsWith("unix://")) {
    return { kind: "unix", path: url.slice("unix://".length) || "/var/run/docker.sock", source, url };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "ssh:" && parsed.hostname !== "") {
    const user = parsed.username === "" ? "" : `${decodeURIComponent(parsed.username)}@`;
    const port = parsed.port === "" ? {} : { port: Number(parsed.port) };
    return { kind: "ssh", destination: `${user}${parsed.hostname}`, source, url, ...port };
  }
  const tcp = parsed?.protocol === "tcp:" || parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (parsed !== undefined && tcp && parsed.hostname !== "") {
    const port = parsed.port === "" ? (tls === undefined ? 2375 : 2376) : Number(parsed.port);
    const host = parsed.hostname.replace(/^\[|\]$/g, "");
    return { kind: "tcp", host, port, source, url, ...(tls === undefined ? {} : { tls }) };
  }
  throw new SlipwayError({
    subject: "Docker endpoint",
    problem: `from ${source} is not understood`,
    value: url,
    advice: "Use unix:///path, tcp://host:port or ssh://user@host.",
  });
}

async function contextEndpoint(folder: string, name: string, source: string): Promise<Endpoint> {
  if (name === "default") return parse("unix:///var/run/docker.sock", `${source} ("default")`, undefined);
  const id = createHash("sha256").update(name).digest("hex");
  const text = await optional(join(folder, "contexts", "meta", id, "meta.json"));
  const host = text === undefined ? undefined : hostOf(text);
  if (host === undefined) {
    throw new SlipwayError({
      subject: "Docker context",
      problem: `from ${source} is not there`,
      value: name,
      advice: "Name one that `docker context ls` lists.",
    });
  }
  const certificates = join(folder, "contexts", "tls", id, "docker");
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((file) => optional(join(certificates, file))),
  );
  const tls = ca === undefined && cert === undefined ? undefined : material(ca, cert, key, true);
  return parse(host, `${source} ("${name}")`, tls);
}

function hostOf(meta: string): string | undefined {
  const parsed: unknown = JSON.parse(meta);
  const endpoints = field(parsed, "Endpoints");
  const host = field(field(endpoints, "docker"), "Host");
  return typeof host === "string" ? host : undefined;
}

async function currentContext(folder: string): Promise<string | undefined> {
  const text = await optional(join(folder, "config.json"));
  if (text === undefined) return undefined;
  const name = field(JSON.parse(text), "currentContext");
  return typeof name === "string" && name !== "" ? name : undefined;
}

async function tlsFrom(folder: string | undefined, env: EndpointQuery["env"]): Promise<Tls | undefined> {
  const verify = (env["DOCKER_TLS_VERIFY"] ?? "") !== "";
  if (folder === undefined || folder === "") return undefined;
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((file) => optional(join(folder, file))),
  );
  return material(ca, cert, key, verify);
}

function material(ca: string | undefined, cert: string | undefined, key: string | undefined, verify: boolean): Tls {
  return {
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

async function optional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
