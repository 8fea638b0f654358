import { Agent, type RequestOptions } from "node:http";
import type { Endpoint } from "./endpoint";
import { SshAgent } from "./ssh";

/** How requests reach an endpoint. */
export interface Transport {
  /** True for https. */
  readonly secure: boolean;
  /** What every request has in common: address, TLS material. */
  readonly options: RequestOptions;
  /** Path before every request, such as `/docker` behind a reverse proxy; mostly empty. */
  readonly prefix: string;
  /** Connections that are kept for the next request. */
  readonly pooled: Agent;
  /** Connections of their own for what stays open: logs, events, builds. Those never keep a short question waiting. */
  readonly lasting: Agent;
}

/** How long an unused connection is kept, in milliseconds: shorter than what proxies and NAT allow. */
const idle = 30_000;

/** Each connection over ssh is a process and a login; sshd drops new ones from the tenth on (sshd_config, MaxStartups). */
const sshConnections = 6;

/** Opens nothing yet: a connection is made by the first request. */
export async function transportOf(endpoint: Endpoint, sshOpts: readonly string[]): Promise<Transport> {
  const kept = { keepAlive: true, timeout: idle };
  if (endpoint.kind === "unix") {
    const plain = { secure: false, prefix: "", options: { socketPath: endpoint.path } };
    return { ...plain, pooled: new Agent(kept), lasting: new Agent() };
  }
  if (endpoint.kind === "ssh") {
    const plain = { secure: false, prefix: "", options: { host: "docker" } };
    const pooled = new SshAgent(endpoint, sshOpts, { ...kept, maxSockets: sshConnections });
    return { ...plain, pooled, lasting: new SshAgent(endpoint, sshOpts, {}) };
  }
  const { host, port, tls, prefix = "" } = endpoint;
  if (tls === undefined) {
    return { secure: false, prefix, options: { host, port }, pooled: new Agent(kept), lasting: new Agent() };
  }
  const https = await import("node:https");
  const material = {
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
  };
  const pooled = new https.Agent({ ...kept, ...material });
  return { secure: true, prefix, options: { host, port }, pooled, lasting: new https.Agent(material) };
}
