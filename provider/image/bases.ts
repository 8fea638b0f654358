import type { BuildContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { imagesOf } from "../../daemon/dockerfile-images";
import { registryAvailability } from "../../daemon/image-availability";
import { fullReference } from "../../values/image-reference";
import type { Context } from "../resource";
import { mapOf, objectOf, type Properties, textOf } from "../value";
import { contextOf, imageLogins } from "./build";

/** True where the program wants to hear of newer base images. */
export function followsBases(inputs: Properties): boolean {
  return objectOf(inputs["build"])["pull"] === "always";
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
      const search = { logins: imageLogins(context, inputs), signal: context.signal };
      const found = await registryAvailability(engine, reference, search);
      if (found.at === "registry") return [reference, found.digest];
      const why = found.at === "unknown" ? found.reason : found.at === "nowhere" ? found.fault.problem : "";
      context.log(`Whether base image ${reference} has moved is not known: ${why}.`, "warning");
      return [reference, ""];
    }),
  );
  return Object.fromEntries(pairs.filter(([, digest]) => digest !== "").sort());
}

/** The base images that lead to something else than at the last build; one whose registry does not answer counts as unmoved. */
export async function movedBases(context: Context, inputs: Properties, state: Properties): Promise<string[]> {
  if (!followsBases(inputs)) return [];
  const before = mapOf(state["bases"]);
  const source = await contextOf(objectOf(inputs["build"]));
  const now = Object.entries(await baseDigests(context, inputs, source));
  return now.flatMap(([reference, digest]) => (before[reference] === digest ? [] : [reference]));
}
