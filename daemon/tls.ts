import { join } from "node:path";
import { SlipwayError } from "../values/fault";
import { optionalFile } from "./optional-file";

/** The material of a TLS connection, PEM texts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Whether the daemon's certificate must be valid. */
  readonly verify: boolean;
}

/** The files of a folder as Docker names them; a folder that holds none is a fault, since a plain connection was not meant. */
export async function tlsFromFolder(folder: string, source: string, verify = true): Promise<Tls> {
  const tls = await filesOf(folder, verify);
  const refuse = (problem: string, advice: string): SlipwayError =>
    new SlipwayError({ subject: `Certificates from ${source}`, value: folder, problem, advice });
  if (tls.ca === undefined && tls.cert === undefined && tls.key === undefined) {
    throw refuse("are not there", "The folder must hold ca.pem, cert.pem and key.pem.");
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const missing = tls.cert === undefined ? "cert.pem" : "key.pem";
    throw refuse(`lack ${missing}`, "Put cert.pem and key.pem there, both or none.");
  }
  return tls;
}

/**
 * TLS as the environment asks for it: DOCKER_CERT_PATH as the official plugin reads it (verified), DOCKER_TLS_VERIFY and
 * DOCKER_TLS as the docker command does (docker/cli, cli/flags/options.go), where DOCKER_TLS alone does not verify.
 */
export async function tlsFromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  configFolder: string,
): Promise<Tls | undefined> {
  const verify = Boolean(env["DOCKER_TLS_VERIFY"]);
  const wanted = verify || Boolean(env["DOCKER_TLS"]);
  const folder = env["DOCKER_CERT_PATH"];
  if (folder) return tlsFromFolder(folder, "DOCKER_CERT_PATH", verify || !wanted);
  return wanted ? filesOf(configFolder, verify) : undefined;
}

/** What of ca.pem, cert.pem and key.pem is in a folder. */
export async function filesOf(folder: string, verify: boolean): Promise<Tls> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => optionalFile(join(folder, name))),
  );
  return {
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
