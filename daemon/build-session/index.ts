import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { authService, type BuildLogins } from "./auth";
import { type SecretSource, secretsService } from "./secrets";
import { definitionOf, pathsOf, type SessionService } from "./service";
import { sshService } from "./ssh";

export type { BuildLogins } from "./auth";
export type { SecretSource } from "./secrets";

/** What a session needs of the Engine client. */
export interface SessionEngine {
  /** Asks for another protocol on the connection; resolves with the connection once the daemon has switched. */
  upgrade(
    path: string,
    protocol: string,
    options: { readonly headers?: Readonly<Record<string, string | readonly string[]>>; readonly signal?: AbortSignal },
  ): Promise<Duplex>;
}

/** What a build may ask its client for. */
export interface SessionOffer {
  /** Secrets by id. @default none */
  readonly secrets?: ReadonlyMap<string, SecretSource>;
  /** Sockets of ssh agents by id. @default none */
  readonly ssh?: ReadonlyMap<string, string>;
  /** Logins at registries. @default none */
  readonly logins?: BuildLogins;
}

/** Runs for the length of one build and serves what BuildKit asks of its client: secrets, ssh, registry logins. */
export interface BuildSession {
  /** The id the daemon knows the session by. */
  readonly id: string;
  /** Ends it; a build that still runs fails. */
  close(): void;
}

/**
 * Opens a session as the docker command does: `POST /session`, the connection turned into HTTP/2 with the daemon as the
 * client, and on it a gRPC server (moby, api/server/router/session; buildkit, session/grpc.go).
 */
export async function openSession(
  engine: SessionEngine,
  offer: SessionOffer,
  signal?: AbortSignal,
): Promise<BuildSession> {
  // gRPC is loaded here and not at the top: in this repository's own use it is in memory anyway, elsewhere it is large.
  const grpc = await import("@grpc/grpc-js");
  const services = servicesOf(offer);
  const id = randomBytes(16).toString("hex");
  const connection = await engine.upgrade("/session", "h2c", {
    headers: {
      "X-Docker-Expose-Session-Uuid": id,
      "X-Docker-Expose-Session-Name": "slipway",
      "X-Docker-Expose-Session-Sharedkey": "",
      "X-Docker-Expose-Session-Grpc-Method": services.flatMap(pathsOf),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  for (const service of services) server.addService(...definitionOf(service));
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  injector.injectConnection(connection);
  return {
    id,
    close: () => {
      injector.destroy();
      server.forceShutdown();
      connection.destroy();
    },
  };
}

function servicesOf({ secrets, ssh, logins }: SessionOffer): SessionService[] {
  return [
    health,
    ...(secrets === undefined || secrets.size === 0 ? [] : [secretsService(secrets)]),
    ...(ssh === undefined || ssh.size === 0 ? [] : [sshService(ssh)]),
    ...(logins === undefined ? [] : [authService(logins)]),
  ];
}

/** BuildKit asks every few seconds whether its client is still there, and ends the session where it is not (grpc health.proto). */
const health: SessionService = {
  name: "grpc.health.v1.Health",
  unary: { Check: (_call, callback) => callback(null, Buffer.from([8, 1])) },
};
