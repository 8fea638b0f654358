import { createHash } from "node:crypto";
import { join, normalize } from "node:path";
import type { ImageArgs } from "@pulumi/docker";
import { canonicalReference } from "../../values/image-reference";
import { parseBytes } from "../../values/quantity";
import type { Rules } from "../diff";
import {
  flagOf,
  hasUnknown,
  isObject,
  listOf,
  mapOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  unknown,
  type Value,
} from "../value";

/** What a change of each input asks for. Nothing replaces an image resource: a build gives its tag a new image. */
export const rules: Rules<ImageArgs> = {
  build: { on: "update", meaning: buildMeaning },
  // Says only when to build, so a change of it changes nothing.
  buildOnPreview: { on: "live", meaning: () => null },
  imageName: { on: "update", meaning: (value) => canonicalReference(textOf(value) ?? "") },
  registry: { on: "update", meaning: (value) => registryHost(value) ?? null },
  skipPush: { on: "update", meaning: (value) => (value === true ? true : null) },
};

/** Inputs as the official plugin's Check answers them, without `contextDigest`, which needs the files. */
export function withImageDefaults(news: Properties): Properties {
  const build = objectOf(news["build"]);
  const context = build["context"] === unknown ? unknown : (textOf(build["context"]) ?? ".");
  const besideContext = context === unknown ? unknown : normalize(join(context, "Dockerfile"));
  return {
    buildOnPreview: false,
    ...defined(news),
    build: {
      ...defined(build),
      context,
      dockerfile: build["dockerfile"] === unknown ? unknown : (textOf(build["dockerfile"]) ?? besideContext),
      platform: build["platform"] ?? `linux/${architecture()}`,
    },
  };
}

/** True where the image is pushed: the official plugin pushes unless it is told not to. */
export function isPushed(inputs: Properties): boolean {
  return flagOf(inputs["skipPush"]) !== true;
}

/** The host of the registry in `registry.server`, without scheme and path. */
export function registryHost(registry: Value | undefined): string | undefined {
  return textOf(objectOf(registry)["server"])
    ?.replace(/^https?:\/\//, "")
    .replace(/\/.*$/s, "");
}

/**
 * A key that is equal exactly when two builds are asked for the same: the digest of the files, and every input that has a part
 * in the result. Undefined where something is not known yet.
 */
export function buildKey(inputs: Properties): string | undefined {
  const build = objectOf(inputs["build"]);
  if (hasUnknown(build)) return undefined;
  const {
    context: _c,
    dockerfile: _d,
    cacheFrom: _f,
    cacheTo: _t,
    keep: _k,
    noCache: _n,
    pull: _p,
    ...rest
  } = objectOf(buildMeaning(build));
  return createHash("sha256").update(canonical(rest)).digest("hex").slice(0, 16);
}

/** What a build means, so that two spellings of one meaning compare equal; secrets and agents have no part in the result. */
function buildMeaning(value: Value): Value {
  const { secrets: _s, ssh: _a, ...build } = objectOf(value);
  const path = (name: string): Value => {
    const text = textOf(build[name]);
    return text === undefined ? (build[name] ?? null) : normalize(text).replace(/(?<=.)\/+$/, "");
  };
  const images = listOf(objectOf(build["cacheFrom"])["images"]);
  return defined({
    ...build,
    addHosts: hasUnknown(build["addHosts"]) ? build["addHosts"] : hostsOf(build),
    builderVersion: build["builderVersion"] === "BuilderBuildKit" ? undefined : build["builderVersion"],
    cacheFrom: build["cacheFrom"] === unknown || images.includes(unknown) ? build["cacheFrom"] : [...images],
    context: path("context"),
    dockerfile: path("dockerfile"),
    network: build["network"] === "default" ? undefined : build["network"],
    noCache: build["noCache"] === false ? undefined : build["noCache"],
    pull: build["pull"] === false ? undefined : build["pull"],
    shmSize: bytesOf(build["shmSize"]),
  });
}

function bytesOf(value: Value | undefined): Value | undefined {
  const bytes = typeof value === "string" || typeof value === "number" ? parseBytes(value) : undefined;
  return bytes ?? value;
}

/** Extra lines of `/etc/hosts` as the Engine takes them, `name:address`; `name=address` is the newer spelling of the docker command. */
export function hostsOf(build: Properties): string[] {
  return textsOf(build["addHosts"]).map((host) => host.replace(/^([^:=]+)=/, "$1:"));
}

/** The build arguments; undefined for one whose value is not known yet. */
export function argsOf(build: Properties): Record<string, string | undefined> {
  const unknowns = Object.entries(objectOf(build["args"])).filter(([, value]) => value === unknown);
  return { ...Object.fromEntries(unknowns.map(([name]) => [name, undefined])), ...mapOf(build["args"]) };
}

/** A value as text, keys sorted, empty parts left out. */
function canonical(value: Value): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (!isObject(item as Value)) return item;
    const entries = Object.entries(item as Properties).filter(([, part]) => !isNothing(part));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isNothing(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function defined(properties: Properties): Record<string, Value> {
  const result: Record<string, Value> = {};
  for (const [key, value] of Object.entries(properties)) if (value !== undefined) result[key] = value;
  return result;
}

/** The processor's name as images spell it (GOARCH). */
function architecture(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  return names[process.arch] ?? process.arch;
}
