import { status } from "@grpc/grpc-js";
import { messageOf } from "../../values/fault";
import { message, stringField } from "../protobuf";
import type { Login, Logins } from "../registry-login";
import type { SessionService } from "./service";

/** Finds the login for a registry's host, or none: then the base image is fetched anonymously. */
export type BuildLogins = Pick<Logins, "find">;

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
        logins.find(host).then(
          ({ login }) => callback(null, message(login === undefined ? {} : credentials(login))),
          (error: unknown) => callback({ code: status.UNAVAILABLE, details: messageOf(error) }),
        );
      },
    },
  };
}

/** A refresh token stands as the password of a user without a name, as the docker command hands it over. */
function credentials({ username = "", password = "", identityToken }: Login): Record<number, string> {
  return identityToken === undefined ? { 1: username, 2: password } : { 1: "", 2: identityToken };
}
