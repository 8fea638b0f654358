import type { Fault } from "../../values/fault";
import { fullReference, parseImageReference } from "../../values/image-reference";
import { parseBytes } from "../../values/quantity";
import { isList, isObject, listOf, numberOf, objectOf, type Properties, textOf, unknown, type Value } from "../value";
import { isPushed, registryHost } from "./inputs";

/** What is wrong with the inputs by themselves, whatever the files and the daemon say. All of it at once. */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const subject = `Image "${name}"`;
  const faults: Fault[] = [];
  const refuse: Refuse = (path, problem, value, advice) => {
    const parts = { ...(value === undefined ? {} : { value }), ...(advice === undefined ? {} : { advice }) };
    faults.push({ subject, path, problem, ...parts });
  };
  nameFaults(inputs, refuse);
  const build = objectOf(inputs["build"]);
  buildFaults(build, refuse);
  extraFaults(build, refuse);
  return faults;
}

type Refuse = (path: string, problem: string, value?: unknown, advice?: string) => void;

function nameFaults(inputs: Properties, refuse: Refuse): void {
  const value = inputs["imageName"];
  if (value === unknown) return;
  const text = textOf(value);
  const full = text === undefined ? undefined : fullReference(text);
  if (text === undefined || full === undefined) {
    refuse(
      "imageName",
      "is not an image reference",
      value ?? "",
      "Write it as REPOSITORY[:TAG], in lower case, with a registry in front if need be.",
    );
    return;
  }
  if (full.digest !== undefined) {
    refuse("imageName", "names a digest, which only the build gives", text, "Write it as REPOSITORY[:TAG].");
  }
  if (!isPushed(inputs)) return;
  const server = registryHost(inputs["registry"]);
  const host = server === "index.docker.io" ? "docker.io" : server;
  if (host !== undefined && host !== full.registry) {
    refuse(
      "imageName",
      `is pushed to ${full.registry}, and \`registry.server\` is ${host}`,
      text,
      `Write it as ${host}/REPOSITORY[:TAG].`,
    );
  } else if (full.registry === "docker.io" && full.repository.startsWith("library/")) {
    refuse(
      "imageName",
      "can't be pushed: it names no registry, and Docker Hub takes USER/NAME only",
      text,
      "Put the registry in front, or set `skipPush: true` for an image that stays on the daemon.",
    );
  }
}

function buildFaults(build: Properties, refuse: Refuse): void {
  const text = (path: string, value: Value | undefined, pattern: RegExp, problem: string, advice: string): void => {
    if (value === undefined || value === null || value === unknown) return;
    if (typeof value !== "string" || !pattern.test(value)) refuse(path, problem, value, advice);
  };
  text(
    "build.builderVersion",
    build["builderVersion"],
    /^Builder(V1|BuildKit)$/,
    "is no builder",
    "Use BuilderBuildKit or BuilderV1.",
  );
  text(
    "build.platform",
    build["platform"],
    platform,
    "is not a platform",
    "Write it as OS/ARCHITECTURE, such as linux/amd64.",
  );
  text("build.target", build["target"], /\S/, "names no stage", "Name a stage of the Dockerfile, or leave it out.");
  if (build["builderVersion"] !== "BuilderV1") {
    text(
      "build.network",
      build["network"],
      /^(default|none|host)$/,
      "is no network that BuildKit can build on",
      'Use "default", "none" or "host".',
    );
  }
  each(build["addHosts"], "build.addHosts", (path, value) => {
    text(path, value, /^[^\s:=]+[:=]\S+$/, "is no host with its address", 'Write it as "NAME:ADDRESS".');
  });
  each(objectOf(build["cacheFrom"])["images"], "build.cacheFrom.images", (path, value) => {
    // With buildx a cache may also be written out: type=registry,ref=…
    const isWritten = typeof value === "string" && value.startsWith("type=");
    if (value !== unknown && !isWritten && (typeof value !== "string" || parseImageReference(value) === undefined)) {
      refuse(path, "is not an image reference", value, "Write it as REPOSITORY[:TAG], in lower case.");
    }
  });
  for (const [name, value] of Object.entries(objectOf(build["args"]))) {
    if (!/^\w[\w.-]*$/.test(name)) {
      refuse("build.args", "is not the name of an ARG", name, "Use letters, digits, `_`, `.` and `-`.");
    }
    if (value !== unknown && typeof value !== "string")
      refuse(`build.args.${name}`, "is not a text", undefined, "Put it in quotes.");
  }
}

const platform = /^[a-z0-9]+(\/[a-z0-9_]+(\/[a-z0-9]+)?)?$/;

/** What the extras of resources/image.ts allow. Values of secrets never show. */
function extraFaults(build: Properties, refuse: Refuse): void {
  const classic = build["builderVersion"] === "BuilderV1";
  for (const [id, value] of Object.entries(objectOf(build["secrets"]))) {
    const path = `build.secrets.${id}`;
    const sources = ["file", "environment", "value"].filter((name) => objectOf(value)[name] !== undefined);
    if (value === unknown) continue;
    if (sources.length !== 1)
      refuse(path, "needs exactly one source", undefined, "Give `file`, `environment` or `value`.");
    if (!/^[\w.-]+$/.test(id))
      refuse("build.secrets", "is no id of a secret", id, "Use letters, digits, `_`, `.` and `-`.");
  }
  each(build["ssh"], "build.ssh", (path, value) => {
    if (value !== unknown && (typeof value !== "string" || !/^[\w.-]+(=.+)?$/.test(value))) {
      refuse(path, "names no ssh agent", value, 'Write "default", or "ID=SOCKET".');
    }
  });
  if (classic) {
    for (const name of ["secrets", "ssh", "platforms", "cacheTo", "contexts", "builder"]) {
      if (!isNothing(build[name]))
        refuse(
          `build.${name}`,
          "can't be done by the classic builder",
          undefined,
          "Leave out `builderVersion: BuilderV1`.",
        );
    }
  }
  const size = build["shmSize"];
  if (
    size !== undefined &&
    size !== null &&
    size !== unknown &&
    ((typeof size !== "number" && typeof size !== "string") || parseBytes(size) === undefined)
  ) {
    refuse("build.shmSize", "is not a number of bytes", size, 'Write it as "128m" or in bytes.');
  }
  each(build["ulimits"], "build.ulimits", (path, value) => {
    const { name, soft, hard } = objectOf(value);
    if (value === unknown || name === unknown || soft === unknown) return;
    if (textOf(name) === undefined || numberOf(soft) === undefined)
      refuse(path, "needs `name` and `soft`", undefined, 'Write { name: "nofile", soft: 1024 }.');
    else if (numberOf(hard) !== undefined && (numberOf(hard) ?? 0) < (numberOf(soft) ?? 0) && hard !== -1)
      refuse(path, "has a hard limit below the soft one", hard);
  });
  each(build["platforms"], "build.platforms", (path, value) => {
    if (value !== unknown && (typeof value !== "string" || !platform.test(value))) {
      refuse(path, "is not a platform", value, "Write it as OS/ARCHITECTURE, such as linux/amd64.");
    }
  });
  const keep = build["keep"];
  if (
    keep !== undefined &&
    keep !== null &&
    keep !== unknown &&
    !(Number.isInteger(keep) && (numberOf(keep) ?? -1) >= 0)
  ) {
    refuse("build.keep", "is not a number of builds", keep, "Use 0 or more.");
  }
  const { noCache, pull } = build;
  if (!isNothing(noCache) && noCache !== unknown && typeof noCache !== "boolean") {
    refuse("build.noCache", "is neither true nor false", noCache);
  }
  if (!isNothing(pull) && pull !== unknown && pull !== "always" && pull !== "missing") {
    refuse("build.pull", "is no way to get base images", pull, 'Use "always" or "missing".');
  }
}

function each(list: Value | undefined, path: string, look: (path: string, value: Value) => void): void {
  for (const [index, value] of listOf(list).entries()) look(`${path}[${index}]`, value);
}

function isNothing(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
