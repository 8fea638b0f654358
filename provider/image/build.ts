import { homedir } from "node:os";
import { resolve } from "node:path";
import type { BuildOptions, Ulimit } from "../../daemon/build";
import type { SecretSource, SessionOffer } from "../../daemon/build-session";
import { secretOf } from "../../daemon/build-session/secrets";
import { type BuildContext, readContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { imagesOf } from "../../daemon/dockerfile-images";
import type { FoundLogin, Login, Logins } from "../../daemon/registry-login";
import { defaultRegistry, fullReference } from "../../values/image-reference";
import { parseBytes } from "../../values/quantity";
import { loginsOf } from "../registry-logins";
import type { Context } from "../resource";
import { flagOf, listOf, mapOf, numberOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { hostsOf, isPushed, registryHost } from "./inputs";

/** Reads the build context that the inputs name. */
export function contextOf(build: Properties): Promise<BuildContext> {
  const dockerfileText = textOf(build["dockerfileInline"]);
  return readContext({
    ...(dockerfileText === undefined ? {} : { dockerfileText }),
    context: textOf(build["context"]) ?? ".",
    dockerfile: textOf(build["dockerfile"]) ?? "Dockerfile",
    root: process.cwd(),
  });
}

/** The inputs as the daemon's builder takes them; a session is offered only what this build can need. */
export async function buildOptionsOf(
  context: Pick<Context, "settings">,
  inputs: Properties,
  source: BuildContext,
): Promise<BuildOptions> {
  const build = objectOf(inputs["build"]);
  const classic = build["builderVersion"] === "BuilderV1";
  const text = (name: "target" | "platform" | "network"): string | undefined => textOf(build[name]);
  const target = text("target");
  const platform = text("platform");
  const network = text("network");
  const shmSize = build["shmSize"];
  const bytes = typeof shmSize === "number" || typeof shmSize === "string" ? parseBytes(shmSize) : undefined;
  const logins = imageLogins(context, inputs);
  const { found, unsure } = await loginsFor(context, inputs, source);
  const secrets = secretsOf(build);
  const offer: SessionOffer = {
    secrets,
    ssh: agentsOf(build),
    ...(found.size === 0 && !unsure ? {} : { logins }),
  };
  return {
    context: source,
    builder: classic ? "classic" : "buildkit",
    args: { ...mapOf(build["args"]), ...inlineCacheOf(build) },
    extraHosts: hostsOf(build),
    cacheFrom: textsOf(objectOf(build["cacheFrom"])["images"]),
    labels: mapOf(build["labels"]),
    noCache: flagOf(build["noCache"]) ?? false,
    pull: build["pull"] === "always",
    ulimits: ulimitsOf(build),
    secrets: [...(await Promise.all([...secrets.values()].map(textOfSecret))), passwordOf(inputs)],
    ...(bytes === undefined ? {} : { shmSize: bytes }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    ...(network === undefined ? {} : { networkMode: network }),
    ...(classic ? { logins: Object.fromEntries(found) } : { offer }),
  };
}

/** The daemon's builder has no cache export but one, which is asked for by an argument (buildkit, "Inline cache"). */
function inlineCacheOf(build: Properties): Record<string, string> {
  return textsOf(build["cacheTo"]).includes("type=inline") ? { BUILDKIT_INLINE_CACHE: "1" } : {};
}

/** The image's own registry first, then what the provider's settings and docker's configuration give. */
export function imageLogins(context: Pick<Context, "settings">, inputs: Properties): Pick<Logins, "find"> {
  const others = loginsOf(context);
  const registry = objectOf(inputs["registry"]);
  const username = textOf(registry["username"]);
  const host = registryHost(registry) ?? fullReference(textOf(inputs["imageName"]) ?? "")?.registry;
  if (username === undefined || host === undefined) return others;
  const own: FoundLogin = {
    login: { username, password: textOf(registry["password"]) ?? "" },
    source: "the image's `registry`",
  };
  const isHub = (name: string): boolean => name === defaultRegistry || name === "index.docker.io";
  return {
    find: (asked) => (asked === host || (isHub(asked) && isHub(host)) ? Promise.resolve(own) : others.find(asked)),
  };
}

/** The sources of secrets, by id. */
export function secretsOf(build: Properties): Map<string, SecretSource> {
  const entries = Object.entries(objectOf(build["secrets"])).flatMap(([id, value]): [string, SecretSource][] => {
    const { file, environment, value: content } = objectOf(value);
    if (typeof content === "string") return [[id, { value: content }]];
    if (typeof environment === "string") return [[id, { environment }]];
    return typeof file === "string" ? [[id, { file: resolve(file.replace(/^~(?=\/)/, homedir())) }]] : [];
  });
  return new Map(entries);
}

/** The sockets of ssh agents, by id; `default` alone is the agent of the user's own shell. */
export function agentsOf(build: Properties): Map<string, string> {
  const entries = textsOf(build["ssh"]).map((text): [string, string] => {
    const [, id = "default", path] = /^([^=]+)(?:=(.+))?$/.exec(text) ?? [];
    return [id, path ?? process.env["SSH_AUTH_SOCK"] ?? ""];
  });
  return new Map(entries);
}

/** A secret as text, so that logs and errors can leave it out; one that can't be read is told of when a step asks for it. */
async function textOfSecret(source: SecretSource): Promise<string> {
  const bytes = await secretOf(source).catch(() => new Uint8Array());
  return Buffer.from(bytes).toString("utf8");
}

function passwordOf(inputs: Properties): string {
  return textOf(objectOf(inputs["registry"])["password"]) ?? "";
}

/** The logins of the registries that an image is built from and pushed to, by host; `unsure` where only the build knows them all. */
export async function loginsFor(
  context: Pick<Context, "settings">,
  inputs: Properties,
  source: BuildContext,
): Promise<{ readonly found: ReadonlyMap<string, Login>; readonly unsure: boolean }> {
  const build = objectOf(inputs["build"]);
  const logins = imageLogins(context, inputs);
  const images = imagesOf(parseDockerfile(source.dockerfileText), mapOf(build["args"]), textOf(build["target"]));
  const named = [
    ...images.map(({ reference }) => reference),
    ...Object.values(mapOf(build["contexts"])).map((context) => /^docker-image:\/\/(.*)$/.exec(context)?.[1]),
    ...[...textsOf(objectOf(build["cacheFrom"])["images"]), ...textsOf(build["cacheTo"])].map(cacheReference),
    isPushed(inputs) ? textOf(inputs["imageName"]) : undefined,
  ];
  const hosts = new Set(named.map((reference) => fullReference(reference ?? "")?.registry ?? defaultRegistry));
  const found = new Map<string, Login>();
  for (const host of hosts) {
    const { login } = await logins.find(host);
    if (login !== undefined) found.set(host === defaultRegistry ? "https://index.docker.io/v1/" : host, login);
  }
  return { found, unsure: images.some(({ reference }) => reference === undefined) };
}

/** The image of a cache: its reference alone, or `type=registry,ref=…`. */
function cacheReference(cache: string): string | undefined {
  return cache.includes("=") ? /(?:^|,)ref=([^,]*)/.exec(cache)?.[1] : cache;
}

function ulimitsOf(build: Properties): Ulimit[] {
  return listOf(build["ulimits"]).flatMap((item) => {
    const { name, soft, hard } = objectOf(item);
    const least = numberOf(soft);
    if (typeof name !== "string" || least === undefined) return [];
    return [{ name, soft: least, hard: numberOf(hard) ?? least }];
  });
}
