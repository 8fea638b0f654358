import type { Engine } from "../../daemon/client";
import { inspectContainer, removeContainer } from "../../daemon/container";
import { messageOf } from "../../values/fault";
import type { Context } from "../resource";
import type { Properties } from "../value";
import { beforeStop } from "./hooks";
import { leftBeside } from "./predecessor";
import { putBack, type Standing, standingOf, stopStanding } from "./standing";

/**
 * Runs the change of a container that exists, and clears away what a killed run left beside it. The leftover may be the
 * one that serves by now, so it is stopped only here and as any other, with the steps before a stop; it stands again if the
 * change fails, and goes when it is done.
 */
export async function withoutLeftovers<T>(
  context: Context,
  engine: Engine,
  id: string,
  inputs: Properties,
  change: () => Promise<T>,
): Promise<T> {
  const left = await leftBeside(context, engine, id);
  if (left.length === 0) return change();
  const seen = await Promise.all(left.map((one) => inspectContainer(engine, one.id)));
  const standings = seen.flatMap((one) => (one === undefined ? [] : [standingOf(one, false)]));
  const stays = await inspectContainer(engine, id);
  const stop = async (standing: Standing): Promise<void> => {
    if (!standing.runs) return;
    const leave = { goes: standing.seen, ...(stays === undefined ? {} : { stays: [stays] }) };
    await beforeStop(leave, engine, inputs, context.signal).catch((error: unknown) => {
      if (context.signal.aborted) throw error;
      context.log(messageOf(error), "warning");
    });
    await stopStanding(engine, standing, undefined);
  };
  try {
    await Promise.all(standings.map(stop));
    const result = await change();
    await Promise.allSettled(standings.map((one) => removeContainer(engine, one.id, { force: true, volumes: true })));
    return result;
  } catch (error) {
    for (const standing of standings) await putBack(engine, standing);
    throw error;
  }
}
