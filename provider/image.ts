import { join, normalize } from "node:path";
import type { ImageArgs } from "@pulumi/docker";
import { buildImage } from "../daemon/build";
import { type BuildContext, changedFiles, readContext } from "../daemon/context";
import { recordContext, recordedFiles } from "../daemon/context-record";
import { inspectImage, removeImage } from "../daemon/image";
import { cacheFolder } from "../values/cache-folder";
import { type Fault, isSlipwayError } from "../values/fault";
import type { Rules } from "./diff";
import type { Context, Resource } from "./resource";
import { flagOf, hasUnknown, mapOf, objectOf, type Properties, textOf, textsOf, unknown, type Value } from "./value";

const rules: Rules<ImageArgs> = {
  build: { on: "update", meaning: buildMeaning },
  buildOnPreview: { on: "live" },
  imageName: { on: "update" },
  registry: { on: "live", meaning: (value) => objectOf(value)["server"] ?? null },
  skipPush: { on: "live" },
};

/** docker.Image: an image built from a Dockerfile. Its id is the name it was first built under, as in the official plugin. */
export const image: Resource = {
  token: "docker:index/image:Image",
  rules,

  /** Reads the context and puts its digest into the inputs: that is how a changed file shows in the plan. */
  async check(_olds, news, request) {
    const build = objectOf(news["build"]);
    const subject = `Image "${request.name}"`;
    const faults: Fault[] = [];
    if (flagOf(news["skipPush"]) !== true) {
      const advice = "Set `skipPush: true`; push with your own tools meanwhile.";
      faults.push({ subject, path: "skipPush", problem: "is not set, and this version can't push", advice });
    }
    const context = textOf(build["context"]) ?? ".";
    const dockerfile = textOf(build["dockerfile"]) ?? normalize(join(context, "Dockerfile"));
    const filled: Record<string, Value> = {
      ...withoutUndefined(build),
      context: build["context"] === unknown ? unknown : context,
      dockerfile: build["dockerfile"] === unknown ? unknown : dockerfile,
      platform: build["platform"] ?? `linux/${architecture()}`,
    };
    if (build["context"] !== unknown && build["dockerfile"] !== unknown) {
      try {
        filled["contextDigest"] = (await readContext({ context, dockerfile, root: process.cwd() })).digest;
      } catch (error) {
        if (!isSlipwayError(error)) throw error;
        faults.push(...error.faults.map((fault) => ({ ...fault, subject, path: fault.path ?? "build.context" })));
      }
    }
    return { inputs: { buildOnPreview: false, ...withoutUndefined(news), build: filled }, faults };
  },

  /** What a rebuild gives is not known before it: everything that hangs on it shows as "may change". */
  plan(inputs, old) {
    const fresh: Properties = { ...described(inputs), repoDigest: unknown };
    return old === undefined ? fresh : { ...old, ...fresh };
  },

  /** Names the files behind a changed digest, where this machine built the old one. */
  async explain(name, olds, news) {
    const before = objectOf(olds["build"]);
    const after = objectOf(news["build"]);
    const digest = textOf(before["contextDigest"]);
    if (digest === undefined || digest === after["contextDigest"] || hasUnknown(after)) return undefined;
    const known = recordedFiles(recordFolder(), digest);
    if (known === undefined) return `Image "${name}" will be rebuilt: its build context has changed.`;
    const files = changedFiles(known, (await contextOf(after)).files).map((file) => `  ${file}`);
    const shown = files.length > 20 ? [...files.slice(0, 19), `  and ${files.length - 19} more`] : files;
    const what = files.length === 0 ? ["  its Dockerfile, which lies outside of the context"] : shown;
    const rest = "Containers of it are replaced if the result differs.";
    return [`Image "${name}" will be rebuilt, because these changed:`, ...what, rest].join("\n");
  },

  async create(context, inputs) {
    return { id: textOf(inputs["imageName"]) ?? "", state: await built(context, inputs) };
  },

  async read(context, id, inputs, state) {
    if (inputs === undefined) return undefined;
    const name = textOf(inputs["imageName"]) ?? id;
    const seen = await inspectImage(await context.engine(), name, context.signal);
    if (seen === undefined) return undefined;
    return { id, inputs, state };
  },

  update(context, _id, _olds, news) {
    return built(context, news);
  },

  /** Takes the stack's tag off; the image itself goes with its last tag, and stays where a container still uses it. */
  async delete(context, id, inputs) {
    const name = textOf(inputs["imageName"]) ?? id;
    await removeImage(await context.engine(), name, { force: false }, context.signal);
  },
};

async function built(context: Context, inputs: Properties): Promise<Properties> {
  if (hasUnknown(inputs["build"])) throw new Error("The build's inputs are not known yet.");
  const build = objectOf(inputs["build"]);
  const name = textOf(inputs["imageName"]) ?? "";
  const source = await contextOf(build);
  const target = textOf(build["target"]);
  const platform = textOf(build["platform"]);
  const network = textOf(build["network"]);
  const made = await buildImage(
    await context.engine(),
    {
      context: source,
      tags: [name],
      args: mapOf(build["args"]),
      extraHosts: textsOf(build["addHosts"]),
      cacheFrom: textsOf(objectOf(build["cacheFrom"])["images"]),
      ...(target === undefined ? {} : { target }),
      ...(platform === undefined ? {} : { platform }),
      ...(network === undefined ? {} : { networkMode: network }),
    },
    (line) => context.log(line, "status"),
    context.signal,
  );
  recordContext(recordFolder(), source);
  return { ...described(inputs), repoDigest: made.imageId };
}

function contextOf(build: Properties): Promise<BuildContext> {
  const dockerfile = textOf(build["dockerfile"]) ?? "Dockerfile";
  return readContext({ context: textOf(build["context"]) ?? ".", dockerfile, root: process.cwd() });
}

function recordFolder(): string {
  return join(cacheFolder(), "contexts");
}

/** The outputs that follow from the inputs alone. */
function described(inputs: Properties): Properties {
  const build = objectOf(inputs["build"]);
  const name = inputs["imageName"] ?? null;
  return {
    __inputs: inputs,
    baseImageName: name,
    context: build["context"] ?? ".",
    dockerfile: build["dockerfile"] ?? "Dockerfile",
    imageName: name,
    platform: build["platform"] ?? null,
    registryServer: objectOf(inputs["registry"])["server"] ?? "",
  };
}

function buildMeaning(value: Value): Value {
  const { builderVersion: _, ...rest } = objectOf(value);
  return withoutUndefined(rest);
}

function withoutUndefined(properties: Properties): Record<string, Value> {
  const entries = Object.entries(properties).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return Object.fromEntries(entries as [string, Value][]);
}

/** The processor's name as images spell it (GOARCH). */
function architecture(): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };
  return names[process.arch] ?? process.arch;
}
