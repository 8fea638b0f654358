import { defaultRegistry } from "../values/image-reference";
import type { Engine } from "./client";
import { type Answer, challengesIn, messageIn, request, textIn } from "./registry-http";
import type { FoundLogin, Login } from "./registry-login";

/** How a registry is spoken to. */
export interface RegistryOptions {
  /** The login, and the scheme that it demands. */
  readonly found: FoundLogin;
  /** Whether plain HTTP and certificates that nobody trusts are allowed, as the daemon judges (`daemonAllowsInsecure`). @default false */
  readonly insecure?: boolean;
  /** Takes any certificate. @default false */
  readonly skipVerify?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What stands under a tag or a digest. */
export interface Manifest {
  /** `sha256:…` of the manifest, or of the list of manifests. */
  readonly digest: string;
  readonly mediaType: string;
  /** The JSON; undefined where only the digest was asked for. */
  readonly content?: unknown;
}

/** An answer of a registry that is no success. */
export class RegistryError extends Error {
  constructor(
    /** HTTP status. */
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "RegistryError";
  }
}

/** A client of the OCI distribution API (distribution-spec 1.1) for what the daemon can't be asked: digests, lists, tags, deletion. */
export class Registry {
  /** Authorization headers that were accepted, by scope. */
  private readonly accepted = new Map<string, string>();
  private base: string | undefined;

  constructor(
    /** Host, with its port where it has one, as in references. */
    readonly host: string,
    private readonly options: RegistryOptions,
  ) {}

  /** The digest under a tag; undefined where the registry has none. */
  async digest(repository: string, reference: string): Promise<Manifest | undefined> {
    const head = await this.ask("HEAD", repository, `manifests/${reference}`, "pull");
    if (head.status === 404) return undefined;
    const digest = textIn(head.headers["docker-content-digest"]);
    // Some registries leave the digest out of the answer to HEAD; it is the hash of the content then.
    if (digest === undefined) return this.manifest(repository, reference);
    return { digest, mediaType: textIn(head.headers["content-type"]) ?? "" };
  }

  /** The manifest, or list of manifests, under a tag or digest; undefined where the registry has none. */
  async manifest(repository: string, reference: string): Promise<Manifest | undefined> {
    const answer = await this.ask("GET", repository, `manifests/${reference}`, "pull");
    if (answer.status === 404) return undefined;
    const digest = textIn(answer.headers["docker-content-digest"]) ?? (await sha256(answer.body));
    return {
      digest,
      mediaType: textIn(answer.headers["content-type"]) ?? "",
      content: JSON.parse(String(answer.body)),
    };
  }

  /** The tags of a repository, page by page. */
  async tags(repository: string): Promise<string[]> {
    const found: string[] = [];
    let next: string | undefined = "tags/list?n=1000";
    while (next !== undefined) {
      const answer: Answer = await this.ask("GET", repository, next, "pull");
      if (answer.status === 404) return found;
      const content: unknown = JSON.parse(String(answer.body));
      const tags: unknown = typeof content === "object" && content !== null ? Reflect.get(content, "tags") : undefined;
      if (Array.isArray(tags)) found.push(...tags.filter((tag) => typeof tag === "string"));
      const link: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(textIn(answer.headers["link"]) ?? "")?.[1];
      next = link === undefined ? undefined : `tags/list?${link.split("?")[1] ?? ""}`;
    }
    return found;
  }

  /** Deletes the manifest of a digest, and with it every tag of it, or one tag where the registry can. Gone already is a success. */
  async delete(repository: string, reference: string): Promise<void> {
    await this.ask("DELETE", repository, `manifests/${reference}`, "delete,pull");
  }

  private async ask(method: string, repository: string, path: string, actions: string): Promise<Answer> {
    const scope = `repository:${repository}:${actions}`;
    const base = this.base ?? (await this.probe());
    const url = `${base}/v2/${repository}/${path}`;
    let answer = await this.send(method, url, this.accepted.get(scope));
    if (answer.status === 401) {
      const authorization = await this.authorize(answer, scope);
      if (authorization !== undefined) {
        answer = await this.send(method, url, authorization);
        if (answer.status < 400) this.accepted.set(scope, authorization);
      }
    }
    if (answer.status < 400 || answer.status === 404) return answer;
    throw new RegistryError(answer.status, messageIn(answer));
  }

  /** Finds out whether the registry speaks TLS, in the order that the daemon tries. */
  private async probe(): Promise<string> {
    const { found, insecure = false } = this.options;
    const address = this.host === defaultRegistry ? "registry-1.docker.io" : this.host;
    if (found.scheme === "http") {
      this.base = `http://${address}`;
      return this.base;
    }
    const secure = `https://${address}`;
    try {
      await this.send("GET", `${secure}/v2/`, undefined);
      this.base = secure;
    } catch (error) {
      if (!insecure || found.scheme === "https" || this.options.signal?.aborted) throw error;
      await this.send("GET", `http://${address}/v2/`, undefined);
      this.base = `http://${address}`;
    }
    return this.base;
  }

  private async send(
    method: string,
    url: string,
    authorization: string | undefined,
    form?: string,
    redirections = 5,
  ): Promise<Answer> {
    const { insecure = false, skipVerify = false, signal } = this.options;
    const headers = {
      accept: acceptable.join(", "),
      ...(authorization === undefined ? {} : { authorization }),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    };
    const rejectUnauthorized = !insecure && !skipVerify;
    const aborted = signal === undefined ? {} : { signal };
    const answer = await request(url, { method, headers, rejectUnauthorized, ...aborted }, form);
    const location = textIn(answer.headers["location"]);
    if (answer.status < 300 || answer.status >= 400 || location === undefined || redirections === 0) return answer;
    const target = new URL(location, url);
    // Storage behind a registry must not see the login.
    const shown = target.host === new URL(url).host ? authorization : undefined;
    return this.send(method, target.href, shown, undefined, redirections - 1);
  }

  /** The header that answers a challenge (RFC 7617; distribution, "Token Authentication Specification"). */
  private async authorize(answer: Answer, scope: string): Promise<string | undefined> {
    const { login } = this.options.found;
    if (login?.registryToken !== undefined) return `Bearer ${login.registryToken}`;
    const challenges = challengesIn(answer.headers["www-authenticate"]);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    const realm = bearer?.parameters["realm"];
    if (bearer !== undefined && realm !== undefined) {
      const service = bearer.parameters["service"] ?? "";
      return this.token(realm, service, bearer.parameters["scope"] ?? scope, login);
    }
    const offersBasic = challenges.some(({ scheme }) => scheme === "basic");
    return offersBasic ? basic(login) : undefined;
  }

  private async token(realm: string, service: string, scope: string, login: Login | undefined): Promise<string> {
    const url = new URL(realm);
    const form = new URLSearchParams({ service, scope, client_id: "slipway" });
    if (login?.identityToken !== undefined) {
      form.set("grant_type", "refresh_token");
      form.set("refresh_token", login.identityToken);
    } else {
      url.searchParams.set("service", service);
      for (const one of scope.split(" ")) url.searchParams.append("scope", one);
    }
    const answer =
      login?.identityToken !== undefined
        ? await this.send("POST", realm, undefined, form.toString())
        : await this.send("GET", url.href, basic(login));
    if (answer.status !== 200) throw new RegistryError(answer.status, `unauthorized: ${messageIn(answer)}`);
    const content: unknown = JSON.parse(String(answer.body));
    const field = (name: string): unknown =>
      typeof content === "object" && content !== null ? Reflect.get(content, name) : undefined;
    const token = field("token") ?? field("access_token");
    if (typeof token !== "string") throw new RegistryError(answer.status, `${url.host} gave no token`);
    return `Bearer ${token}`;
  }
}

/** True where the daemon may speak to a registry without a trusted certificate: on its loopback, or by its configuration. */
export async function daemonAllowsInsecure(engine: Engine, host: string, signal?: AbortSignal): Promise<boolean> {
  const name = host.replace(/:\d+$/, "");
  if (name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name)) return true;
  const info = await engine.json<{ RegistryConfig?: RegistryConfig }>("GET", "/info", { signal });
  const { IndexConfigs = {}, InsecureRegistryCIDRs = [] } = info.RegistryConfig ?? {};
  if (IndexConfigs[host]?.Secure === false) return true;
  const { BlockList, isIP } = await import("node:net");
  const { lookup } = await import("node:dns/promises");
  const plain = name.replace(/^\[|\]$/g, "");
  const kind = isIP(plain);
  const addresses =
    kind === 0 ? await lookup(plain, { all: true }).catch(() => []) : [{ address: plain, family: kind }];
  const block = new BlockList();
  for (const range of InsecureRegistryCIDRs) {
    const [network = "", bits] = range.split("/");
    block.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
  }
  return addresses.some(({ address, family }) => block.check(address, family === 6 ? "ipv6" : "ipv4"));
}

interface RegistryConfig {
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean }>>;
  readonly InsecureRegistryCIDRs?: readonly string[];
}

/** Lists before single manifests: what a tag of several platforms stands for is the list. */
const acceptable = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/json",
];

function basic(login: Login | undefined): string | undefined {
  if (login?.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${login.username}:${login.password ?? ""}`).toString("base64")}`;
}

async function sha256(body: Buffer): Promise<string> {
  const { createHash } = await import("node:crypto");
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
