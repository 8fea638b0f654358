import type { Build } from "../../compose/model/build";
import type { Project } from "../../compose/model/project";
import type { Service, Ulimit } from "../../compose/model/service";
import type { LoadedProject } from "../../compose/options";
import type { EngineRemoteImageArgs } from "../../resources/remote-image";
import { parseBytes, type Quantity } from "../../values/quantity";
import type { BuildSecretArgs, ImageArgs, UlimitArgs } from "../image";
import { imageName, type Naming } from "./naming";
import { present } from "./present";
import { nonEmpty, nonEmptyMap } from "./process";

/** Where the image of a service comes from: built here, or had from a registry unless the daemon has it. */
export type ImagePlan =
  | { readonly kind: "built"; readonly args: ImageArgs }
  | { readonly kind: "pulled"; readonly args: EngineRemoteImageArgs & { readonly name: string } }
  /** Taken from the daemon and from nowhere else (`pull_policy: never`). */
  | { readonly kind: "present"; readonly name: string };

/** The image of a service. Two services with one image share it. */
export function imagePlan(key: string, service: Service, loaded: Loaded, naming: Naming): ImagePlan {
  const name = imageName(naming, key, service);
  if (service.build !== undefined) return { kind: "built", args: imageArgs(service.build, service, loaded, name) };
  if (service.pull_policy === "never") return { kind: "present", name };
  const pull = pullOf(service.pull_policy ?? "");
  const platform = platformOf(service, loaded);
  return { kind: "pulled", args: { name, keepLocally: true, ...pull, ...(platform !== undefined && { platform }) } };
}

/** `daily`, `weekly` and `every_1w2d3h4m5s` ask the registry once the image has had its name for that long. */
function pullOf(policy: string): Pick<EngineRemoteImageArgs, "pull" | "pullAfter"> {
  if (policy === "always") return { pull: "always" };
  const every = { daily: "1d", weekly: "1w" }[policy] ?? /^every_(.+)$/.exec(policy)?.[1];
  if (every === undefined) return {};
  const days = { w: 7, d: 1 };
  const parts = [...every.matchAll(/(\d+)(w|d|h|m|s)/g)].map(([, count, unit = "s"]) =>
    unit === "w" || unit === "d" ? `${Number(count) * 24 * days[unit]}h` : `${count}${unit}`,
  );
  return { pullAfter: parts.join("") };
}

/** The platform of a service: its own, else that of DOCKER_DEFAULT_PLATFORM, which is no part of its config hash. */
export function platformOf(service: Service, { environment }: Loaded): string | undefined {
  return service.platform || environment["DOCKER_DEFAULT_PLATFORM"] || undefined;
}

type Loaded = Pick<LoadedProject, "project" | "environment">;

function imageArgs(build: Build, service: Service, loaded: Loaded, name: string): ImageArgs {
  const args = Object.entries(build.args ?? {}).flatMap(([key, value]) =>
    value === null ? [] : [[key, value] as const],
  );
  const dockerfile = build.dockerfile;
  const isUrl = /^[a-z+]+:\/\//.test(build.context ?? "");
  return present<ImageArgs>({
    name,
    context: build.context,
    dockerfile: dockerfile === undefined || isUrl ? undefined : dockerfileIn(build.context ?? ".", dockerfile),
    dockerfileInline: build.dockerfile_inline,
    args: args.length === 0 ? undefined : Object.fromEntries(args),
    secrets: nonEmptyMap(Object.fromEntries((build.secrets ?? []).flatMap((use) => secretOf(use, loaded.project)))),
    ssh: nonEmpty(
      build.ssh?.map((one) => (typeof one === "string" ? one : one.path ? `${one.id}=${one.path}` : one.id)),
    ),
    target: build.target || undefined,
    platform: platformOf(service, loaded),
    labels: nonEmptyMap(build.labels),
    cacheFrom: nonEmpty(build.cache_from),
    cacheTo: nonEmpty(build.cache_to),
    contexts: nonEmptyMap(build.additional_contexts),
    extraHosts: nonEmptyMap(Object.fromEntries((build.extra_hosts ?? []).map((entry) => entry.split(/[=:](.*)/s)))),
    network: networkOf(build.network),
    shmSize: sizeOf(build.shm_size),
    ulimits: nonEmptyMap(
      Object.fromEntries(Object.entries(build.ulimits ?? {}).map(([limit, value]) => [limit, ulimitOf(value)])),
    ),
    noCache: build.no_cache === true ? true : undefined,
    pull: build.pull === true ? "always" : undefined,
  });
}

/** Compose's path is relative to the context; ours to the project. */
function dockerfileIn(context: string, dockerfile: string): string | undefined {
  if (dockerfile.startsWith("/")) return dockerfile;
  return dockerfile === "Dockerfile" ? undefined : `${context.replace(/\/+$/, "")}/${dockerfile}`;
}

/** The id by which a step asks for it is its target, else its key. */
function secretOf(use: NonNullable<Build["secrets"]>[number], project: Project): [string, BuildSecretArgs][] {
  const key = use.source ?? "";
  const secret = project.secrets?.[key];
  const id = use.target === undefined || use.target.startsWith("/run/secrets/") ? key : use.target;
  if (secret?.file !== undefined) return [[id, { file: secret.file }]];
  return secret?.environment === undefined ? [] : [[id, { environment: secret.environment }]];
}

function networkOf(network: string | undefined): "none" | "host" | undefined {
  return network === "none" || network === "host" ? network : undefined;
}

function sizeOf(bytes: string | undefined): Quantity | undefined {
  const size = bytes === undefined ? undefined : parseBytes(`${Number(bytes)}b`);
  return size === undefined || size === 0 ? undefined : size;
}

function ulimitOf(limit: Ulimit): UlimitArgs {
  return typeof limit === "object" ? { soft: Number(limit.soft ?? 0), hard: Number(limit.hard ?? 0) } : Number(limit);
}
