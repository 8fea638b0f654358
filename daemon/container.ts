import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerSummary,
  HostConfig,
  NetworkSummary,
} from "@docker/node-sdk";
import { type Engine, EngineError } from "./client";
import { rawLogs, withoutHeaders } from "./logs";
import { spelledAsDocker } from "./podman";

/** How long others that share something of a container may take to go before it, in milliseconds. */
const dependentsTime = 15_000;

/** Makes a container; it does not run yet. */
export function createContainer(
  engine: Engine,
  name: string,
  body: ContainerCreateRequest,
  platform?: string,
  signal?: AbortSignal,
): Promise<ContainerCreateResponse> {
  return engine.json("POST", "/containers/create", { query: { name, platform }, body, signal });
}

/** A container by id or name; undefined when there is none. */
export async function inspectContainer(
  engine: Engine,
  id: string,
  signal?: AbortSignal,
): Promise<ContainerInspectResponse | undefined> {
  const asked = engine.json<ContainerInspectResponse>("GET", `/containers/${encodeURIComponent(id)}/json`, { signal });
  const seen = await unlessGone(asked);
  if (seen === undefined || engine.product !== "podman") return seen;
  return spelledAsDocker(seen, await engine.json<NetworkSummary[]>("GET", "/networks", { signal }));
}

/** All containers, running or not, that match the filters. */
export function listContainers(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<ContainerSummary[]> {
  return engine.json("GET", "/containers/json", { query: { all: true, filters }, signal });
}

/** The containers that hold what they were given: running, paused, or between two attempts to run. */
export function listActive(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<ContainerSummary[]> {
  // Podman restarts a container without a state in between, and refuses to filter by one that it lacks.
  const status = engine.product === "podman" ? ["running", "paused"] : ["running", "paused", "restarting"];
  return listContainers(engine, { ...filters, status }, signal);
}

/** Starts a container; one that runs already stays as it is. */
export async function startContainer(engine: Engine, id: string, signal?: AbortSignal): Promise<void> {
  await engine.json("POST", `/containers/${id}/start`, { signal });
}

/** Sends the stop signal, waits `grace` seconds, then kills. Gone or stopped already is a success. */
export async function stopContainer(engine: Engine, id: string, grace: number, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("POST", `/containers/${id}/stop`, { query: { t: grace }, signal }));
}

/** Sends a signal to the main process of a container, such as `"HUP"`. */
export async function killContainer(engine: Engine, id: string, signal: string, abort?: AbortSignal): Promise<void> {
  await engine.json("POST", `/containers/${id}/kill`, { query: { signal }, signal: abort });
}

/** Removes a container, with its anonymous volumes if asked. Gone already is a success, and so is one that is going. */
export async function removeContainer(
  engine: Engine,
  id: string,
  options: { readonly force: boolean; readonly volumes: boolean },
  signal?: AbortSignal,
): Promise<void> {
  const query = { force: options.force, v: options.volumes };
  for (const late = Date.now() + dependentsTime; ; await sleep(200, undefined, { signal })) {
    try {
      await unlessGone(engine.json("DELETE", `/containers/${id}`, { query, signal }));
      return;
    } catch (error) {
      // Podman removes none whose name spaces or volumes others share; those go in the same run.
      const isShared = error instanceof EngineError && /has dependent containers/.test(error.message);
      if (isShared && Date.now() < late) continue;
      // The daemon removes a container with `AutoRemove` by itself as soon as it has stopped.
      if (!(error instanceof EngineError) || !/already in progress/.test(error.message)) throw error;
      await unlessGone(engine.json("POST", `/containers/${id}/wait`, { query: { condition: "removed" }, signal }));
      return;
    }
  }
}

/** Gives a container another name. */
export async function renameContainer(engine: Engine, id: string, name: string, signal?: AbortSignal): Promise<void> {
  await engine.json("POST", `/containers/${id}/rename`, { query: { name }, signal });
}

/** Changes limits and restart policy of a container where it runs. @returns the daemon's warnings, such as of a limit that it leaves out */
export async function updateContainer(
  engine: Engine,
  id: string,
  body: HostConfig,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const answer = await engine.json<{ readonly Warnings?: readonly string[] | null } | null>(
    "POST",
    `/containers/${id}/update`,
    { body, signal },
  );
  return answer?.Warnings ?? [];
}

/** Freezes the processes of a container, or lets them run again. In that state already is a success. */
export async function pauseContainer(
  engine: Engine,
  id: string,
  isPaused: boolean,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await engine.json("POST", `/containers/${id}/${isPaused ? "pause" : "unpause"}`, { signal });
  } catch (error) {
    if (error instanceof EngineError && /is (already|not) paused/i.test(error.message)) return;
    throw error;
  }
}

/** Attaches a container to a network. */
export async function connectContainer(
  engine: Engine,
  network: string,
  container: string,
  endpoint: object,
  signal?: AbortSignal,
): Promise<void> {
  const body = { Container: container, EndpointConfig: endpoint };
  await engine.json("POST", `/networks/${encodeURIComponent(network)}/connect`, { body, signal });
}

/** Takes a container off a network. Not on it, or gone, is a success. */
export async function disconnectContainer(
  engine: Engine,
  network: string,
  container: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = `/networks/${encodeURIComponent(network)}/disconnect`;
  try {
    await unlessGone(engine.json("POST", path, { body: { Container: container, Force: false }, signal }));
  } catch (error) {
    if (error instanceof EngineError && /is not connected to/.test(error.message)) return;
    throw error;
  }
}

/** Unpacks a tar archive at a path of the container. */
export async function putArchive(
  engine: Engine,
  id: string,
  path: string,
  tar: Readable,
  signal?: AbortSignal,
): Promise<void> {
  await engine.json("PUT", `/containers/${id}/archive`, { query: { path }, body: tar, signal });
}

/** The last lines of what a container wrote, or all of them, both streams together. */
export async function containerLogs(
  engine: Engine,
  id: string,
  lines: number | "all",
  signal?: AbortSignal,
): Promise<string> {
  return withoutHeaders(
    await rawLogs(engine, `/containers/${id}`, { stdout: true, stderr: true, tail: lines }, signal),
  );
}

/** The answer, or undefined where the daemon says that the object is not there. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}
