import type { BuildContext } from "../../daemon/context";
import { parseDockerfile } from "../../daemon/dockerfile";
import { dockerfileFaults } from "../../daemon/dockerfile-faults";
import type { Fault } from "../../values/fault";
import { meansSame } from "../diff";
import { isEmpty, objectOf, type Properties, textOf } from "../value";
import { argsOf, dockerfileName, rules } from "./inputs";

/**
 * What the daemon would refuse of the Dockerfile for certain. A build that has been done and is asked for again is not looked
 * at; nor is one that names contexts of its own, which only buildx knows.
 */
export function dockerfileFaultsOf(inputs: Properties, olds: Properties, source: BuildContext, name: string): Fault[] {
  if (meansSame(rules.build, "build", olds, inputs)) return [];
  const build = objectOf(inputs["build"]);
  if (!isEmpty(build["contexts"])) return [];
  const target = textOf(build["target"]);
  return dockerfileFaults(parseDockerfile(source.dockerfileText), {
    path: dockerfileName(build),
    subject: `Image "${name}"`,
    args: argsOf(build),
    context: source,
    ...(target === undefined ? {} : { target }),
  });
}
