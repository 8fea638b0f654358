import type { Service } from "@docker/node-sdk";
import type { Engine } from "./client";

/** The services of the swarm that match the filters. */
export function listServices(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<Service[]> {
  return engine.json("GET", "/services", { query: { filters }, signal });
}
