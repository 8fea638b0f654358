import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "./endpoint";
import type { Login } from "./registry-login";

/** What the docker command is run with, so that it talks to the same daemon and registries as Slipway does. */
export interface CliSetting {
  readonly endpoint: Endpoint;
  /** Logins by registry host. @default those of docker's own configuration */
  readonly logins?: ReadonlyMap<string, Login>;
  /** Further variables: they can be read by the process alone, where its arguments can be read by everybody. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/** An environment for the docker command, and what it needs on disk. */
export interface CliEnvironment {
  readonly env: NodeJS.ProcessEnv;
  /** Removes what was put on disk. */
  remove(): Promise<void>;
}

/**
 * An environment in which the docker command uses this endpoint and these logins. Its configuration folder is a copy by links of
 * the user's own, so that plugins, builders and contexts stay what they are; only the logins differ, and only the user can read them.
 */
export async function cliEnvironment({ endpoint, logins, variables = {} }: CliSetting): Promise<CliEnvironment> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-docker-"));
  const own = process.env["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const names = await readdir(own).catch(() => []);
  await Promise.all(
    names.filter((name) => name !== "config.json").map((name) => symlink(join(own, name), join(folder, name))),
  );
  const config = await readFile(join(own, "config.json"), "utf8").catch(() => "{}");
  await writeFile(join(folder, "config.json"), withLogins(config, logins), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DOCKER_CONFIG: folder,
    BUILDX_CONFIG: process.env["BUILDX_CONFIG"] || join(own, "buildx"),
    DOCKER_HOST: endpoint.url,
    ...(await tlsVariables(endpoint, folder)),
    ...variables,
  };
  // The address says it all; a context would win over it.
  delete env["DOCKER_CONTEXT"];
  delete env["DOCKER_AUTH_CONFIG"];
  return { env, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function tlsVariables(endpoint: Endpoint, folder: string): Promise<Record<string, string>> {
  if (endpoint.kind !== "tcp" || endpoint.tls === undefined) return {};
  const { ca, cert, key, verify } = endpoint.tls;
  const place = join(folder, "slipway-tls");
  await mkdir(place, { mode: 0o700 });
  const files = { "ca.pem": ca, "cert.pem": cert, "key.pem": key };
  for (const [name, text] of Object.entries(files)) {
    if (text !== undefined) await writeFile(join(place, name), text, { mode: 0o600 });
  }
  return { DOCKER_CERT_PATH: place, DOCKER_TLS: "1", ...(verify ? { DOCKER_TLS_VERIFY: "1" } : {}) };
}

/** The user's config.json with the logins of this run, which helpers and stores would hide. */
function withLogins(text: string, logins: ReadonlyMap<string, Login> | undefined): string {
  const parsed: unknown = JSON.parse(text.trim() || "{}");
  if (logins === undefined || typeof parsed !== "object" || parsed === null) return text;
  const auths = Object.fromEntries(
    [...logins].map(([host, { username = "", password = "", identityToken }]) => [
      host,
      {
        auth: Buffer.from(`${username}:${password}`).toString("base64"),
        ...(identityToken === undefined ? {} : { identitytoken: identityToken }),
      },
    ]),
  );
  return JSON.stringify({ ...parsed, auths, credsStore: undefined, credHelpers: undefined });
}
