import type { Plugin } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import { disablePlugin, enablePlugin } from "../../daemon/plugin";
import { listVolumes } from "../../daemon/volume";
import { SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { subjectOf } from "../urn";
import { flagOf, numberOf, type Properties } from "../value";

/** Starts it; its socket has to come within `enableTimeout`. */
export async function enable(context: Context, engine: Engine, name: string, inputs: Properties): Promise<void> {
  try {
    await enablePlugin(engine, name, numberOf(inputs["enableTimeout"]) ?? 0, context.signal);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const problem = `can't be started: ${error.message}`;
    throw new SlipwayError(
      { subject: subjectOf(context.urn), problem, advice: "The daemon's log has its output." },
      { cause: error },
    );
  }
}

/** Stops it; what uses it is named. */
export async function disable(
  context: Context,
  engine: Engine,
  { Id = "", Name = "" }: Plugin,
  inputs: Properties,
): Promise<void> {
  try {
    await disablePlugin(engine, Id, flagOf(inputs["forceDisable"]) ?? false, context.signal);
  } catch (error) {
    if (!(error instanceof EngineError) || !/in use/i.test(error.message)) throw error;
    const volumes = (await listVolumes(engine, context.signal))
      .filter(({ Driver }) => Driver === Name)
      .map((one) => one.Name ?? "");
    const users =
      volumes.length === 0 ? "something" : `${volumes.length === 1 ? "volume" : "volumes"} ${volumes.join(", ")}`;
    const problem = `can't be stopped: ${users} ${volumes.length > 1 ? "use" : "uses"} it`;
    const advice = "Remove what uses it first, or set forceDisable.";
    throw new SlipwayError({ subject: subjectOf(context.urn), problem, advice }, { cause: error });
  }
}

/** Does something for which a plugin has to be off, and starts it again where that fails. */
export async function switchedOff(
  context: Context,
  engine: Engine,
  before: Plugin,
  inputs: Properties,
  work: () => Promise<void>,
): Promise<void> {
  if (before.Enabled === true) await disable(context, engine, before, inputs);
  try {
    await work();
  } catch (error) {
    if (before.Enabled === true) await enablePlugin(engine, before.Id ?? "", numberOf(inputs["enableTimeout"]) ?? 0);
    throw error;
  }
}
