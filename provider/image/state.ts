import { isAbsolute, normalize, relative, resolve } from "node:path";
import { objectOf, type Properties, textOf, unknown, type Value } from "../value";

/** The outputs of an image as the official plugin writes them; `repoDigest` is `REPOSITORY@sha256:…` after a push, else the image's id. */
export function stateOf(inputs: Properties, repoDigest: Value): Properties {
  const build = objectOf(inputs["build"]);
  const name = inputs["imageName"] ?? null;
  return {
    __inputs: inputs,
    baseImageName: name,
    context: build["context"] ?? ".",
    dockerfile: dockerfileInContext(build),
    imageName: name,
    platform: build["platform"] ?? null,
    registryServer: textOf(objectOf(inputs["registry"])["server"]) ?? "",
    repoDigest,
  };
}

/** The inputs of the build behind a state. */
export function builtInputs(state: Properties): Properties {
  return objectOf(state["__inputs"]);
}

/** The id in `repoDigest` of an image that was not pushed. */
export function localId(state: Properties): string | undefined {
  const text = textOf(state["repoDigest"]);
  return text?.startsWith("sha256:") === true ? text : undefined;
}

/** The manifest's digest of an image that was pushed: `REPOSITORY@sha256:…`. */
export function pushedDigest(state: Properties): string | undefined {
  const text = textOf(state["repoDigest"]);
  return text?.includes("@sha256:") === true ? text : undefined;
}

/** The Dockerfile relative to the context, as the official plugin shows it. */
function dockerfileInContext(build: Properties): Value {
  const { context, dockerfile } = build;
  if (context === unknown || dockerfile === unknown) return unknown;
  const path = textOf(dockerfile) ?? "Dockerfile";
  const folder = textOf(context) ?? ".";
  if (isAbsolute(path) !== isAbsolute(folder)) return relative(resolve(folder), resolve(path));
  return relative(normalize(folder), normalize(path));
}
