import type { Fault } from "../values/fault";
import { defaultRegistry, fullReference, isImageId } from "../values/image-reference";
import type { FoundLogin } from "./registry-login";

/** Why a registry, or the daemon on its behalf, did not do what was asked. */
export type RegistryTrouble = "absent" | "denied" | "unreachable" | "untrusted" | "plain" | "limited" | "other";

/** What a message of a daemon or a registry is about; `status` is the HTTP status where there is one. */
export function troubleIn(message: string, status?: number): RegistryTrouble {
  if (/toomanyrequests|too many requests|rate limit/i.test(message)) return "limited";
  // The hub hides private repositories: "pull access denied for X, repository does not exist or may require 'docker login'".
  if (/denied|unauthorized|no basic auth credentials|authentication required|forbidden/i.test(message)) return "denied";
  if (/HTTP response to HTTPS client|wrong version number|packet length too long/i.test(message)) return "plain";
  if (/x509|certificate|tls: |self.signed|unable to verify/i.test(message)) return "untrusted";
  if (/manifest.* (unknown|not found)|name unknown|not found: manifest|: not found$|no such image/i.test(message)) {
    return "absent";
  }
  if (status === 401 || status === 403) return "denied";
  if (status === 404) return "absent";
  const network =
    /no such host|connection refused|connection reset|timeout|timed out|i\/o|unreachable|EOF|deadline exceeded|lookup |ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|EHOSTUNREACH|socket hang up/i;
  return network.test(message) ? "unreachable" : "other";
}

/** What is told about a reference that a registry does not give or take. */
export interface Refusal {
  readonly reference: string;
  /** The message of the daemon or the registry. */
  readonly message: string;
  readonly status?: number | undefined;
  /** The login it was asked with. */
  readonly found: FoundLogin;
  /** What was tried. */
  readonly verb: "pull" | "push" | "read" | "delete";
  /** Who talks to the registry, and so has to reach and trust it. */
  readonly asker: "daemon" | "client";
}

/** A refusal in the user's terms. It never holds a part of the login. */
export function registryFault(refusal: Refusal): Pick<Fault, "problem" | "advice"> {
  const { reference, message, found, verb, asker } = refusal;
  const host = fullReference(reference)?.registry ?? defaultRegistry;
  const from = asker === "daemon" ? "from the daemon's machine" : "from this machine";
  switch (troubleIn(message, refusal.status)) {
    case "absent": {
      const tag = fullReference(reference)?.tag;
      const what = tag === undefined ? "no such digest" : `no tag "${tag}"`;
      return {
        problem: `is not there: registry ${host} has ${what} of it`,
        advice: "Check registry, repository and tag.",
      };
    }
    case "denied": {
      const how =
        found.login === undefined
          ? `asked without a login, since ${found.source}`
          : `with the login of ${found.source}`;
      const hub = host === defaultRegistry ? " It may also not exist there." : "";
      return {
        problem: `is refused by registry ${host}, ${how}`,
        advice:
          found.login === undefined
            ? `Give the provider a registryAuth for it, or run \`docker login ${host}\`.${hub}`
            : `Mend that login, or use one that may do this.${hub}`,
      };
    }
    case "unreachable":
      return {
        problem: `can't be ${participles[verb]}: registry ${host} can't be reached ${from} (${cause(message)})`,
        advice: "Check the registry's name and port, the network and proxies.",
      };
    case "plain":
      return {
        problem: `can't be ${participles[verb]}: registry ${host} speaks plain HTTP, and is not known as one that may`,
        advice:
          asker === "daemon"
            ? `List it under "insecure-registries" in the daemon's daemon.json.`
            : `Give its address as http://${host} in registryAuth, or list it under "insecure-registries" of the daemon.`,
      };
    case "untrusted":
      return {
        problem: `can't be ${participles[verb]}: the certificate of registry ${host} is not trusted (${cause(message)})`,
        advice:
          asker === "daemon"
            ? `Put its CA into /etc/docker/certs.d/${host}/ca.crt on the daemon's machine, or list it under "insecure-registries".`
            : `Put its CA into /etc/docker/certs.d/${host}/ca.crt, or set insecureSkipVerify.`,
      };
    case "limited":
      return {
        problem: `can't be ${participles[verb]}: registry ${host} has answered too many requests`,
        advice: "Log in to it, or wait and try again.",
      };
    default:
      return { problem: `can't be ${participles[verb]}: ${cause(message)}` };
  }
}

/** The subject of a fault about an image. */
export function imageSubject(reference: string): string {
  return isImageId(reference) ? `Image ${reference.slice(0, "sha256:".length + 12)}` : `Image "${reference}"`;
}

const participles = { pull: "pulled", push: "pushed", read: "looked up", delete: "deleted" } as const;

/** What an Engine puts before the cause; one with images in containerd says more of the way there. */
const way = [
  '(?:Get|Head|Post|Put|Delete) "[^"]*": ',
  "error parsing HTTP \\d+ response body: ",
  'failed to resolve reference "[^"]*": ',
  "failed to (?:do request|copy|authorize|fetch \\w+ token): ",
  "tls: failed to verify certificate: ",
];

/** The last part of a chain of causes, which is the one that says it: `Get "https://…": dial tcp …: connection refused`. */
function cause(message: string): string {
  return message
    .trim()
    .replace(new RegExp(`^(?:${way.join("|")})+`), "")
    .replace(/\.$/, "");
}
