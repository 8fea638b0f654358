import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostConfig } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import {
  connectContainer,
  containerLogs,
  createContainer,
  inspectContainer,
  listContainers,
  removeContainer,
  renameContainer,
  startContainer,
  stopContainer,
} from "../../daemon/container";
import { isOwnedBy, ownership, ownershipLabels } from "../../resources/ownership";
import { messageOf, SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { flagOf, listOf, numberOf, objectOf, type Properties, textOf } from "../value";
import { bodyOf, furtherNetworks } from "./body";
import { uploadAll } from "./upload";

type Inspect = NonNullable<Awaited<ReturnType<typeof inspectContainer>>>;

/** A container in its place; `failure` is set where it is the first of its resource and was made but does not run. */
export interface Placed {
  readonly id: string;
  readonly inspect: Inspect;
  readonly failure?: Error;
}

/**
 * Makes a container and puts it in its predecessor's place. The predecessor is stopped only after the new one was
 * created with all its options; if the new one then fails to start or to become healthy, it is removed and the
 * predecessor runs again, same id.
 */
export async function placeContainer(context: Context, inputs: Properties): Promise<Placed> {
  const engine = await context.engine();
  const name = textOf(inputs["name"]) ?? "";
  const old = await predecessor(context, engine, name);
  const attempt = randomUUID();
  const temporary = old === undefined ? name : `${name}-next-${attempt.slice(0, 8)}`;
  const wanted = bodyOf(inputs, ownershipLabels(context.urn, context.providerId, attempt));
  const carried = old === undefined ? [] : anonymousVolumes(old, wanted.HostConfig);
  const body = {
    ...wanted,
    HostConfig: { ...wanted.HostConfig, Binds: [...(wanted.HostConfig?.Binds ?? []), ...carried] },
  };
  const made = await createContainer(engine, temporary, body, textOf(inputs["platform"]), context.signal);
  const id = made.Id ?? "";
  try {
    for (const { name: networkName, endpoint } of furtherNetworks(inputs)) {
      await connectContainer(engine, networkName, id, endpoint, context.signal);
    }
    await uploadAll(engine, id, inputs, context.signal);
  } catch (error) {
    await removeContainer(engine, id, { force: true, volumes: true });
    throw error;
  }
  if (old === undefined) return first(context, engine, id, inputs);
  return swap(context, engine, old, id, name, inputs);
}

/**
 * The anonymous volumes of the predecessor as binds of the new container, so that their data outlives a replacement, as
 * with compose; a path that the new one mounts otherwise is left to the program. The Engine names such volumes with 64 hex digits.
 */
function anonymousVolumes(old: Inspect, host: HostConfig | undefined): string[] {
  const bound = (host?.Binds ?? []).map((bind) => bind.split(":")[1]);
  const taken = new Set([...bound, ...(host?.Mounts ?? []).map((mount) => mount.Target)]);
  return (old.Mounts ?? []).flatMap((mount) => {
    const anonymous = mount.Type === "volume" && /^[0-9a-f]{64}$/.test(mount.Name ?? "");
    return anonymous && !taken.has(mount.Destination) ? [`${mount.Name}:${mount.Destination}`] : [];
  });
}

/** The newest container of this resource: what a swap left behind when the state missed it. */
export async function ownSuccessor(context: Context): Promise<Inspect | undefined> {
  const engine = await context.engine();
  const owned = await listContainers(engine, { label: [`${ownership.urn}=${context.urn}`] }, context.signal);
  const mine = owned.filter((found) => isOwnedBy(found.Labels, context.urn, context.providerId));
  const running = mine.find((found) => found.State === "running") ?? mine[0];
  return running?.Id === undefined ? undefined : inspectContainer(engine, running.Id, context.signal);
}

/** Ours by label, or the one whose id this run's Diff has seen; a stranger of that name is refused. */
async function predecessor(context: Context, engine: Engine, name: string): Promise<Inspect | undefined> {
  const seenId = context.deployment.seen.get(context.urn);
  const known = seenId === undefined ? undefined : await inspectContainer(engine, seenId, context.signal);
  if (known !== undefined) return known;
  const holder = await inspectContainer(engine, name, context.signal);
  if (holder === undefined) return ownSuccessor(context);
  const seenIds = [...context.deployment.seen.values()];
  if (isOwnedBy(holder.Config?.Labels, context.urn, context.providerId) || seenIds.includes(holder.Id ?? "")) {
    return holder;
  }
  throw new SlipwayError({
    subject: `Container "${name}"`,
    problem: `can't be made: that name belongs to container ${(holder.Id ?? "").slice(0, 12)}, which is not of this resource`,
    advice: "Choose another name, remove that container, or take it over with `pulumi import`.",
  });
}

async function first(context: Context, engine: Engine, id: string, inputs: Properties): Promise<Placed> {
  if (flagOf(inputs["start"]) === false) return { id, inspect: await mustInspect(engine, id) };
  try {
    await begin(context, engine, id);
    await settled(context, engine, id, inputs);
    return { id, inspect: await mustInspect(engine, id) };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(messageOf(error));
    return { id, inspect: await mustInspect(engine, id), failure };
  }
}

async function swap(
  context: Context,
  engine: Engine,
  old: Inspect,
  id: string,
  name: string,
  inputs: Properties,
): Promise<Placed> {
  const oldId = old.Id ?? "";
  const wasRunning = old.State?.Running === true;
  const beside = !collides(inputs, old);
  try {
    if (!beside && wasRunning) await stopContainer(engine, oldId, old.Config?.StopTimeout ?? 10, context.signal);
    if (flagOf(inputs["start"]) !== false) {
      await begin(context, engine, id);
      await settled(context, engine, id, inputs);
    }
    if (beside && wasRunning) await stopContainer(engine, oldId, old.Config?.StopTimeout ?? 10, context.signal);
  } catch (error) {
    await removeContainer(engine, id, { force: true, volumes: true });
    if (wasRunning) await startContainer(engine, oldId);
    throw error;
  }
  await renameContainer(engine, oldId, `${name}-old-${oldId.slice(0, 8)}`);
  await renameContainer(engine, id, name);
  return { id, inspect: await mustInspect(engine, id) };
}

/** True where both can't run at the same time: a host port, an address, a namespace or data that both write. */
function collides(inputs: Properties, old: Inspect): boolean {
  const bound = Object.values(old.HostConfig?.PortBindings ?? {}).flatMap((list) => list ?? []);
  const taken = new Set(bound.map((binding) => binding.HostPort).filter((port) => port !== "" && port !== "0"));
  const ports = listOf(inputs["ports"]).map((item) => String(numberOf(objectOf(item)["external"]) ?? 0));
  if (ports.some((port) => taken.has(port))) return true;
  const mode = textOf(inputs["networkMode"]) ?? "bridge";
  if (mode === "host" || mode.startsWith("container:")) return true;
  const networks = listOf(inputs["networksAdvanced"]).map(objectOf);
  if (networks.some((block) => textOf(block["ipv4Address"]) ?? textOf(block["ipv6Address"]))) return true;
  const writable = (old.Mounts ?? []).some((mount) => mount.RW === true && mount.Type !== "tmpfs");
  return writable || listOf(inputs["devices"]).length > 0;
}

/** Waits until the container is known to run and, if asked, to be healthy; fails at once where it can't become so. */
export async function settled(context: Context, engine: Engine, id: string, inputs: Properties): Promise<void> {
  const mustRun = flagOf(inputs["mustRun"]) ?? true;
  const wait = flagOf(inputs["wait"]) ?? false;
  const attach = flagOf(inputs["attach"]) ?? false;
  const started = Date.now();
  const limit = (numberOf(inputs["waitTimeout"]) ?? 60) * 1000;
  // A process that fails at once does so within this time; longer would be paid by every container.
  const proving = 400;
  for (;;) {
    context.signal.throwIfAborted();
    const seen = await mustInspect(engine, id);
    const running = seen.State?.Running === true && seen.State.Restarting !== true;
    const elapsed = Date.now() - started;
    if (attach && !running) return;
    if (!running && mustRun && !attach) throw await stopped(engine, id, seen);
    if (!running && !mustRun) return;
    const health = seen.State?.Health?.Status;
    if (wait && health === "unhealthy") throw await unhealthy(engine, id, seen, "is unhealthy");
    if (wait && health !== "healthy" && elapsed > limit) {
      throw await unhealthy(engine, id, seen, `is not healthy after ${limit / 1000} s`);
    }
    if (!attach && (wait ? health === "healthy" : elapsed >= proving || !mustRun)) return;
    await sleep(attach || wait ? 200 : 80, undefined, { signal: context.signal });
  }
}

async function stopped(engine: Engine, id: string, seen: Inspect): Promise<Error> {
  const state = seen.State ?? {};
  const cause = state.Error ? ` (${state.Error})` : "";
  return new SlipwayError({
    subject: subjectOf(seen),
    problem: `stopped with exit code ${state.ExitCode ?? "?"}${cause}. ${await lastLines(engine, id)}`,
    advice: "Mend its command or settings; a container that is meant to end needs `mustRun: false`.",
  });
}

async function unhealthy(engine: Engine, id: string, seen: Inspect, problem: string): Promise<Error> {
  const check = seen.State?.Health?.Log?.at(-1);
  const output = check?.Output?.trim() ?? "";
  const last = output === "" ? "" : ` Its last check (exit code ${check?.ExitCode ?? "?"}) said: ${output}.`;
  return new SlipwayError({
    subject: subjectOf(seen),
    problem: `${problem}.${last} ${await lastLines(engine, id)}`,
    advice: "Mend the health check or what it checks.",
  });
}

/** Starts the new container; what the daemon says is about its command, mounts, ports or limits, so the container is named. */
async function begin(context: Context, engine: Engine, id: string): Promise<void> {
  try {
    await startContainer(engine, id, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const advice = "Mend what it names and run the command again.";
    const problem = `can't start: ${messageOf(error)}`;
    throw new SlipwayError({ subject: subjectOf(await mustInspect(engine, id)), problem, advice }, { cause: error });
  }
}

/** The container by the name it is asked for, also while it still has its temporary one. */
function subjectOf(seen: Inspect): string {
  return `Container "${(seen.Name ?? "").replace(/^\//, "").replace(/-next-[0-9a-f]{8}$/, "")}"`;
}

async function lastLines(engine: Engine, id: string): Promise<string> {
  const text = (await containerLogs(engine, id, 10)).trim();
  return text === "" ? "It logged nothing" : `Its last log lines:\n${text}`;
}

async function mustInspect(engine: Engine, id: string): Promise<Inspect> {
  const seen = await inspectContainer(engine, id);
  if (seen === undefined) throw new Error(`Container ${id.slice(0, 12)} was removed by somebody else meanwhile.`);
  return seen;
}
