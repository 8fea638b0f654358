import type { BuildContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { imagesOf } from "../../daemon/dockerfile-images";
import { registryDigest } from "../../daemon/image";
import { registryAuthHeader } from "../../daemon/registry-login";
import { messageOf } from "../../values/fault";
import { fullReference } from "../../values/image-reference";
import type { Context } from "../resource";
import { flagOf, mapOf, objectOf, type Properties, textOf } from "../value";
import { contextOf, imageLogins } from "./build";

/** True where the program wants to hear of newer base images. */
export function followsBases(inputs: Properties): boolean {
  return flagOf(objectOf(inputs["build"])["pull"]) === true;
}

/** The digest that each base image of a build has in its registry now; one that is named by digest can't move and is left out. */
export async function baseDigests(
  context: Context,
  inputs: Properties,
  source: BuildContext,
): Promise<Record<string, string>> {
  const engine = await context.engine();
  const build = objectOf(inputs["build"]);
  const used = imagesOf(parseDockerfile(source.dockerfileText), mapOf(build["args"]), textOf(build["target"]));
  const references = [...new Set(used.flatMap(({ reference }) => (reference === undefined ? [] : [reference])))];
  const movable = references.filter((reference) => fullReference(reference)?.digest === undefined);
  const pairs = await Promise.all(
    movable.map(async (reference): Promise<[string, string]> => {
      const host = fullReference(reference)?.registry ?? "";
      const header = registryAuthHeader(await imageLogins(context, inputs).find(host), host);
      return [reference, (await registryDigest(engine, reference, header, context.signal)) ?? ""];
    }),
  );
  return Object.fromEntries(pairs.filter(([, digest]) => digest !== "").sort());
}

/** The base images that lead to something else than at the last build; a registry that does not answer is told of, and counts as unmoved. */
export async function movedBases(context: Context, inputs: Properties, state: Properties): Promise<string[]> {
  if (!followsBases(inputs)) return [];
  const before = mapOf(state["bases"]);
  try {
    const source = await contextOf(objectOf(inputs["build"]));
    const now = Object.entries(await baseDigests(context, inputs, source));
    return now.flatMap(([reference, digest]) => (before[reference] === digest ? [] : [reference]));
  } catch (error) {
    context.signal.throwIfAborted();
    context.log(`Whether the base images have moved is not known: ${messageOf(error)}`, "warning");
    return [];
  }
}
