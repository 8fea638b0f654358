import { resolve } from "node:path";
import { type BuildxOptions, builderOf, buildxVersion } from "../../daemon/buildx";
import type { Engine } from "../../daemon/client";
import type { BuildContext } from "../../daemon/context";
import type { CliSetting } from "../../daemon/docker-cli";
import { systemInfo } from "../../daemon/system";
import type { Fault } from "../../values/fault";
import { canonicalPlatform } from "../../values/platform";
import type { Context } from "../resource";
import { isEmpty, mapOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { buildOptionsOf, loginsFor } from "./build";
import { isPushed } from "./inputs";

/** True where only `docker buildx` can do what the build asks for. */
export function needsBuildx(build: Properties): boolean {
  const written = textsOf(objectOf(build["cacheFrom"])["images"]).some((cache) => cache.startsWith("type="));
  const exported = written || textsOf(build["cacheTo"]).some((cache) => cache !== inlineCache);
  return (
    exported || textsOf(build["platforms"]).length > 1 || !isEmpty(build["contexts"]) || !isEmpty(build["builder"])
  );
}

/** The cache export that the daemon's own builder can do: into the image itself. */
export const inlineCache = "type=inline";

/** The build as buildx takes it. */
export async function buildxOptionsOf(
  context: Pick<Context, "settings">,
  inputs: Properties,
  source: BuildContext,
  output: BuildxOptions["output"],
): Promise<BuildxOptions> {
  const build = objectOf(inputs["build"]);
  const { builder: _b, context: _c, logins: _l, ...options } = await buildOptionsOf(context, inputs, source);
  const name = textOf(inputs["imageName"]);
  const builderName = textOf(build["builder"]);
  const platforms = textsOf(build["platforms"]);
  const dockerfileInline = textOf(build["dockerfileInline"]);
  return {
    ...options,
    context: source,
    folder: resolve(textOf(build["context"]) ?? "."),
    dockerfile: resolve(textOf(build["dockerfile"]) ?? "Dockerfile"),
    ...(dockerfileInline === undefined ? {} : { dockerfileInline }),
    ...(name === undefined ? {} : { tags: [name] }),
    ...(platforms.length === 0 ? {} : { platforms }),
    cacheTo: textsOf(build["cacheTo"]),
    contexts: mapOf(build["contexts"]),
    ...(builderName === undefined ? {} : { builderName }),
    output,
  };
}

/** The daemon and the logins that the docker command has to use for this image. */
export async function cliSetting(context: Context, inputs: Properties, source: BuildContext): Promise<CliSetting> {
  const { endpoint } = await context.engine();
  const { found } = await loginsFor(context, inputs, source);
  return found.size === 0 ? { endpoint } : { endpoint, logins: found };
}

/** What of the build can't be done here, as far as buildx says it before the build. */
export async function buildxFaults(
  context: Context,
  engine: Engine,
  subject: string,
  inputs: Properties,
  source: BuildContext,
): Promise<Fault[]> {
  const build = objectOf(inputs["build"]);
  const platforms = textsOf(build["platforms"]);
  const reason = ["platforms", "cacheTo", "contexts", "builder"].find((name) => !isEmpty(build[name])) ?? "platforms";
  const path = `build.${reason}`;
  const version = await buildxVersion();
  if (version === undefined) {
    const advice =
      "Install the buildx plugin of the docker command (Docker's packages: docker-buildx-plugin; or the file from its releases as ~/.docker/cli-plugins/docker-buildx), or leave the input out.";
    return [{ subject, path, problem: "needs `docker buildx`, which is not installed here", advice }];
  }
  if (isOlder(version, [0, 13])) {
    return [
      { subject, path, problem: `needs \`docker buildx\` 0.13 or newer; this is ${version}`, advice: "Update it." },
    ];
  }
  const builder = await builderOf(await cliSetting(context, inputs, source), textOf(build["builder"]));
  if (typeof builder === "string") {
    const advice = "Name a builder that `docker buildx ls` lists, or make one with `docker buildx create`.";
    return [{ subject, path: "build.builder", problem: `can't be used: ${builder}`, advice, ...named(build) }];
  }
  const faults: Fault[] = [];
  const several = platforms.length > 1;
  const holdsLists =
    (await systemInfo(engine, context.signal)).DriverStatus?.some(([, value]) => value === containerd) === true;
  if (builder.driver === "docker" && !holdsLists && (several || textsOf(build["cacheTo"]).length > 0)) {
    const advice = "Make one that can with `docker buildx create --use`, or name it as `build.builder`.";
    const what = several ? "several platforms" : "the export of a cache";
    faults.push({
      subject,
      path,
      problem: `asks for ${what}, which builder "${builder.name}" on this daemon can't do`,
      advice,
    });
  }
  if (several && !isPushed(inputs) && !(builder.driver === "docker" && holdsLists)) {
    const advice = "Take `skipPush: true` out, or name one platform.";
    faults.push({
      subject,
      path,
      problem: "gives one image for several platforms, which only a registry can hold",
      advice,
    });
  }
  const able = new Set(builder.platforms.map((platform) => canonicalPlatform(platform)));
  for (const [index, platform] of platforms.entries()) {
    if (able.size === 0 || able.has(canonicalPlatform(platform))) continue;
    context.log(
      `${subject}: build.platforms[${index}] "${platform}" is not among what builder "${builder.name}" runs (${builder.platforms.join(", ")}): RUN steps for it will fail.`,
      "warning",
    );
  }
  return faults;
}

/** How a daemon with the containerd image store names its storage (Engine API, `SystemInfo.DriverStatus`). */
const containerd = "io.containerd.snapshotter.v1";

function named(build: Properties): Pick<Fault, "value"> {
  const value = textOf(build["builder"]);
  return value === undefined ? {} : { value };
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  // Built from source it calls itself v0.0.0+unknown.
  if (!Number.isFinite(a) || version.startsWith("0.0.0")) return false;
  return a < major || (a === major && b < minor);
}
