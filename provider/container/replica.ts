import type { Context } from "../resource";
import { numberOf, objectOf, type Properties, textOf } from "../value";

/** Notes that a container is as the program says, where it is one of several. */
export function arrive(context: Context, inputs: Properties): void {
  const { app, number } = replicaOf(inputs);
  if (app !== undefined && number !== undefined) context.deployment.arrive(app, number);
}

/**
 * How far the roll-out of an application got, as the end of a failure; nothing for a container that is alone. Replicas
 * roll out in a chain, so those after the one that failed have not been touched.
 */
export function rollOutState(context: Context, inputs: Properties): string | undefined {
  const { app, count } = replicaOf(inputs);
  if (app === undefined || count === undefined || count < 2) return undefined;
  const arrived = Math.min(context.deployment.arrived(app), count);
  const rest = count - arrived;
  const finished = `${arrived} of ${count} replicas of "${app}" ${arrived === 1 ? "is" : "are"} as the program says`;
  return `${finished}, ${rest} ${rest === 1 ? "stays as it was" : "stay as they were"}; the next \`up\` goes on with ${rest === 1 ? "it" : "them"}.`;
}

function replicaOf(inputs: Properties): { app?: string; number?: number; count?: number } {
  const block = objectOf(inputs["replica"]);
  const [app, number, count] = [textOf(block["app"]), numberOf(block["number"]), numberOf(block["count"])];
  return {
    ...(app === undefined ? {} : { app }),
    ...(number === undefined ? {} : { number }),
    ...(count === undefined ? {} : { count }),
  };
}
