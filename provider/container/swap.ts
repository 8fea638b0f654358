import type { ContainerInspectResponse } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer, removeContainer, stopContainer, updateContainer } from "../../daemon/container";
import { isSlipwayError, messageOf, SlipwayError } from "../../values/fault";
import { asBug } from "../bug";
import type { Context } from "../resource";
import { flagOf, listOf, numberOf, type Properties, textOf } from "../value";
import { collides } from "./collision";
import { createBeside } from "./creation";
import { afterStart, beforeStop } from "./hooks";
import { hasEndedWell, isKeptRunning } from "./inputs";
import { takeName } from "./naming";
import { awaitNeeds } from "./need";
import { fitting, type Predecessors, predecessors } from "./predecessor";
import { rollOutState } from "./replica";
import { makeRoom } from "./room";
import { begin, proving, settled } from "./settled";
import { discard, putBack, type Standing, standingOf, stopStanding } from "./standing";
import { applyChanges } from "./update";
import { workFailure } from "./work-failure";

/** A container in its place. */
export interface Placed {
  readonly id: string;
  readonly inspect: ContainerInspectResponse;
}

/** Longest time for the steps of `beforeStop` where a swap is taken back, in milliseconds. */
const takeBackTime = 60_000;

/** Everything one swap works with. */
interface Swap {
  readonly context: Context;
  readonly engine: Engine;
  readonly inputs: Properties;
  readonly name: string;
  readonly before: Predecessors;
  /** How everything of this resource stood at the beginning. */
  readonly own: readonly Standing[];
  /** Containers of other resources that have to give way, by URN. */
  readonly evicted: ReadonlyMap<string, Standing>;
  /** Whether the steps of `beforeStop` were begun for one of `own`, and whether one was stopped after them. */
  readonly leaving: { isTold: boolean; isStopped: boolean };
}

/**
 * Makes a container and puts it in its predecessor's place (design.md, "The swap"). What serves is stopped only after the
 * new one was made with all its options, and before the new one starts only if both can't run together. Whatever fails
 * after that (start, end at once, crash loop, health, time, names, cancel), the new one is removed and everything stands
 * again as it stood: same ids, same names, restarted at most once.
 *
 * Every state in which a killed run can leave the daemon is found again by labels and names (predecessor.ts), so the next
 * run goes on from there: made or not, running or not, renamed half-way.
 */
export async function placeContainer(context: Context, inputs: Properties): Promise<Placed> {
  const engine = await context.engine();
  try {
    await awaitNeeds(context, engine, inputs);
    const before = await predecessors(context, engine, inputs);
    return await placeAfter(context, engine, inputs, before).catch((error: unknown) => {
      throw error instanceof SwapFailure ? error : failed(context, inputs, error, truthOf(before.old));
    });
  } catch (error) {
    throw error instanceof SwapFailure ? error : failed(context, inputs, error, []);
  }
}

async function placeAfter(context: Context, engine: Engine, inputs: Properties, before: Predecessors): Promise<Placed> {
  const evicted = await makeRoom(context, engine, inputs);
  const all = [before.old, ...before.others].filter((seen) => seen !== undefined);
  // What a killed run stopped counts as running: the state says that it should.
  const shouldRun = isKeptRunning(inputs) && !hasEndedWell(inputs, before.old?.State ?? {});
  const own = all.map((seen) => standingOf(seen, shouldRun && seen === before.old));
  const swap: Swap = {
    context,
    engine,
    inputs,
    name: textOf(inputs["name"]) ?? "",
    before,
    own,
    evicted,
    leaving: { isTold: false, isStopped: false },
  };
  const moving = [before.moved, before.adopted, ...[...evicted.values()].map((standing) => standing.seen)];
  const candidates = [...before.leftovers, ...moving.filter((seen) => seen !== undefined)];
  const fits = await fitting(context, engine, inputs, candidates, before.adopted);
  if (fits !== undefined) return takeOver(swap, fits);
  const isFirst = all.length === 0 && evicted.size === 0 && before.isNameFree;
  const id = await createBeside(context, engine, inputs, before.old, isFirst);
  return isFirst ? first(swap, id) : replace(swap, id);
}

/**
 * A first container. One that fails is taken away again: its log and exit code are in the message, and what crash-loops or
 * holds a port would be in the way of the next run, which begins anew.
 */
async function first(swap: Swap, id: string): Promise<Placed> {
  const { context, engine, inputs } = swap;
  if (flagOf(inputs["start"]) === false) return { id, inspect: await mustInspect(engine, id) };
  try {
    await begin(context, engine, id, inputs);
    await afterStart(context, engine, id, inputs);
  } catch (error) {
    await discard(engine, id);
    throw error;
  }
  try {
    await settled(context, engine, id, inputs);
  } catch (error) {
    await withdraw(swap, id);
    throw error;
  }
  return { id, inspect: await mustInspect(engine, id) };
}

/** The new container takes the place of what is there. */
async function replace(swap: Swap, id: string): Promise<Placed> {
  const { context, engine, inputs, own, evicted } = swap;
  const old = [...own, ...evicted.values()];
  const inTheWay = old.filter(
    (standing) => standing.runs && (isEvicted(swap, standing) || collides(inputs, standing.seen)),
  );
  warnOfAutoRemove(context, swap.name, inTheWay);
  try {
    context.signal.throwIfAborted();
    await stopAll(swap, inTheWay);
    if (flagOf(inputs["start"]) !== false) {
      await begin(context, engine, id, inputs);
      await afterStart(context, engine, id, inputs);
      await settled(context, engine, id, inputs, { proving: proving.replacement });
    }
    await stepIn(swap, id, inTheWay);
  } catch (error) {
    await withdraw(swap, id);
    throw await putAllBack(swap, error);
  }
  return done(swap, id);
}

/**
 * A container that runs and has what the inputs ask for takes the place as it is: it was made by a run that was killed, or
 * belongs to a resource that was renamed in the program (reconciliation.md, A4), and goes on running.
 */
async function takeOver(swap: Swap, fits: ContainerInspectResponse): Promise<Placed> {
  const { context, engine, inputs, before } = swap;
  const id = fits.Id ?? "";
  const isLeftover = before.leftovers.includes(fits);
  try {
    if (isLeftover) await settled(context, engine, id, inputs, { restarts: fits.RestartCount ?? 0 });
    await stepIn(swap, id);
    await applyChanges(context, id, inputs, inputs);
  } catch (error) {
    if (isLeftover) await withdraw(swap, id);
    throw await putAllBack(swap, error, isLeftover ? id : undefined);
  }
  return done(swap, id);
}

/** What still runs of this resource is stopped, and the new container gets the name. */
async function stepIn(swap: Swap, id: string, stopped: readonly Standing[] = []): Promise<void> {
  const { context, engine, name, own } = swap;
  const others = own.filter((standing) => standing.id !== id && standing.runs && !stopped.includes(standing));
  await stopAll(swap, others, id);
  await takeName(context, engine, id, name);
}

/** Stops containers, each after the steps that the program asks for before (`beforeStop`); others than its own just stop. */
async function stopAll(swap: Swap, standings: readonly Standing[], successor?: string): Promise<void> {
  const { context, engine, inputs, own, leaving } = swap;
  const grace = numberOf(inputs["destroyGraceSeconds"]);
  const next = successor === undefined ? undefined : await inspectContainer(engine, successor, context.signal);
  const stop = async (standing: Standing): Promise<void> => {
    const now = own.includes(standing) ? await inspectContainer(engine, standing.id, context.signal) : undefined;
    const leave = now === undefined ? {} : { goes: now, stays: next === undefined ? [] : [next] };
    if (now?.State?.Running === true) {
      if (listOf(inputs["beforeStop"]).length > 0) context.log("the old one finishes what it has to do", "status");
      leaving.isTold = true;
      await beforeStop(leave, engine, inputs, context.signal);
      leaving.isStopped = true;
    }
    await stopStanding(engine, standing, grace);
  };
  // Each is waited for, also where one fails: nobody is started again while it is still being stopped.
  const failure = (await Promise.allSettled(standings.map(stop))).find((one) => one.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

/**
 * Takes a new container away that failed, or was given up. It may have served already, and what leads to it may have been
 * told that the old one goes: so it leaves as any other does, with the steps before a stop, in favour of the old one.
 */
async function withdraw(swap: Swap, id: string): Promise<void> {
  const goes = await inspectContainer(swap.engine, id).catch(() => undefined);
  if (swap.leaving.isTold || goes?.State?.Running === true) await letIn(swap, goes);
  await discard(swap.engine, id);
}

/** Tells what leads to the containers of this resource that those which stood before are there still, or again. */
async function letIn({ context, engine, inputs, own, leaving }: Swap, goes?: ContainerInspectResponse): Promise<void> {
  if (listOf(inputs["beforeStop"]).length === 0) return;
  const runs = own.filter((standing) => standing.runs && standing.id !== goes?.Id);
  try {
    const seen = await Promise.all(runs.map(({ id }) => inspectContainer(engine, id)));
    const stays = seen.filter((one) => one !== undefined);
    // The run may be cancelled, which is no reason to leave them shut out.
    await beforeStop(
      { ...(goes === undefined ? {} : { goes }), stays },
      engine,
      inputs,
      AbortSignal.timeout(takeBackTime),
    );
  } catch (error) {
    // A step that failed before is what the swap is taken back for, and has been said.
    if (leaving.isStopped || !leaving.isTold || context.signal.aborted) context.log(messageOf(error), "warning");
  }
}

/** After success: what a killed run left is removed, and nothing that was stopped starts by itself with the daemon. */
async function done(swap: Swap, id: string): Promise<Placed> {
  const { context, engine, before, own, evicted } = swap;
  const inspect = await mustInspect(engine, id);
  const leftovers = before.leftovers.map((seen) => seen.Id ?? "").filter((other) => other !== id);
  // What compose made is in no state, so nobody else removes it; its volumes stay, as compose leaves them.
  const adopted = before.adopted?.Id === undefined || before.adopted.Id === id ? [] : [before.adopted.Id];
  const gone = [...leftovers, ...adopted];
  const stopped = own.map((standing) => standing.id).filter((other) => other !== id && !gone.includes(other));
  const tidy = [
    ...leftovers.map((other) => removeContainer(engine, other, { force: true, volumes: true })),
    ...adopted.map((other) => removeContainer(engine, other, { force: true, volumes: false })),
    ...stopped.map((other) => updateContainer(engine, other, { RestartPolicy: { Name: "no" } })),
  ];
  // The next run finds what stays behind here; it is no reason to call the swap a failure.
  await Promise.allSettled(tidy);
  for (const [urn, standing] of evicted) {
    if (standing.id === id) continue;
    context.deployment.evict(urn, async () => {
      await stopContainer(engine, id, inspect.Config?.StopTimeout ?? 10);
      await Promise.all([...own.filter((one) => one.runs), standing].map((one) => putBack(engine, one)));
    });
  }
  return { id, inspect };
}

/**
 * Everything as it stood before; the reason why comes back with what is true now. What a killed run left beside a container
 * that is in the state is put back only where that one can't run: else it would be one too many.
 */
async function putAllBack(swap: Swap, cause: unknown, gone?: string): Promise<Error> {
  const { context, engine, own, evicted, before } = swap;
  await context.deployment.restore(context.urn);
  const isSpare = ({ seen }: Standing): boolean => before.leftovers.includes(seen) && seen !== before.old;
  const problems: string[] = [];
  const back = async (standings: readonly Standing[]): Promise<void> => {
    for (const standing of standings.filter(({ id }) => id !== gone)) {
      const problem = await putBack(engine, standing);
      if (problem !== undefined) problems.push(problem);
    }
  };
  await back([...own.filter((standing) => !isSpare(standing)), ...evicted.values()]);
  const old = own.find(({ seen }) => seen === before.old);
  const now = old?.runs === true ? await inspectContainer(engine, old.id).catch(() => undefined) : undefined;
  const serves = truthOf(now).length > 0;
  const spare = own.filter(isSpare);
  if (old?.runs === true && !serves) await back(spare);
  else await Promise.allSettled(spare.map(({ id }) => discard(engine, id)));
  if (swap.leaving.isStopped) await letIn(swap);
  const rollOut = rollOutState(context, swap.inputs);
  const truth = [
    ...truthOf(now),
    ...(rollOut === undefined ? [] : [rollOut]),
    ...(problems.length === 0 ? [] : [`What stood before could not all be put back: ${problems.join("; ")}.`]),
  ];
  return failed(context, swap.inputs, cause, truth);
}

/** What a user wants to know first when a change has failed. */
function truthOf(old: ContainerInspectResponse | undefined): string[] {
  if (old?.State?.Running !== true || old.State.Restarting === true) return [];
  return [`The container it was to replace runs as before (${(old.Id ?? "").slice(0, 12)}).`];
}

/** A swap that failed, with what is true after it. */
class SwapFailure extends Error {}

function failed(context: Context, inputs: Properties, cause: unknown, truth: readonly string[]): Error {
  if (cause instanceof Error && asBug(cause, "") !== undefined) return cause;
  return new SwapFailure([messageOf(failureOf(context, inputs, cause)), ...truth].join("\n"), { cause });
}

/** What went wrong, in the user's terms. */
function failureOf(context: Context, inputs: Properties, cause: unknown): Error {
  if (context.signal.aborted) return interrupted(context, textOf(inputs["name"]) ?? "", cause);
  return isSlipwayError(cause) ? cause : workFailure(cause, inputs, "made");
}

/** With `rm` the daemon removes the old container as soon as it stops: it can't come back if the new one fails. */
function warnOfAutoRemove(context: Context, name: string, inTheWay: readonly Standing[]): void {
  if (!inTheWay.some((standing) => standing.seen.HostConfig?.AutoRemove === true)) return;
  const why = "the running one has `rm`, so the daemon removes it as soon as it stops";
  context.log(`Container "${name}" is replaced without a way back: ${why}.`, "warning");
}

function isOutOfTime(context: Context): boolean {
  const reason: unknown = context.signal.reason;
  return reason instanceof Error && reason.name === "TimeoutError";
}

/** Cancelled by the user, or out of the time that the user gave it. */
function interrupted(context: Context, name: string, cause: unknown): Error {
  const isTime = isOutOfTime(context);
  return new SlipwayError(
    {
      subject: `Container "${name}"`,
      problem: isTime ? "was not ready within its custom timeout" : "was given up: the run was cancelled",
      ...(isTime ? { advice: "Give it more time (`customTimeouts`), or mend what takes it so long." } : {}),
    },
    { cause },
  );
}

function isEvicted(swap: Swap, standing: Standing): boolean {
  return [...swap.evicted.values()].includes(standing);
}

async function mustInspect(engine: Engine, id: string): Promise<ContainerInspectResponse> {
  const seen = await inspectContainer(engine, id);
  if (seen === undefined) throw new Error(`Container ${id.slice(0, 12)} was removed by somebody else meanwhile.`);
  return seen;
}
