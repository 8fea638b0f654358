import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isSlipwayError, messageOf, SlipwayError } from "../values/fault";
import { type BuildOptions, buildStopped, hider } from "./build";
import { buildFailure, buildSubject } from "./build-failure";
import { BuildLog } from "./build-log";
import type { SecretSource } from "./build-session/secrets";
import { statusOfJson } from "./build-status";
import type { BuildContext } from "./context";
import { type CliSetting, cliEnvironment } from "./docker-cli";

/** What a build by `docker buildx` can do beyond one by the daemon. */
export interface BuildxOptions extends Omit<BuildOptions, "builder" | "context" | "logins"> {
  readonly context: BuildContext;
  /** The context's folder, absolute. */
  readonly folder: string;
  /** The Dockerfile, absolute. */
  readonly dockerfile: string;
  /** The Dockerfile's text, where it is no file. */
  readonly dockerfileInline?: string;
  /** One image for all of these. @default `platform` alone */
  readonly platforms?: readonly string[];
  /** Where the cache goes, as `--cache-to` takes it. */
  readonly cacheTo?: readonly string[];
  /** Further contexts by name, as `--build-context` takes them. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** The builder. @default the one in use */
  readonly builderName?: string;
  /** What becomes of the result: it goes to the registry of its tags, onto the daemon, or nowhere but into the cache. */
  readonly output: "push" | "load" | "none";
}

/** A builder of buildx. */
export interface Builder {
  readonly name: string;
  /** `docker` builds on the daemon itself; others have a BuildKit of their own. */
  readonly driver: string;
  /** What it says it can build for; empty while it is not running. */
  readonly platforms: readonly string[];
  /** Where it builds. */
  readonly nodes: readonly { readonly name: string; readonly endpoint: string }[];
}

/** The version of `docker buildx` on PATH; undefined where it is not installed. */
export async function buildxVersion(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const { output, failed } = await run(["buildx", "version"], env);
  return failed ? undefined : (/\bv?(\d+\.\d+[^\s]*)/.exec(output)?.[1] ?? "unknown");
}

/** A builder by name, or the one in use; a text says why there is none. */
export async function builderOf(setting: CliSetting, name: string | undefined): Promise<Builder | string> {
  const { env, remove } = await cliEnvironment(setting);
  try {
    const { output, failed } = await run(["buildx", "inspect", ...(name === undefined ? [] : [name])], env);
    if (failed) return output.trim().replace(/^ERROR:\s*/, "");
    const field = (key: string): string => new RegExp(`^${key}:\\s*(.*)$`, "m").exec(output)?.[1]?.trim() ?? "";
    const platforms = field("Platforms")
      .split(/,\s*/)
      .filter((platform) => platform !== "");
    const [, part = ""] = output.split(/^Nodes:$/m);
    const all = (key: string): string[] =>
      [...part.matchAll(new RegExp(`^${key}:[ \\t]*(.*)$`, "gm"))].map(([, text = ""]) => text.trim());
    const endpoints = all("Endpoint");
    return {
      name: field("Name"),
      driver: field("Driver"),
      platforms: platforms.map((one) => one.replace(/\*$/, "")),
      nodes: all("Name").map((node, index) => ({ name: node, endpoint: endpoints[index] ?? "" })),
    };
  } finally {
    await remove();
  }
}

/**
 * Builds with `docker buildx bake`, whose definition goes through standard input: nothing of it shows among the arguments of a
 * process. An aborted `signal` stops the build on the builder too.
 * @returns the digest of the manifest, or of the list of manifests; undefined where nothing came out
 */
export async function buildWithBuildx(
  options: BuildxOptions,
  setting: CliSetting,
  onLog: (line: string) => void,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { definition, variables } = definitionOf(options);
  const cli = await cliEnvironment({ ...setting, variables: { ...variables, BUILDX_BAKE_ENTITLEMENTS_FS: "0" } });
  const folder = await mkdtemp(join(tmpdir(), "slipway-buildx-"));
  const metadata = join(folder, "metadata.json");
  const words = ["buildx", "bake", "--file", "-", "--progress", "rawjson", "--metadata-file", metadata];
  if (options.builderName !== undefined) words.push("--builder", options.builderName);
  if (options.networkMode === "host") words.push("--allow", "network.host");
  try {
    await follow([...words, "image"], cli.env, definition, options, onLog, signal);
    return digestIn(await readFile(metadata, "utf8").catch(() => "{}"));
  } catch (error) {
    if (isSlipwayError(error)) throw error;
    if (signal?.aborted) throw buildStopped(buildSubject(options), signal.reason);
    throw new SlipwayError(
      { subject: buildSubject(options), problem: `failed: ${messageOf(error)}` },
      { cause: error },
    );
  } finally {
    await Promise.all([cli.remove(), rm(folder, { recursive: true, force: true })]);
  }
}

interface Definition {
  readonly definition: string;
  /** Secrets by the name of the variable that carries them. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The build as a bake file (buildx, docs/bake-reference.md). */
function definitionOf(options: BuildxOptions): Definition {
  const variables: Record<string, string> = {};
  const secrets = [...(options.offer?.secrets ?? [])].map(([id, source]) => secretOf(id, source, variables));
  const ssh = [...(options.offer?.ssh ?? [])].map(([id, socket]) => `${id}=${socket}`);
  const output = { push: "type=image,push=true", load: "type=docker", none: "type=cacheonly" }[options.output];
  const { platform, platforms = platform === undefined ? [] : [platform] } = options;
  const target = {
    context: options.folder,
    dockerfile: options.dockerfileInline === undefined ? options.dockerfile : undefined,
    "dockerfile-inline": options.dockerfileInline,
    tags: options.tags,
    args: options.args,
    labels: options.labels,
    target: options.target,
    platforms,
    network: options.networkMode,
    "cache-from": options.cacheFrom,
    "cache-to": options.cacheTo,
    contexts: options.contexts,
    "no-cache": options.noCache,
    pull: options.pull,
    "shm-size": options.shmSize === undefined ? undefined : String(options.shmSize),
    ulimits: options.ulimits?.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    "extra-hosts": Object.fromEntries((options.extraHosts ?? []).map(hostPair)),
    secret: secrets,
    ssh,
    output: [output],
  };
  // In a bake file `${` and `%{` begin an expression, in values and in JSON too.
  const text = JSON.stringify({ target: { image: target } }).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
  return { definition: text, variables };
}

function secretOf(id: string, source: SecretSource, variables: Record<string, string>): string {
  if ("file" in source) return `type=file,id=${id},src=${source.file}`;
  if ("environment" in source) return `type=env,id=${id},env=${source.environment}`;
  const name = `SLIPWAY_SECRET_${randomBytes(8).toString("hex")}`;
  variables[name] = source.value;
  return `type=env,id=${id},env=${name}`;
}

function hostPair(host: string): [string, string] {
  const at = host.indexOf(":");
  return [host.slice(0, at), host.slice(at + 1)];
}

function follow(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  definition: string,
  options: BuildxOptions,
  onLog: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hide = hider(options.secrets ?? []);
  const log = new BuildLog((line) => onLog(hide(line)));
  const rest: string[] = [];
  return new Promise((resolve, reject) => {
    // SIGINT is what Ctrl-C sends: the client then tells the builder to stop.
    const child = spawn("docker", words, { env, stdio: ["pipe", "ignore", "pipe"] });
    const stop = (): void => void child.kill("SIGINT");
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    createInterface({ input: child.stderr }).on("line", (line) => {
      const status = statusOfJson(line);
      if (status !== undefined) log.add(status);
      else if (line.trim() !== "") rest.push(line);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(definition);
    child.on("error", reject);
    child.on("close", (code) => {
      signal?.removeEventListener("abort", stop);
      if (code === 0) return resolve();
      if (signal?.aborted) return reject(new Error("stopped"));
      const message = hide(rest.join("\n").replace(/^ERROR:\s*(?:target image:\s*)?/m, "")) || `exit code ${code}`;
      reject(buildFailure(message, log.failed, options, options.context));
    });
  });
}

/** `containerimage.digest` of the target in buildx's metadata file. */
function digestIn(metadata: string): string | undefined {
  const digest = /"containerimage\.digest":\s*"(sha256:[0-9a-f]{64})"/.exec(metadata)?.[1];
  return digest;
}

function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<{ output: string; failed: boolean }> {
  return new Promise((resolve) => {
    execFile("docker", [...words], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ output: error === null ? stdout : stderr || stdout || error.message, failed: error !== null });
    });
  });
}
