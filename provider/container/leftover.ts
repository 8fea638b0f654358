import type { Engine } from "../../daemon/client";
import { inspectContainer, removeContainer } from "../../daemon/container";
import type { Context } from "../resource";
import { leftBeside } from "./predecessor";
import { putBack, standingOf, stopStanding } from "./standing";

/**
 * Runs the change of a container that exists, and clears away what a killed run left beside it. The leftover may be the
 * one that serves by now, so it is stopped only here, stands again if the change fails, and goes when it is done.
 */
export async function withoutLeftovers<T>(
  context: Context,
  engine: Engine,
  id: string,
  change: () => Promise<T>,
): Promise<T> {
  const left = await leftBeside(context, engine, id);
  if (left.length === 0) return change();
  const seen = await Promise.all(left.map((one) => inspectContainer(engine, one.id)));
  const standings = seen.flatMap((one) => (one === undefined ? [] : [standingOf(one, false)]));
  try {
    await Promise.all(standings.map((one) => (one.runs ? stopStanding(engine, one, undefined) : undefined)));
    const result = await change();
    await Promise.allSettled(standings.map((one) => removeContainer(engine, one.id, { force: true, volumes: true })));
    return result;
  } catch (error) {
    for (const standing of standings) await putBack(engine, standing);
    throw error;
  }
}
