import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectResponse } from "@docker/node-sdk";
import { type Engine, EngineError } from "../../daemon/client";
import {
  inspectContainer,
  removeContainer,
  renameContainer,
  startContainer,
  stopContainer,
} from "../../daemon/container";
import { messageOf } from "../../values/fault";

/** A container as it stood before a swap touched anything: what has to be true again if the swap fails. */
export interface Standing {
  readonly id: string;
  readonly name: string;
  /** True where it runs, or would if a killed run had not stopped it. */
  readonly runs: boolean;
  readonly seen: ContainerInspectResponse;
}

/** How long a rollback waits for a daemon that went away, in milliseconds; service managers bring it back in seconds. */
const daemonPatience = 30_000;

/** How a container stands now. */
export function standingOf(seen: ContainerInspectResponse, shouldRun: boolean): Standing {
  const runs = seen.State?.Running === true || seen.State?.Restarting === true || shouldRun;
  return { id: seen.Id ?? "", name: nameOf(seen), runs, seen };
}

/** The name of a container. */
export function nameOf(seen: ContainerInspectResponse): string {
  return (seen.Name ?? "").replace(/^\//, "");
}

/**
 * Sends the stop signal, waits the container's grace, then kills. It is never aborted: the signal can't be taken back,
 * so a cancelled run has to see the end before it can start the container again.
 */
export async function stopStanding(engine: Engine, standing: Standing, grace: number | undefined): Promise<void> {
  await stopContainer(engine, standing.id, grace ?? standing.seen.Config?.StopTimeout ?? 10);
}

/** Takes a container that failed away with the anonymous volumes of its own; one that writes data ends by its stop signal. */
export async function discard(engine: Engine, id: string): Promise<void> {
  await patiently(async () => {
    const seen = await inspectContainer(engine, id);
    if (seen === undefined) return;
    const writes = (seen.Mounts ?? []).some((mount) => mount.RW === true && mount.Type !== "tmpfs");
    if (writes && seen.State?.Running === true) await stopContainer(engine, id, seen.Config?.StopTimeout ?? 10);
    await removeContainer(engine, id, { force: true, volumes: true });
  });
}

/**
 * Makes a container stand as before: its name, and running if it did. @returns what could not be made so, as the end of
 * a sentence; nothing is thrown, so that the others are put back too.
 */
export async function putBack(engine: Engine, standing: Standing): Promise<string | undefined> {
  const { id, name, runs } = standing;
  try {
    return await patiently(async () => {
      const seen = await inspectContainer(engine, id);
      if (seen === undefined) return `container "${name}" (${id.slice(0, 12)}) was removed by somebody else`;
      if (nameOf(seen) !== name) await renameContainer(engine, id, name);
      if (runs && seen.State?.Running !== true) await startAgain(engine, id);
      return undefined;
    });
  } catch (error) {
    // It may not have been able to run before either.
    if (standing.seen.State?.Running !== true) return undefined;
    return `container "${name}" (${id.slice(0, 12)}) could not be started again: ${messageOf(error)}`;
  }
}

/** A port or address may be given back a moment after the container that had it is gone. */
async function startAgain(engine: Engine, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await startContainer(engine, id);
    } catch (error) {
      if (!(error instanceof EngineError) || tries === 5) throw error;
      await sleep(200 * tries);
    }
  }
}

/** Tries again while the daemon does not answer: what it says is final, silence is not. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const until = Date.now() + daemonPatience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EngineError || Date.now() > until) throw error;
      await sleep(500);
    }
  }
}
