import type { Node, Service, ServiceSpec, Task } from "@docker/node-sdk";
import { type Engine, EngineError } from "./client";
import { unlessGone } from "./container";

/** What a service was made or changed with. */
interface Answer {
  readonly ID?: string;
  readonly Warnings?: readonly string[] | null;
}

/** Makes a service; `headers` may hold the login for its image. */
export async function createService(
  engine: Engine,
  body: ServiceSpec,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  const answer = await engine.json<Answer>("POST", "/services/create", { body, headers, signal });
  return answer.ID ?? "";
}

/** A service by id or name, as it was asked for: what the swarm fills in is left out. Undefined when there is none. */
export function inspectService(engine: Engine, id: string, signal?: AbortSignal): Promise<Service | undefined> {
  return unlessGone(engine.json("GET", `/services/${encodeURIComponent(id)}`, { signal }));
}

/** The services of the swarm that match the filters. */
export function listServices(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<Service[]> {
  return engine.json("GET", "/services", { query: { filters }, signal });
}

/** Changes a service from the version that was looked at; the swarm refuses it where somebody else was faster. */
export async function updateService(
  engine: Engine,
  service: Service,
  body: ServiceSpec,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  const query = { version: service.Version?.Index ?? 0, registryAuthFrom: "spec" };
  await engine.json("POST", `/services/${service.ID}/update`, { query, body, headers, signal });
}

/** Removes a service; its tasks end by themselves. Gone already is a success. */
export async function removeService(engine: Engine, id: string, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("DELETE", `/services/${encodeURIComponent(id)}`, { signal }));
}

/** The tasks of a service, old ones too. */
export function listTasks(engine: Engine, service: string, signal?: AbortSignal): Promise<Task[]> {
  return engine.json("GET", "/tasks", { query: { filters: { service: [service] } }, signal });
}

/** The nodes of the swarm. */
export function listNodes(engine: Engine, signal?: AbortSignal): Promise<Node[]> {
  return engine.json("GET", "/nodes", { signal });
}

/** True for the answer of a daemon that manages no swarm (Engine API: status 503). */
export function isNoManager(error: unknown): boolean {
  return error instanceof EngineError && error.status === 503 && /swarm/i.test(error.message);
}
