import { messageOf, SlipwayError } from "../values/fault";
import type { Endpoint } from "./endpoint";

/** What is behind a failed connection, and what to do. */
interface Cause {
  readonly problem: string;
  readonly advice: string;
}

const start = "Start Docker, or correct";
const wrongVersion = "ERR_SSL_WRONG_VERSION_NUMBER";

/** By the code of Node's error; `where` is what named the endpoint. */
const causes: Readonly<Record<string, (where: string, endpoint: Endpoint) => Cause>> = {
  ENOENT: (where, endpoint) =>
    endpoint.kind === "ssh"
      ? { problem: "there is no ssh on this machine", advice: "Install an ssh client." }
      : { problem: "there is no such socket", advice: `${start} ${where}.` },
  EACCES: () => ({
    problem: "this user may not open the socket",
    advice: "Add the user to the group `docker` and log in again, or run as root.",
  }),
  ECONNREFUSED: (where) => ({ problem: "nothing listens there", advice: `${start} ${where}.` }),
  ENOTFOUND: (where) => ({ problem: "no machine of that name is known", advice: `Correct ${where}.` }),
  EAI_AGAIN: () => ({ problem: "the name could not be looked up", advice: "Check the network and its DNS." }),
  ETIMEDOUT: (where) => ({
    problem: "no connection came about in time",
    advice: `Check the network and its firewalls, or correct ${where}.`,
  }),
  EHOSTUNREACH: () => ({ problem: "there is no route to it", advice: "Check the network (VPN?)." }),
  ENETUNREACH: () => ({ problem: "there is no route to it", advice: "Check the network (VPN?)." }),
  ECONNRESET: (_where, endpoint) =>
    endpoint.kind === "tcp" && endpoint.tls === undefined
      ? {
          problem: "it closed the connection",
          advice: "If it wants TLS, set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH.",
        }
      : { problem: "it closed the connection", advice: "The daemon's log says why." },
  EPIPE: () => ({ problem: "it closed the connection", advice: "The daemon's log says why." }),
  ERR_TLS_CERT_ALTNAME_INVALID: (where) => ({
    problem: "its certificate is for another name",
    advice: `Use a name of the certificate in ${where}, or give the daemon a certificate for this one.`,
  }),
  CERT_HAS_EXPIRED: () => ({ problem: "its certificate has expired", advice: "Give the daemon a new one." }),
  [wrongVersion]: () => ({
    problem: "it does not speak TLS there",
    advice: "Leave the certificates out (certPath, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH), or use the daemon's TLS port.",
  }),
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: () => ({
    problem: "the client's certificate and key do not belong together",
    advice: "Give a cert.pem and key.pem that were made together.",
  }),
};

const unknownAuthority = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];
for (const code of [...unknownAuthority, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "UNABLE_TO_GET_ISSUER_CERT"]) {
  Object.assign(causes, {
    [code]: () => ({
      problem: "its certificate is not signed by the given authority",
      advice: "Give the ca.pem (caMaterial) of the authority that signed it.",
    }),
  });
}

/** A daemon that can't be talked to: the address tried, who named it, the cause and what to do (reconciliation.md, E1). */
export function unreachable(endpoint: Endpoint, error: unknown): SlipwayError {
  const { problem, advice } = causeOf(endpoint, error);
  return new SlipwayError(
    { subject: subjectOf(endpoint), problem: `does not answer: ${problem}`, advice },
    { cause: error },
  );
}

/** Something answered that is no Docker daemon. */
export function noDaemon(endpoint: Endpoint, status: number, type: string, body: string): SlipwayError {
  const subject = subjectOf(endpoint);
  if (/HTTP request to an HTTPS server/i.test(body)) {
    const advice = "Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or the provider's settings for certificates.";
    return new SlipwayError({ subject, problem: "speaks TLS, and was asked without", advice });
  }
  const page = /html/i.test(type) || /^\s*<(!doctype|html)/i.test(body);
  const what = page ? `a web page (${titleOf(body)})` : `${type === "" ? "something" : type} that is no Engine API`;
  return new SlipwayError({
    subject,
    problem: `is no Docker daemon: it answered HTTP ${status} with ${what}`,
    advice: page ? "A proxy or another server answers there: correct the address." : "Correct the address.",
  });
}

/** How a daemon is called in messages. */
export function subjectOf(endpoint: Endpoint): string {
  return `Docker daemon at ${endpoint.url} (from ${endpoint.source})`;
}

function causeOf(endpoint: Endpoint, error: unknown): Cause {
  const said = sshSaid(error);
  if (said !== undefined) return sshCause(said);
  if (error instanceof Error && error.name === "TimeoutError") {
    return { problem: "it took the connection and said nothing", advice: "It may be starting or stuck: see its log." };
  }
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (error instanceof Error && typeof code === "string") {
    const where = endpoint.source.startsWith("the default") ? "DOCKER_HOST" : endpoint.source;
    // Node reports some failures of TLS as a failed write with OpenSSL's words.
    const name = code === "EPROTO" && /wrong version number/.test(error.message) ? wrongVersion : code;
    const known = causes[name]?.(where, endpoint);
    if (known !== undefined) return known;
    if (code.startsWith("ERR_SSL_") && /ALERT|CERTIFICATE_REQUIRED|HANDSHAKE/.test(code)) {
      return {
        problem: `it refused the client's certificate (${code
          .replace(/^ERR_SSL_/, "")
          .toLowerCase()
          .replaceAll("_", " ")})`,
        advice: "Give a cert.pem and key.pem that the daemon's authority has signed.",
      };
    }
    if (code.startsWith("ERR_OSSL_")) {
      return {
        problem: `a certificate or key can't be read (${messageOf(error)})`,
        advice: "Give PEM texts, without a passphrase.",
      };
    }
  }
  return { problem: messageOf(error), advice: "Check that Docker runs and that the address is right." };
}

function sshSaid(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== "SshError") return undefined;
  return error.message;
}

/** By what ssh writes; its wording has been the same for decades. */
function sshCause(said: string): Cause {
  const table: readonly (readonly [RegExp, string])[] = [
    [
      /permission denied.*docker\.sock|connect to the docker daemon socket|dial unix.*permission denied/i,
      "Add the user on the far side to the group `docker`.",
    ],
    [/cannot connect to the docker daemon|dial unix/i, "Start Docker on the far side."],
    [
      /permission denied/i,
      "Load the key into an agent (`ssh-add`), or name it in ~/.ssh/config or sshOpts (`-i FILE`).",
    ],
    [
      /host key verification failed|host identification has changed/i,
      "Connect once by hand with ssh to see and accept its key.",
    ],
    [/could not resolve hostname/i, "Correct the address."],
    [
      /connection refused|timed out|no route to host|network is unreachable/i,
      "Check the network and that sshd runs there.",
    ],
    [
      /docker: (command )?not found|docker: no such file/i,
      "Install Docker on the far side, in the PATH of a login without terminal.",
    ],
  ];
  const advice = table.find(([pattern]) => pattern.test(said))?.[1] ?? "Try `ssh` to it by hand.";
  return { problem: `ssh says "${said}"`, advice };
}

function titleOf(body: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1]?.trim().replace(/\s+/g, " ");
  return title === undefined || title === "" ? "HTML" : `"${title.slice(0, 80)}"`;
}
