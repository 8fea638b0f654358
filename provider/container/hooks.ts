import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectResponse } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer } from "../../daemon/container";
import { addressesOf, execute } from "../../daemon/exec";
import { messageOf, SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { flagOf, listOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { nanoseconds } from "./health-check";
import { nameOf } from "./standing";

/** The commands after a start (`postStart`), one by one. @throws {@link SlipwayError} at the first that fails. */
export async function afterStart(context: Context, engine: Engine, id: string, inputs: Properties): Promise<void> {
  const hooks = listOf(inputs["postStart"]).map(objectOf);
  if (hooks.length === 0) return;
  const seen = await inspectContainer(engine, id, context.signal);
  if (seen === undefined) return;
  const name = textOf(inputs["name"]) ?? nameOf(seen);
  for (const [index, hook] of hooks.entries()) {
    await run(
      engine,
      hook,
      { name, path: `postStart[${index}]`, container: id, env: about(name, seen) },
      context.signal,
    );
  }
}

/** Whom the steps before a stop are about. */
export interface Leave {
  /** Who is to be stopped; left out where it is gone already, and somebody else has to be let in again. */
  readonly goes?: ContainerInspectResponse;
  /** Who runs in its place by now. */
  readonly stays?: readonly ContainerInspectResponse[];
}

/**
 * The steps before a stop (`beforeStop`), one by one. Commands are told whom it is about: SLIPWAY_CONTAINER and
 * SLIPWAY_ADDRESSES, and SLIPWAY_SUCCESSOR_ADDRESSES where another container already runs in its place. What is executed in
 * the container itself is left out where that does not run.
 * @throws {@link SlipwayError} at the first that fails: what was to be stopped has to stay
 */
export async function beforeStop(
  { goes, stays = [] }: Leave,
  engine: Engine,
  inputs: Properties,
  signal: AbortSignal,
): Promise<void> {
  const hooks = listOf(inputs["beforeStop"]).map(objectOf);
  const successors = stays.filter(({ State }) => State?.Running === true).flatMap(addressesOf);
  const runs = goes?.State?.Running === true;
  if (hooks.length === 0 || (!runs && successors.length === 0)) return;
  const name = goes === undefined ? (textOf(inputs["name"]) ?? "") : nameOf(goes);
  const env = [
    ...(goes === undefined ? [`SLIPWAY_CONTAINER=${name}`] : about(name, goes)),
    ...(successors.length === 0 ? [] : [`SLIPWAY_SUCCESSOR_ADDRESSES=${successors.join(" ")}`]),
  ];
  for (const [index, hook] of hooks.entries()) {
    if (textOf(hook["container"]) === undefined && !runs) continue;
    if (textsOf(hook["command"]).length > 0) {
      const place = { name, path: `beforeStop[${index}]`, container: goes?.Id ?? "", env };
      await run(engine, hook, place, signal);
    }
    const wait = nanoseconds(hook["wait"]);
    if (wait !== undefined && runs) await sleep(wait / 1e6, undefined, { signal });
  }
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly container: string;
  readonly env: readonly string[];
}

async function run(engine: Engine, hook: Properties, place: Place, signal: AbortSignal): Promise<void> {
  const container = textOf(hook["container"]) ?? place.container;
  const user = textOf(hook["user"]);
  const workingDir = textOf(hook["workingDir"]);
  const privileged = flagOf(hook["privileged"]);
  const options = {
    command: textsOf(hook["command"]),
    env: [...place.env, ...textsOf(hook["envs"])],
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(privileged === undefined ? {} : { privileged }),
  };
  const fail = (problem: string, cause?: unknown): SlipwayError => {
    const advice = "Mend the command, or what it asks.";
    return new SlipwayError({ subject: `Container "${place.name}"`, path: place.path, problem, advice }, { cause });
  };
  const { exitCode, output } = await execute(engine, container, options, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw fail(`could not be executed in container "${container}": ${messageOf(error)}`, error);
  });
  if (exitCode === 0) return;
  const said = output.trim().split("\n").slice(-5).join("\n  ");
  throw fail(`failed with exit code ${exitCode}${said === "" ? " and printed nothing" : `: ${said}`}`);
}

function about(name: string, seen: ContainerInspectResponse): string[] {
  return [`SLIPWAY_CONTAINER=${name}`, `SLIPWAY_ADDRESSES=${addressesOf(seen).join(" ")}`];
}
