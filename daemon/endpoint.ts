import { access, constants, realpath } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../values/fault";
import { contextOf, currentContext } from "./docker-context";
import { type Tls, tlsFromEnvironment, tlsFromFolder } from "./tls";

/** Where a daemon listens, and who said so. */
export type Endpoint = {
  /** What named it, as a user would say it: `DOCKER_HOST`, `the provider's setting host`, `the default`. */
  readonly source: string;
  /** Its address as Docker writes it, without credentials. */
  readonly url: string;
} & (
  | { readonly kind: "unix"; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      /** Path before every request, such as `/docker` behind a reverse proxy. @default none */
      readonly prefix?: string;
      readonly tls?: Tls;
    }
  | {
      readonly kind: "ssh";
      /** `user@host`, as ssh takes it. */
      readonly destination: string;
      /** @default what ~/.ssh/config says, else 22 */
      readonly port?: number;
      /** Socket of the daemon on the far side. @default what Docker's own look-up finds there */
      readonly socket?: string;
    }
);

/** What decides the endpoint, strongest first: `context`, `host`, then the environment as Docker reads it. */
export interface EndpointQuery {
  readonly host?: string;
  readonly context?: string;
  /** PEM texts for a tcp address; they win over every folder. */
  readonly material?: Omit<Tls, "verify">;
  /** Folder with ca.pem, cert.pem and key.pem for a tcp address. @default DOCKER_CERT_PATH */
  readonly certPath?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, for `~/.docker`. */
  readonly home: string;
  /** The system daemon's socket. @default {@link defaultSocket} */
  readonly socket?: string;
}

/** Docker's own socket on Linux and macOS. */
export const defaultSocket = "/var/run/docker.sock";

/**
 * The daemon's endpoint in Docker's own order (docker/cli, resolveContextName): what is said explicitly, DOCKER_HOST,
 * DOCKER_CONTEXT, the current context, the default socket. Of the provider's two settings `context` overrides `host`
 * (@pulumi/docker, ProviderArgs.context).
 */
export async function resolveEndpoint(query: EndpointQuery): Promise<Endpoint> {
  const { env } = query;
  const folder = env["DOCKER_CONFIG"] || join(query.home, ".docker");
  const named = async (name: string, source: string): Promise<Endpoint> => {
    if (name === "default") return fallback(query, folder, `${source} "default"`);
    const { host, tls } = await contextOf(folder, name, source);
    return parseEndpoint(host, `${source} "${name}"`, tls);
  };
  if (query.context) return named(query.context, "the provider's setting context");
  if (query.host) return parseEndpoint(query.host, "the provider's setting host", await tlsOf(query, folder));
  if (env["DOCKER_HOST"]) return fallback(query, folder, "DOCKER_HOST");
  if (env["DOCKER_CONTEXT"]) return named(env["DOCKER_CONTEXT"], "DOCKER_CONTEXT");
  const current = await currentContext(folder);
  if (current !== undefined) return named(current, `the current context of ${folder},`);
  return fallback(query, folder, "the default");
}

/** True for two spellings of one address. Two addresses of one daemon are told by the daemon's id, not here. */
export async function sameEndpoint(a: Endpoint, b: Endpoint): Promise<boolean> {
  if (a.kind === "unix" && b.kind === "unix") return (await real(a.path)) === (await real(b.path));
  if (a.kind === "tcp" && b.kind === "tcp") {
    const place = (one: typeof a): string => `${one.host.toLowerCase()} ${one.port} ${one.prefix ?? ""}`;
    return place(a) === place(b);
  }
  if (a.kind === "ssh" && b.kind === "ssh") {
    const place = (one: typeof a): string => `${one.destination} ${one.port ?? 22} ${one.socket ?? ""}`;
    return place(a) === place(b);
  }
  return false;
}

/** An address as Docker takes it in DOCKER_HOST; without a scheme it is tcp. */
export function parseEndpoint(text: string, source: string, tls?: Tls): Endpoint {
  const trimmed = text.trim();
  const url = /^[a-z]+:\/\//.test(trimmed) ? trimmed : `tcp://${trimmed}`;
  const refuse = (problem: string, advice: string, value: string | undefined = trimmed): SlipwayError =>
    new SlipwayError({ subject: `Docker endpoint from ${source}`, problem, advice, value });
  for (const scheme of ["unix://", "npipe://"]) {
    if (!url.startsWith(scheme)) continue;
    const path = url.slice(scheme.length) || (scheme === "unix://" ? defaultSocket : "//./pipe/docker_engine");
    return { kind: "unix", path, source, url: `${scheme}${path}` };
  }
  // Docker takes `tcp://:2375` for this machine.
  const full = url.replace(/^tcp:\/\/:/, "tcp://127.0.0.1:");
  const parsed = URL.canParse(full) ? new URL(full) : undefined;
  if (parsed?.protocol === "ssh:" && parsed.hostname !== "") {
    if (parsed.password !== "") {
      const shown = url.replace(/:[^:@/]*@/, ":…@");
      throw refuse("holds a password", "Use a key or an agent: ssh takes no password in its address.", shown);
    }
    const user = parsed.username === "" ? "" : `${decodeURIComponent(parsed.username)}@`;
    return {
      kind: "ssh",
      destination: `${user}${parsed.hostname}`,
      source,
      url,
      ...(parsed.port === "" ? {} : { port: Number(parsed.port) }),
      ...(/^\/*$/.test(parsed.pathname) ? {} : { socket: parsed.pathname }),
    };
  }
  const secure = parsed?.protocol === "https:";
  if (parsed !== undefined && parsed.hostname !== "" && (secure || ["tcp:", "http:"].includes(parsed.protocol))) {
    const effective = tls ?? (secure ? { verify: true } : undefined);
    const prefix = parsed.pathname.replace(/\/+$/, "");
    return {
      kind: "tcp",
      host: parsed.hostname.replace(/^\[|\]$/g, ""),
      port: parsed.port === "" ? (effective === undefined ? 2375 : 2376) : Number(parsed.port),
      source,
      url,
      ...(prefix === "" ? {} : { prefix }),
      ...(effective === undefined ? {} : { tls: effective }),
    };
  }
  const path = trimmed.startsWith("/") ? `unix://${trimmed}` : "unix:///path";
  throw refuse("is not understood", `Use ${path}, tcp://host:port or ssh://user@host.`);
}

/** What Docker calls its default context: DOCKER_HOST, else the socket. */
async function fallback(query: EndpointQuery, folder: string, source: string): Promise<Endpoint> {
  const host = query.env["DOCKER_HOST"];
  if (host) {
    const named = source === "DOCKER_HOST" ? source : `${source}, which is DOCKER_HOST`;
    return parseEndpoint(host, named, await tlsOf(query, folder));
  }
  if (process.platform === "win32") return parseEndpoint("npipe:////./pipe/docker_engine", source);
  const system = query.socket ?? defaultSocket;
  const own = await userSocket(query, system);
  if (own !== undefined) return parseEndpoint(`unix://${own}`, `${source}: ${system} is not open to this user`);
  return parseEndpoint(`unix://${system}`, source);
}

/**
 * The user's own daemon (rootless Docker, Docker Desktop), where the system's socket is absent or closed to this user. The
 * docker command finds those by a context; the official plugin looks there too.
 */
async function userSocket(query: EndpointQuery, system: string): Promise<string | undefined> {
  if (await opens(system)) return undefined;
  const runtime = query.env["XDG_RUNTIME_DIR"];
  const candidates = [...(runtime ? [join(runtime, "docker.sock")] : []), join(query.home, ".docker/run/docker.sock")];
  for (const path of candidates) if (await opens(path)) return path;
  return undefined;
}

async function tlsOf(query: EndpointQuery, folder: string): Promise<Tls | undefined> {
  if (query.material !== undefined) return { ...query.material, verify: true };
  if (query.certPath) return tlsFromFolder(query.certPath, "the provider's setting certPath");
  return tlsFromEnvironment(query.env, folder);
}

async function opens(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

function real(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
