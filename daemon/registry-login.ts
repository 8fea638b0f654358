import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, SlipwayError } from "../values/fault";
import { defaultRegistry } from "../values/image-reference";

/** What opens a registry. All of it is secret; no part may show in an error, a log line or the arguments of a process. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token that a registry's token service takes instead of a password. */
  readonly identityToken?: string;
  /** A token that is sent to the registry as it is. */
  readonly registryToken?: string;
}

/** One registry of the provider's setting `registryAuth`. */
export interface RegistryAuth {
  /** Host, or URL; `http://` in front says that the registry speaks plain HTTP. */
  readonly address: string;
  /** @default the environment's DOCKER_REGISTRY_USER, where no config file is named */
  readonly username?: string;
  /** @default the environment's DOCKER_REGISTRY_PASS, where no config file is named */
  readonly password?: string;
  /** The registry asks for no login, so none is sent. @default false */
  readonly authDisabled?: boolean;
  /** Path of a docker config file; `~/` is the home folder. */
  readonly configFile?: string;
  /** Content of a docker config file. */
  readonly configFileContent?: string;
}

/** What was found for one registry. */
export interface FoundLogin {
  /** Undefined: the registry is asked without a login. */
  readonly login?: Login;
  /** Where it is from, or why there is none, as a part of a sentence; it holds no secret. */
  readonly source: string;
  /** The scheme that `registryAuth` demands. @default what the daemon says of the registry */
  readonly scheme?: "http" | "https";
}

/** Where logins are looked for. */
export interface LoginSources {
  /** The provider's setting `registryAuth`. @default none */
  readonly entries?: readonly RegistryAuth[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, for `~/.docker`. */
  readonly home: string;
}

/**
 * Finds logins of registries: the entry of `registryAuth` first, then what the docker command would take: the variable
 * DOCKER_AUTH_CONFIG, then for the registry its credential helper, else the general credential store, else the config file.
 * As with the docker command, a helper that fails is no error by itself: the registry is asked without a login, and only if
 * it refuses, the reason is told.
 */
export class Logins {
  private readonly known = new Map<string, Promise<FoundLogin>>();

  constructor(private readonly sources: LoginSources) {}

  /** The login for a registry; `host` is its name in references, such as `docker.io` or `localhost:5000`. */
  find(host: string): Promise<FoundLogin> {
    const registry = isHub(host) ? defaultRegistry : host;
    let found = this.known.get(registry);
    if (found === undefined) {
      found = this.look(registry);
      this.known.set(registry, found);
    }
    return found;
  }

  private async look(registry: string): Promise<FoundLogin> {
    const { entries = [], env } = this.sources;
    const entry = entries.find(({ address }) => sameRegistry(hostOf(address), registry));
    if (entry === undefined) return this.fromDocker(registry);
    const demanded = schemeOf(entry.address);
    const source = "the provider's registryAuth";
    if (entry.authDisabled === true) return { source: `${source} (authDisabled)`, ...demanded };
    const given = entry.username !== undefined || entry.password !== undefined;
    const named = entry.configFileContent ?? entry.configFile;
    const fallback = !given && named === undefined;
    const username = entry.username ?? (fallback ? env["DOCKER_REGISTRY_USER"] : undefined);
    const password = entry.password ?? (fallback ? env["DOCKER_REGISTRY_PASS"] : undefined);
    if (username) {
      return { login: { username, password: plainPassword(registry, password ?? "") }, source, ...demanded };
    }
    if (entry.configFileContent !== undefined) {
      const config = parseConfig(entry.configFileContent, `configFileContent of registryAuth for "${entry.address}"`);
      return { ...(await this.fromConfig(config, registry, `${source}.configFileContent`)), ...demanded };
    }
    if (entry.configFile !== undefined) {
      const path = resolve(entry.configFile.replace(/^~(?=\/)/, this.sources.home));
      const config = parseConfig(await readConfig(path, entry.address), path);
      return { ...(await this.fromConfig(config, registry, path)), ...demanded };
    }
    return { ...(await this.fromDocker(registry)), ...demanded };
  }

  private async fromDocker(registry: string): Promise<FoundLogin> {
    const { env, home } = this.sources;
    const inline = env["DOCKER_AUTH_CONFIG"];
    if (inline) {
      const login = inFile(tolerant(inline), registry);
      if (login !== undefined) return { login, source: "DOCKER_AUTH_CONFIG" };
    }
    const path = join(env["DOCKER_CONFIG"] || join(home, ".docker"), "config.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return { source: `no login was found: ${path} is not there` };
    let config: DockerConfig;
    try {
      config = parseConfig(text, path);
    } catch (error) {
      return { source: `no login was found: ${messageOf(error)}` };
    }
    return this.fromConfig(config, registry, path);
  }

  private async fromConfig(config: DockerConfig, registry: string, source: string): Promise<FoundLogin> {
    const keys = keysOf(registry);
    const specific = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined);
    const helper = specific ?? config.credsStore;
    if (helper) {
      const program = `docker-credential-${helper}`;
      // The hub's logins are kept under the address of its first API.
      const server = registry === defaultRegistry ? hubServer : registry;
      const answer = await askHelper(program, server, this.sources.env);
      if (typeof answer === "string") return { source: `no login was found: ${answer} (${source} names it)` };
      if (answer === undefined) return { source: `no login was found: ${program} (named in ${source}) has none` };
      return { login: answer, source: `${program} (named in ${source})` };
    }
    const login = inFile(config, registry);
    return login === undefined ? { source: `no login was found in ${source}` } : { login, source };
  }
}

/** The header that hands a login to the daemon (Engine API, "Authentication"); none where there is no login. */
export function registryAuthHeader({ login }: FoundLogin, host: string): Record<string, string> {
  if (login === undefined) return {};
  const { username, password, identityToken, registryToken } = login;
  const body = { username, password, identitytoken: identityToken, registrytoken: registryToken, serveraddress: host };
  return { "X-Registry-Auth": headerText(body) };
}

/** An object as the daemon takes it in a header (Engine API, "Authentication"). */
export function headerText(value: object): string {
  // The daemon wants the padding that Node's base64url leaves out: without it a login counts as none, silently.
  const text = Buffer.from(JSON.stringify(value)).toString("base64");
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

const hubServer = "https://index.docker.io/v1/";
const hubHosts = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** The part of docker's config file that says how registries are opened. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

function isHub(host: string): boolean {
  return hubHosts.includes(host);
}

function sameRegistry(one: string, other: string): boolean {
  return one === other || (isHub(one) && isHub(other));
}

/** The host in an address that may be a URL with a path. */
function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
}

/** The scheme that an address demands. */
function schemeOf(address: string): Pick<FoundLogin, "scheme"> {
  if (address.startsWith("http://")) return { scheme: "http" };
  return address.startsWith("https://") ? { scheme: "https" } : {};
}

/** The keys under which a registry may stand in `credHelpers`. */
function keysOf(registry: string): readonly string[] {
  return registry === defaultRegistry ? [hubServer, ...hubHosts] : [registry];
}

function inFile(config: DockerConfig, registry: string): Login | undefined {
  const auths = Object.entries(config.auths ?? {});
  const exact = auths.find(([key]) => key === registry || (registry === defaultRegistry && key === hubServer));
  const [, found] = exact ?? auths.find(([key]) => sameRegistry(hostOf(key), registry)) ?? [];
  const text = (name: string): string | undefined => {
    const value: unknown = typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const decoded = Buffer.from(text("auth") ?? "", "base64")
    .toString("utf8")
    .replaceAll("\0", "");
  const [, user, secret] = /^([^:]+):(.*)$/s.exec(decoded) ?? [];
  const username = user ?? text("username");
  const password = secret ?? text("password");
  const identityToken = text("identitytoken");
  const registryToken = text("registrytoken");
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
    ...(registryToken === undefined ? {} : { registryToken }),
  };
  return Object.keys(login).length === 0 ? undefined : login;
}

/** ECR's password may come as the base64 text that its API gives, `AWS:PASSWORD`; the registry wants the password. */
function plainPassword(registry: string, password: string): string {
  if (!/\.dkr\.ecr[.-].*\.amazonaws\.com(\.cn)?$/.test(registry)) return password;
  const decoded = Buffer.from(password, "base64").toString("utf8");
  return decoded.startsWith("AWS:") ? decoded.slice("AWS:".length) : password;
}

async function readConfig(path: string, address: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const problem = `can't be read: ${messageOf(error).replace(/^([A-Z]+): .*$/s, "$1")}`;
    const advice = "Name a docker config file, or give username and password.";
    throw new SlipwayError(
      { subject: `registryAuth for "${address}"`, path: "configFile", value: path, problem, advice },
      { cause: error },
    );
  }
}

/** @throws {@link SlipwayError} without any of the text, which may hold passwords. */
function parseConfig(text: string, name: string): DockerConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    const auths: unknown = Reflect.get(parsed, "auths");
    const helpers: unknown = Reflect.get(parsed, "credHelpers");
    const store: unknown = Reflect.get(parsed, "credsStore");
    return {
      ...(typeof auths === "object" && auths !== null ? { auths: Object.fromEntries(Object.entries(auths)) } : {}),
      ...(typeof helpers === "object" && helpers !== null ? { credHelpers: textsIn(helpers) } : {}),
      ...(typeof store === "string" && store !== "" ? { credsStore: store } : {}),
    };
  }
  throw new SlipwayError({ subject: name, problem: "is no docker config file: it is not a JSON object" });
}

function textsIn(map: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** As the docker command does, a variable that is no config counts as absent. */
function tolerant(text: string): DockerConfig {
  try {
    return parseConfig(text, "DOCKER_AUTH_CONFIG");
  } catch {
    return {};
  }
}

/** How long a credential helper may take, in milliseconds; some ask a service. */
const helperPatience = 30_000;

/**
 * Asks a credential helper, which gets the server on its standard input (docker-credential-helpers, "Development").
 * @returns the login; undefined where the helper has none; what went wrong as a text.
 */
function askHelper(program: string, server: string, env: LoginSources["env"]): Promise<Login | string | undefined> {
  if (/[/\\]/.test(program)) return Promise.resolve(`"${program}" is no name of a credential helper`);
  return new Promise((done) => {
    const child = execFile(program, ["get"], { env, timeout: helperPatience }, (error, stdout) => {
      if (error === null) return done(loginOf(stdout) ?? `${program} gave an answer that is not understood`);
      if (error.code === "ENOENT") return done(`${program} is not on PATH`);
      if (/credentials not found/i.test(stdout)) return done(undefined);
      if (error.killed === true) return done(`${program} did not answer within ${helperPatience / 1000} s`);
      // Its output may hold secrets, so only its end is told.
      done(`${program} failed with exit code ${error.code ?? "?"}`);
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(server);
  });
}

function loginOf(answer: string): Login | undefined {
  try {
    const parsed: unknown = JSON.parse(answer);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const username: unknown = Reflect.get(parsed, "Username");
    const secret: unknown = Reflect.get(parsed, "Secret");
    if (typeof username !== "string" || typeof secret !== "string") return undefined;
    return username === "<token>" ? { identityToken: secret } : { username, password: secret };
  } catch {
    return undefined;
  }
}
