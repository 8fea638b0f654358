import { readdir, readFile } from "node:fs/promises";
import type { ClientRequest, IncomingMessage } from "node:http";
import { join } from "node:path";
import type { SecureContext } from "node:tls";

/** What a registry or its token service answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What a request says besides its URL and body. */
export type RequestOptions = import("node:https").RequestOptions;

/** Sends one request; a redirection is the caller's to follow. */
export async function request(url: string, options: RequestOptions, body: string | undefined): Promise<Answer> {
  const secure = url.startsWith("https:");
  const { request: open, Agent } = secure ? await import("node:https") : await import("node:http");
  // The variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as every other client of registries reads them (Node 24.5 and newer).
  const agent = new Agent({ proxyEnv: process.env });
  const tls = secure && options.rejectUnauthorized !== false ? { secureContext: await trusted(new URL(url).host) } : {};
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = open(url, { ...tls, ...options, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const contexts = new Map<string, Promise<SecureContext>>();

/** Whom docker trusts, for one registry. It takes 0.1 s to put together, so it is kept. */
function trusted(host: string): Promise<SecureContext> {
  let context = contexts.get(host);
  if (context === undefined) {
    context = contextOf(host);
    contexts.set(host, context);
  }
  return context;
}

/** The system's authorities and `/etc/docker/certs.d/HOST/*.crt`; a client certificate there is shown. */
async function contextOf(host: string): Promise<SecureContext> {
  const folder = join("/etc/docker/certs.d", host);
  const files = await readdir(folder).catch((): string[] => []);
  const read = (ending: string): Promise<string[]> =>
    Promise.all(files.filter((file) => file.endsWith(ending)).map((file) => readFile(join(folder, file), "utf8")));
  const [authorities, [cert], [key]] = await Promise.all([read(".crt"), read(".cert"), read(".key")]);
  const { createSecureContext, getCACertificates } = await import("node:tls");
  const ca = [...getCACertificates("default"), ...getCACertificates("system"), ...authorities];
  return createSecureContext({ ca, ...(cert === undefined || key === undefined ? {} : { cert, key }) });
}

/** One way of authenticating that a registry offers. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The challenges of a header `Bearer realm="…",service="…", Basic realm="…"` (RFC 9110, 11.6.1). */
export function challengesIn(header: string | undefined): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const word = /(?:([A-Za-z-]+)\s+)?([A-Za-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))\s*,?\s*/gy;
  for (const [, scheme, name = "", quoted, plain = ""] of (header ?? "").matchAll(word)) {
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const last = challenges.at(-1);
    if (last !== undefined) last.parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
  }
  return challenges;
}

/** The first error in an answer's body (distribution-spec, "Error Codes"), else its status. */
export function messageIn(answer: Answer): string {
  try {
    const content: unknown = JSON.parse(String(answer.body));
    const errors: unknown =
      typeof content === "object" && content !== null ? Reflect.get(content, "errors") : undefined;
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
    if (typeof first === "object" && first !== null) {
      const code: unknown = Reflect.get(first, "code");
      const message: unknown = Reflect.get(first, "message");
      return `${String(code).toLowerCase().replaceAll("_", " ")}: ${String(message)}`;
    }
  } catch {
    // No JSON: the status has to do.
  }
  const known: Readonly<Record<number, string>> = {
    401: "unauthorized: ",
    403: "denied: ",
    429: "too many requests: ",
  };
  return `${known[answer.status] ?? ""}HTTP status ${answer.status}`;
}

/** A header that may come more than once, as its first value. */
export function textIn(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
