import { createHmac } from "node:crypto";
import { join, normalize } from "node:path";
import type { EngineImageArgs, EngineImageBuild } from "../../resources/image";
import { canonicalReference } from "../../values/image-reference";
import { parseBytes } from "../../values/quantity";
import type { Rules } from "../diff";
import {
  flagOf,
  hasUnknown,
  isObject,
  mapOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  unknown,
  type Value,
} from "../value";

/** What a change of each input asks for. Nothing replaces an image resource: a build gives its tag a new image. */
export const rules: Rules<EngineImageArgs> = {
  build: { on: "update", meaning: buildMeaning },
  // Says only when to build, so a change of it changes nothing.
  buildOnPreview: { on: "live", meaning: () => null },
  imageName: { on: "update", meaning: (value) => canonicalReference(textOf(value) ?? "") },
  registry: { on: "update", meaning: (value) => registryHost(value) ?? null },
  skipPush: { on: "update", meaning: (value) => (value === true ? true : null) },
};

/**
 * What each part of `build` has a say in: the result; only how it comes about, so that a change is applied without a build; or
 * nothing that a change of it could alter.
 */
const parts: { readonly [Name in keyof Required<EngineImageBuild>]: "result" | "way" | "nothing" } = {
  addHosts: "result",
  args: "result",
  builder: "way",
  builderVersion: "result",
  cacheFrom: "way",
  // A cache is exported by a build only, and what pulls always is compared with the bases of the last build.
  cacheTo: "result",
  // What lies in the folders is in `contextDigest`.
  context: "way",
  contexts: "result",
  dockerfile: "way",
  // Its text is in `contextDigest`.
  dockerfileInline: "way",
  keep: "way",
  labels: "result",
  network: "result",
  noCache: "way",
  platform: "result",
  platforms: "result",
  pull: "result",
  secrets: "nothing",
  shmSize: "result",
  ssh: "nothing",
  target: "result",
  ulimits: "result",
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

/** What lines of the Dockerfile are said to be of. */
export function dockerfileName(build: Properties): string {
  return textOf(build["dockerfileInline"]) === undefined
    ? (textOf(build["dockerfile"]) ?? "Dockerfile")
    : "dockerfileInline";
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
 * in the result. Undefined where something is not known yet. It says nothing of the inputs to one who lacks the provider's id.
 */
export function buildKey(inputs: Properties, providerId: string): string | undefined {
  const build = objectOf(inputs["build"]);
  if (hasUnknown(build)) return undefined;
  const part = (name: string): string => Reflect.get(parts, name) ?? "result";
  const entries = Object.entries(objectOf(buildMeaning(build))).filter(([name]) => part(name) === "result");
  const text = canonical(Object.fromEntries(entries));
  return createHmac("sha256", providerId).update(text).digest("hex").slice(0, 16);
}

/** What a build means, so that two spellings of one meaning compare equal. */
function buildMeaning(value: Value): Value {
  const build = Object.fromEntries(
    Object.entries(objectOf(value)).filter(([name]) => Reflect.get(parts, name) !== "nothing"),
  );
  const path = (name: string): Value => {
    const text = textOf(build[name]);
    return text === undefined ? (build[name] ?? null) : normalize(text).replace(/(?<=.)\/+$/, "");
  };
  const unless = (name: string, plain: Value): Value | undefined => (build[name] === plain ? undefined : build[name]);
  return defined({
    ...build,
    addHosts: hasUnknown(build["addHosts"]) ? build["addHosts"] : hostsOf(build),
    builderVersion: unless("builderVersion", "BuilderBuildKit"),
    cacheFrom: objectOf(build["cacheFrom"])["images"] ?? build["cacheFrom"],
    context: path("context"),
    dockerfile: path("dockerfile"),
    network: unless("network", "default"),
    noCache: unless("noCache", false),
    pull: unless("pull", "missing"),
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
