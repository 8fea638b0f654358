import { appendFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import type * as docker from "@pulumi/docker";
import { type BuildOptions, type BuildResources, buildImage } from "../daemon/build";
import type { SecretSource } from "../daemon/build-session";
import { assertSource, readContext, remoteContext } from "../daemon/context";
import type { RegistryAuth } from "../daemon/registry-login";
import { type Fault, isSlipwayError } from "../values/fault";
import { parseImageReference } from "../values/image-reference";
import { loginsOf } from "./registry-logins";
import type { Context } from "./resource";
import { subjectOf } from "./urn";
import {
  flagOf,
  hasUnknown,
  isEmpty,
  listOf,
  mapOf,
  numberOf,
  objectOf,
  type Properties,
  textOf,
  textsOf,
  unknown,
  type Value,
} from "./value";

type BuildArgs = Required<docker.types.input.RemoteImageBuild>;

/** What the official plugin writes into the state for an input of the block that is not given. */
const absent: { readonly [Name in keyof BuildArgs]: Value } = {
  additionalContexts: [],
  authConfigs: [],
  buildArgs: null,
  buildId: "",
  buildLogFile: "",
  builder: "",
  cacheFroms: [],
  cacheTos: [],
  cgroupParent: "",
  context: "",
  cpuPeriod: null,
  cpuQuota: null,
  cpuSetCpus: "",
  cpuSetMems: "",
  cpuShares: null,
  dockerfile: "",
  extraHosts: [],
  forceRemove: null,
  isolation: "",
  label: null,
  labels: null,
  memory: null,
  memorySwap: null,
  networkMode: "",
  noCache: null,
  platform: "",
  provenance: "",
  pullParent: null,
  remoteContext: "",
  remove: null,
  sbom: "",
  secrets: [],
  securityOpts: [],
  sessionId: "",
  shmSize: null,
  squash: null,
  suppressOutput: null,
  tags: [],
  target: "",
  ulimits: [],
  useLegacyBuilder: false,
  version: "",
};

/** What stands for it after a Read. */
const zeros: { readonly [Name in keyof BuildArgs]?: Value } = {
  buildArgs: {},
  cpuPeriod: 0,
  cpuQuota: 0,
  cpuShares: 0,
  forceRemove: false,
  label: {},
  labels: {},
  memory: 0,
  memorySwap: 0,
  noCache: false,
  pullParent: false,
  remove: false,
  shmSize: 0,
  squash: false,
  suppressOutput: false,
};

/** Inputs of the block for which the Engine's own builders have no counterpart. */
const needsBuildx = ["additionalContexts", "builder", "cacheTos", "provenance", "sbom"] as const;

/** What only the classic builder keeps; BuildKit's steps are not containers of the daemon. */
const numbersOfClassic = ["cpuPeriod", "cpuQuota", "cpuShares", "memory", "memorySwap"] as const;
const textsOfClassic = ["cgroupParent", "cpuSetCpus", "cpuSetMems"] as const;

/** The block `build` of RemoteImage and RegistryImage: an image made from a Dockerfile under the resource's name. */
export const buildBlock = {
  /** Defaults that Check fills in. */
  defaults: { dockerfile: "Dockerfile", remove: true },

  /** Property paths in it that are secret by themselves. */
  secrets: ["auth", "identityToken", "password", "registryToken"].map((name) => `build.authConfigs[*].${name}`),

  /** The block as what it means: what was not given is what stands for it. */
  meaning(value: Value): Value {
    const { context, ...rest } = objectOf(value);
    const given = Object.entries(rest).filter(([name, item]) => !isEmpty(item) && !isAbsent(name, item));
    const folder = textOf(context);
    const plainContext = folder === undefined ? (context ?? null) : join(folder).replace(/(?<=.)\/$/, "");
    return { ...Object.fromEntries(given), context: plainContext };
  },

  /** What can be known to be wrong with it before anything is touched. */
  async faults(value: Value | undefined, subject: string): Promise<Fault[]> {
    const block = objectOf(value);
    const faults: Fault[] = [];
    const refuse = (path: string, bad: Value | undefined, problem: string, advice: string): void => {
      faults.push({ subject, path: `build.${path}`, problem, advice, ...(bad === undefined ? {} : { value: bad }) });
    };
    for (const name of needsBuildx) {
      if (isEmpty(block[name]) || block[name] === "") continue;
      refuse(
        name,
        undefined,
        "needs a builder of buildx",
        "Take it out, or build with docker.Image or the component Image.",
      );
    }
    textsOf(block["tags"]).forEach((tag, index) => {
      if (parseImageReference(tag) !== undefined) return;
      refuse(
        `tags[${index}]`,
        tag,
        "is not an image reference",
        "Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
      );
    });
    for (const [index, item] of listOf(block["secrets"]).entries()) {
      const secret = objectOf(item);
      if (hasUnknown(secret) || textOf(secret["src"]) !== undefined || textOf(secret["env"]) !== undefined) continue;
      refuse(`secrets[${index}]`, undefined, "has neither `src` nor `env`", "Name a file or an environment variable.");
    }
    const isolation = textOf(block["isolation"]);
    if (isolation !== undefined && isolation !== "default") {
      refuse("isolation", isolation, "is for daemons on Windows", 'Leave it out, or use "default".');
    }
    if (isClassic(block) && textsOf(block["securityOpts"]).length > 0) {
      refuse("securityOpts", undefined, "can't be set for a build by a daemon on Linux", "Leave it out.");
    }
    if (hasUnknown(block["context"]) || hasUnknown(block["dockerfile"])) return faults;
    const remote = block["remoteContext"];
    if (remote === unknown || textOf(remote) !== undefined) return faults;
    if (textOf(block["context"]) === undefined) {
      refuse("context", undefined, "is missing", "Name the folder that the Dockerfile's COPY reads from.");
      return faults;
    }
    try {
      await assertSource(sourceOf(block));
    } catch (error) {
      if (!isSlipwayError(error)) throw error;
      faults.push(...error.faults.map((fault) => ({ ...fault, subject, path: fault.path ?? "build.context" })));
    }
    return faults;
  },

  /** Says which inputs have no effect on what is built, since the builder does not know them. */
  warn(context: Context, value: Value | undefined): void {
    const block = objectOf(value);
    if (isClassic(block)) return;
    const names = [...numbersOfClassic, ...textsOfClassic, "securityOpts" as const];
    const without = names.filter((name) => !isEmpty(block[name]) && !isAbsent(name, block[name]) && block[name] !== 0);
    if (without.length === 0) return;
    const [subject, list] = [subjectOf(context.urn), without.map((name) => `build.${name}`).join(", ")];
    const advice = "Leave that out, or set `useLegacyBuilder: true`.";
    context.log(`${subject}: without effect, since BuildKit does not know it: ${list}. ${advice}`, "warning");
  },

  /** The names that a build gives to its image. */
  tags(name: string, value: Value | undefined): string[] {
    return [name, ...textsOf(objectOf(value)["tags"])];
  },

  /** Builds it. @returns the image's id */
  async build(context: Context, name: string, value: Value): Promise<string> {
    const block = objectOf(value);
    const engine = await context.engine();
    const file = textOf(block["buildLogFile"]);
    const lines: string[] = [];
    const log = (line: string): void => {
      if (file !== undefined) lines.push(line);
      if (flagOf(block["suppressOutput"]) !== true) context.log(line, "status");
    };
    try {
      const options = await optionsOf(context, name, block);
      return (await buildImage(engine, options, log, context.signal)).imageId;
    } finally {
      if (file !== undefined) await appendFile(resolve(file), lines.map((line) => `${line}\n`).join(""));
    }
  },

  /** The block as the official plugin keeps it in the state; a Read turns what was not given into its type's zero. */
  state(value: Value | undefined, isRead = false): Value {
    if (isEmpty(value) || value === undefined || value === unknown) return value ?? null;
    const block = objectOf(value);
    const standsFor: Properties = isRead ? { ...absent, ...zeros } : absent;
    const entries = Object.entries(standsFor).map(
      ([name, item]) => [name, plain(block[name] ?? item ?? null)] as const,
    );
    return Object.fromEntries(entries);
  },
};

function isClassic(block: Properties): boolean {
  return flagOf(block["useLegacyBuilder"]) === true || textOf(block["version"]) === "1";
}

function resourcesOf(block: Properties): BuildResources {
  const numbers = numbersOfClassic.map((name) => [name, numberOf(block[name])] as const);
  const texts = textsOfClassic.map((name) => [name, textOf(block[name])] as const);
  return Object.fromEntries([...numbers, ...texts].filter(([, value]) => value !== undefined && value !== 0));
}

async function optionsOf(context: Context, name: string, block: Properties): Promise<BuildOptions> {
  const classic = isClassic(block);
  const remote = textOf(block["remoteContext"]);
  const target = textOf(block["target"]);
  const platform = textOf(block["platform"]);
  const networkMode = textOf(block["networkMode"]);
  const shmSize = numberOf(block["shmSize"]);
  const own = ownLogins(block);
  const logins = loginsOf(context, own);
  const secrets = listOf(block["secrets"]).map(objectOf);
  return {
    context:
      remote === undefined
        ? await readContext(sourceOf(block))
        : remoteContext(remote, textOf(block["dockerfile"]) ?? "Dockerfile"),
    builder: classic ? "classic" : "buildkit",
    tags: buildBlock.tags(name, block),
    args: mapOf(block["buildArgs"]),
    labels: { ...mapOf(block["label"]), ...mapOf(block["labels"]) },
    extraHosts: textsOf(block["extraHosts"]),
    cacheFrom: textsOf(block["cacheFroms"]),
    noCache: flagOf(block["noCache"]) ?? false,
    pull: flagOf(block["pullParent"]) ?? false,
    squash: flagOf(block["squash"]) ?? false,
    ...(classic ? { resources: resourcesOf(block) } : {}),
    ulimits: listOf(block["ulimits"]).map((item) => {
      const limit = objectOf(item);
      const number = (key: string): number => numberOf(limit[key]) ?? 0;
      return { name: textOf(limit["name"]) ?? "", soft: number("soft"), hard: number("hard") };
    }),
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
    ...(networkMode === undefined ? {} : { networkMode }),
    ...(shmSize === undefined ? {} : { shmSize }),
    offer: { logins, secrets: new Map(secrets.map((secret) => [textOf(secret["id"]) ?? "", secretSource(secret)])) },
  };
}

/** The Dockerfile is named from the context, not from the program as in docker.Image. */
function sourceOf(block: Properties) {
  const context = textOf(block["context"]) ?? ".";
  const dockerfile = textOf(block["dockerfile"]) ?? "Dockerfile";
  return { context, dockerfile: isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile), root: process.cwd() };
}

function secretSource(secret: Properties): SecretSource {
  const file = textOf(secret["src"]);
  return file === undefined ? { environment: textOf(secret["env"]) ?? "" } : { file: resolve(file) };
}

/** The block's own logins, which go before those of the provider. */
function ownLogins(block: Properties): RegistryAuth[] {
  return listOf(block["authConfigs"]).flatMap((item) => {
    const config = objectOf(item);
    const address = textOf(config["hostName"]) ?? textOf(config["serverAddress"]);
    const decoded = Buffer.from(textOf(config["auth"]) ?? "", "base64").toString("utf8");
    const [, user, secret] = /^([^:]+):(.*)$/s.exec(decoded) ?? [];
    const username = textOf(config["userName"]) ?? user;
    if (address === undefined || username === undefined) return [];
    return { address, username, password: textOf(config["password"]) ?? secret ?? "" };
  });
}

function isAbsent(name: string, value: Value | undefined): boolean {
  const standsFor: Properties = { ...absent, ...buildBlock.defaults };
  return value === standsFor[name] || (value === false && absent[name as keyof BuildArgs] === null);
}

/** Without the bridge's `__defaults` in nested blocks; the state does not carry them. */
function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Properties).filter(([key]) => key !== "__defaults");
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item ?? null)]));
}
