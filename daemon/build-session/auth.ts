import { status } from "@grpc/grpc-js";
import { messageOf } from "../../values/fault";
import { message, stringField } from "../protobuf";
import type { SessionService } from "./service";

/** A login at a registry; an identity token comes with an empty user name, as in Docker's protocol. */
export interface BuildLogin {
  readonly username: string;
  readonly password: string;
}

/** The login for a registry's host, or none: then the base image is fetched anonymously. */
export type BuildLogins = (host: string) => Promise<BuildLogin | undefined>;

/**
 * Serves what BuildKit needs to fetch base images and caches from registries behind a login (buildkit, session/auth/auth.proto).
 * Only `Credentials`: BuildKit fetches tokens itself where its client offers no more.
 */
export function authService(logins: BuildLogins): SessionService {
  return {
    name: "moby.filesync.v1.Auth",
    unary: {
      Credentials: (call, callback) => {
        // BuildKit asks by the address it talks to; logins are kept under the name users know.
        const asked = stringField(call.request, 1);
        const host = asked === "registry-1.docker.io" ? "docker.io" : asked;
        logins(host).then(
          (login) => callback(null, message(login === undefined ? {} : { 1: login.username, 2: login.password })),
          (error: unknown) => callback({ code: status.UNAVAILABLE, details: messageOf(error) }),
        );
      },
    },
  };
}
