import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectResponse } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { containerLogs, inspectContainer, startContainer } from "../../daemon/container";
import { runHealthcheck } from "../../daemon/podman";
import { SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { flagOf, numberOf, type Properties } from "../value";
import { hasEndedWell } from "./inputs";
import { beforeStart } from "./pre-start";
import { workFailure } from "./work-failure";

/**
 * How long a container without a health check has to stay up until it counts as running, in milliseconds.
 *
 * Most programs that can't run say so within this time: a missing file, a bad option, a port that is taken, a missing
 * variable. The Engine restarts a container that ends first after 0.1 s, then after 0.2 s, 0.4 s and so on, so a crash
 * loop shows as a restart or as the state "restarting" well within it. A first container is watched for a shorter time
 * since nothing is lost by being wrong; one that takes the place of another is watched for longer, since that one is
 * gone afterwards. What fails later than this is found by a health check, which has its own time (`waitTimeout`).
 */
export const proving = { first: 500, replacement: 1500 } as const;

/** How often Podman, which may have no timers of its own, is told to run a health check at most, in milliseconds. */
const leastInterval = 500;

/** What {@link settled} needs to know besides the inputs. */
export interface Trial {
  /** How long it has to stay up, in milliseconds. @default {@link proving}.first */
  readonly proving?: number;
  /** How often it had been restarted by its policy before; a start by hand counts anew. @default 0 */
  readonly restarts?: number;
}

/** Starts a container, after its `preStart`; what the daemon says is about its command, mounts, ports or limits, so the container is named. */
export async function begin(context: Context, engine: Engine, id: string, inputs: Properties): Promise<void> {
  await beforeStart(context, engine, id, inputs);
  try {
    await startContainer(engine, id, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw error;
    throw workFailure(error, inputs, "start");
  }
}

/**
 * Waits until the container is known to run and, if asked (`wait`), to be healthy. It fails at once where the container
 * has ended, crash-loops or is unhealthy, and says why: exit code, output of the check, last log lines. One that is meant
 * to end (`mustComplete`) is waited for until it has, with exit code 0.
 */
export async function settled(
  context: Context,
  engine: Engine,
  id: string,
  inputs: Properties,
  trial: Trial = {},
): Promise<void> {
  const mustRun = flagOf(inputs["mustRun"]) ?? true;
  const attach = flagOf(inputs["attach"]) ?? false;
  const completes = flagOf(inputs["mustComplete"]) ?? false;
  const wait = !attach && (flagOf(inputs["wait"]) ?? false);
  const limit = (numberOf(inputs["waitTimeout"]) ?? 60) * 1000;
  const started = Date.now();
  let nextCheck = started;
  for (;;) {
    context.signal.throwIfAborted();
    const seen = await inspectContainer(engine, id, context.signal);
    if (seen === undefined) {
      if (!mustRun || attach) return;
      throw vanished(id, inputs);
    }
    const state = seen.State ?? {};
    const loops = state.Restarting === true || (seen.RestartCount ?? 0) > (trial.restarts ?? 0);
    const runs = state.Running === true && !loops;
    const elapsed = Date.now() - started;
    if (!runs && completes) {
      if (!loops && state.ExitCode === 0) return;
      throw await ended(engine, seen, loops, inputs);
    }
    if (completes && elapsed > limit) throw await late(engine, seen, limit);
    if (!runs) {
      if (!loops && hasEndedWell(inputs, state)) return;
      if (!mustRun || (attach && !loops)) return;
      throw await ended(engine, seen, loops, inputs);
    }
    if (wait && engine.product === "podman" && Date.now() >= nextCheck) {
      const interval = (seen.Config?.Healthcheck?.Interval ?? 0) / 1e6;
      nextCheck = Date.now() + Math.max(interval, leastInterval);
      if (seen.Config?.Healthcheck !== undefined) await runHealthcheck(engine, id, context.signal);
    }
    const health = state.Health?.Status;
    if (wait && health === "unhealthy") throw await unhealthy(engine, seen, "is unhealthy");
    if (wait && health === "healthy") return;
    if (wait && health === undefined) throw unchecked(seen);
    if (wait && elapsed > limit) throw await unhealthy(engine, seen, `is not healthy after ${limit / 1000} s`);
    if (!attach && !completes && !wait && (!mustRun || elapsed >= (trial.proving ?? proving.first))) return;
    await sleep(attach || wait || completes ? 100 : 60, undefined, { signal: context.signal });
  }
}

async function ended(
  engine: Engine,
  seen: ContainerInspectResponse,
  loops: boolean,
  inputs: Properties,
): Promise<Error> {
  const last = loops ? await betweenStarts(engine, seen) : seen;
  const { ExitCode: code, Error: cause } = last?.State ?? {};
  const how = last === undefined ? "" : `exit code ${code ?? "?"}${cause ? ` (${cause})` : ""}`;
  const again = `keeps ending and is started again and again${how === "" ? "" : `; last ${how}`}`;
  return new SlipwayError({
    subject: subjectOf(seen),
    problem: loops ? again : `stopped with ${how}`,
    advice: `${endAdvice(inputs)}${await logged(engine, seen)}`,
  });
}

function endAdvice(inputs: Properties): string {
  if (flagOf(inputs["mustComplete"]) === true) return "Mend what it runs; it has to end with exit code 0.";
  return "Mend its command or settings; a container that is meant to end needs `mustRun: false`.";
}

async function late(engine: Engine, seen: ContainerInspectResponse, limit: number): Promise<Error> {
  return new SlipwayError({
    subject: subjectOf(seen),
    problem: `has not ended after ${limit / 1000} s`,
    advice: `Give it more time (\`waitTimeout\`), or mend what takes it so long.${await logged(engine, seen)}`,
  });
}

/** A crash-looping container while it does not run: only then the Engine tells its last exit code. */
async function betweenStarts(
  engine: Engine,
  seen: ContainerInspectResponse,
): Promise<ContainerInspectResponse | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const now = tries === 0 ? seen : await inspectContainer(engine, seen.Id ?? "");
    if (now === undefined || now.State?.Running !== true || now.State.Restarting === true) return now;
    await sleep(50);
  }
  return undefined;
}

async function unhealthy(engine: Engine, seen: ContainerInspectResponse, problem: string): Promise<Error> {
  const check = seen.State?.Health?.Log?.at(-1);
  const output = (check?.Output ?? "").trim();
  const said = output === "" ? "printed nothing" : `said: ${output}`;
  const last = check === undefined ? "no check has ended yet" : `its last check (exit code ${check.ExitCode}) ${said}`;
  return new SlipwayError({
    subject: subjectOf(seen),
    problem: `${problem}; ${last}`,
    advice: `Mend the health check or what it checks.${await logged(engine, seen)}`,
  });
}

/** `wait` without any health check, neither of the program nor of the image, would wait in vain. */
function unchecked(seen: ContainerInspectResponse): Error {
  return new SlipwayError({
    subject: subjectOf(seen),
    path: "wait",
    problem: "asks for a healthy container, but neither the program nor the image has a health check",
    advice: "Give it a `healthcheck`, or leave `wait` out.",
  });
}

function vanished(id: string, inputs: Properties): Error {
  const removes = flagOf(inputs["rm"]) === true;
  return new SlipwayError({
    subject: `Container ${id.slice(0, 12)}`,
    problem: removes
      ? "ended at once and, as `rm` asks, is gone with its log"
      : "was removed by somebody else meanwhile",
    advice: removes
      ? "Take `rm` off to see its log, or set `mustRun: false` if it is meant to end."
      : "Run the command again.",
  });
}

/** The container by the name it is asked for, also while it still has its temporary one. */
function subjectOf(seen: ContainerInspectResponse): string {
  return `Container "${(seen.Name ?? "").replace(/^\//, "").replace(/-next-[0-9a-f]{8}$/, "")}"`;
}

/** How many last lines of its log an error shows: a stack trace and what stands before it; the container itself may be gone. */
const loggedLines = 20;

/** The last lines of its log, each set in, as the end of an error. */
async function logged(engine: Engine, seen: ContainerInspectResponse): Promise<string> {
  const text = await containerLogs(engine, seen.Id ?? "", loggedLines).catch(() => "");
  const lines = text.split("\n").map((line) => line.trimEnd().slice(0, 300));
  const last = lines.filter((line) => line !== "").map((line) => `\n  ${line}`);
  return last.length === 0 ? " It logged nothing." : ` It logged last:${last.join("")}`;
}
