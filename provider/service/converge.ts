import { setTimeout as sleep } from "node:timers/promises";
import type { Service, Task } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { rawLogs, withoutHeaders } from "../../daemon/logs";
import { inspectService, listNodes, listTasks } from "../../daemon/swarm";
import { SlipwayError } from "../../values/fault";
import { nanoseconds } from "../container/health-check";
import type { Context } from "../resource";
import { isEmpty, objectOf, type Properties } from "../value";

/** How often a task may fail before it is clear that the next one will too. */
const patience = 3;

/** How long a task must have run to count, in milliseconds: a process that fails at once does so within this time. */
const proving = 1000;

/** The states of a task that failed, as the swarm names them. */
const failures: readonly (string | undefined)[] = ["failed", "rejected", "orphaned"];

/**
 * Waits until the service runs as it was asked for, where the program has a `convergeConfig`. It fails before the time is
 * over where waiting is of no use: the update was paused or rolled back, or one task after the other fails.
 */
export async function converged(context: Context, id: string, inputs: Properties, since: number): Promise<void> {
  if (isEmpty(inputs["convergeConfig"])) return;
  const engine = await context.engine();
  const config = objectOf(inputs["convergeConfig"]);
  const limit = (nanoseconds(config["timeout"]) ?? 180e9) / 1e6;
  // Asking more often than the program says does no harm, and ends sooner.
  const pause = Math.min((nanoseconds(config["delay"]) ?? 7e9) / 1e6, 500);
  const begun = Date.now();
  for (let steady = 0; ; ) {
    const service = await inspectService(engine, id, context.signal);
    if (service === undefined) throw new Error(`Service ${id} was removed by somebody else meanwhile.`);
    const tasks = await listTasks(engine, id, context.signal);
    const fresh = tasks.filter((task) => Date.parse(task.CreatedAt ?? "") >= since - skew);
    await stopped(engine, service, fresh);
    const { isThere, text } = await progress(engine, service, tasks, context.signal);
    steady = isThere ? steady || Date.now() : 0;
    if (steady > 0 && Date.now() - steady >= proving) return;
    context.log(`${subjectOf(service)}: ${text}`, "status");
    if (Date.now() - begun > limit && steady === 0) {
      const problem = `did not converge within ${String(config["timeout"] ?? "3m")}: ${text}. ${await lastWords(engine, fresh)}`;
      throw new SlipwayError({
        subject: subjectOf(service),
        problem,
        advice: "Mend what fails, or give it more time.",
      });
    }
    await sleep(pause, undefined, { signal: context.signal });
  }
}

/** Clocks of daemon and client may differ by this much, in milliseconds, before old tasks are taken for new ones. */
const skew = 500;

/** Ends the wait where nothing good can come any more. */
async function stopped(engine: Engine, service: Service, fresh: readonly Task[]): Promise<void> {
  const { State: state, Message: words } = service.UpdateStatus ?? {};
  const isOver = ["paused", "rollback_completed", "rollback_paused"].includes(state ?? "");
  const failed = fresh.filter((task) => failures.includes(task.Status?.State));
  const isHopeless = failed.length >= patience && !fresh.some((task) => task.Status?.State === "running");
  // With `restartPolicy.condition: none`, or all attempts used up, no task is wanted any more.
  const wanted = fresh.filter((task) => task.DesiredState === "running" || task.DesiredState === "ready");
  const isGivenUp = failed.length > 0 && wanted.length === 0 && replicasOf(service) !== 0;
  if (!isOver && !isHopeless && !isGivenUp) return;
  const what = isOver ? `was not updated (${state}): ${words}` : "does not run";
  const problem = `${what}. ${await lastWords(engine, fresh)}`;
  throw new SlipwayError({
    subject: subjectOf(service),
    problem,
    advice: "Mend what fails and run the command again.",
  });
}

async function progress(
  engine: Engine,
  service: Service,
  tasks: readonly Task[],
  signal: AbortSignal,
): Promise<{ isThere: boolean; text: string }> {
  const state: string = service.UpdateStatus?.State ?? "";
  const isUpdating = state === "updating" || state === "rollback_started";
  const asked = replicasOf(service) ?? (await listNodes(engine, signal)).filter(isUsable).length;
  const running = tasks.filter((task) => task.DesiredState === "running" && task.Status?.State === "running").length;
  const complete = tasks.filter((task) => task.Status?.State === "complete").length;
  const text = `${running} of ${asked} tasks run${isUpdating ? ", the update is under way" : ""}`;
  return { isThere: !isUpdating && running + complete >= asked, text };
}

/** The replicas that a service wants; undefined for a global one. */
function replicasOf(service: Service): number | undefined {
  return service.Spec?.Mode?.Replicated?.Replicas;
}

function isUsable(node: { Status?: { State?: string }; Spec?: { Availability?: string } }): boolean {
  return node.Status?.State !== "down" && node.Spec?.Availability === "active";
}

/** What the last failed task says of itself, and what it wrote. */
async function lastWords(engine: Engine, tasks: readonly Task[]): Promise<string> {
  const failed = tasks.filter((task) => failures.includes(task.Status?.State));
  const last = failed.sort((a, b) => ((a.Status?.Timestamp ?? "") < (b.Status?.Timestamp ?? "") ? -1 : 1)).at(-1);
  if (last === undefined) {
    const waiting = tasks.find((task) => (task.Status?.Err ?? "") !== "");
    return waiting === undefined
      ? "No task has failed."
      : `A task is ${waiting.Status?.State}: ${waiting.Status?.Err}.`;
  }
  const status = `Its last task ${last.Status?.State}: ${last.Status?.Err ?? last.Status?.Message ?? "no reason is known"}.`;
  const query = { stdout: true, stderr: true, tail: 10 };
  const raw = await rawLogs(engine, `/tasks/${last.ID}`, query).catch(() => Buffer.alloc(0));
  const text = withoutHeaders(raw).trim();
  return text === "" ? status : `${status} Its last log lines:\n${text}`;
}

function subjectOf(service: Service): string {
  return `Service "${service.Spec?.Name}"`;
}
