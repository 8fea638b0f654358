import type { NetworkCreateRequest, NetworkCreateResponse, NetworkInspect, NetworkSummary } from "@docker/node-sdk";
import type { Engine } from "./client";
import { unlessGone } from "./container";

/** Makes a network. The Engine allows several of one name: look first. */
export function createNetwork(
  engine: Engine,
  body: NetworkCreateRequest,
  signal?: AbortSignal,
): Promise<NetworkCreateResponse> {
  return engine.json("POST", "/networks/create", { body, signal });
}

/** A network by id or name; undefined when there is none. */
export function inspectNetwork(engine: Engine, id: string, signal?: AbortSignal): Promise<NetworkInspect | undefined> {
  return unlessGone(engine.json("GET", `/networks/${encodeURIComponent(id)}`, { signal }));
}

/** The networks that match the filters; a name matches in part. */
export function listNetworks(
  engine: Engine,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<NetworkSummary[]> {
  return engine.json("GET", "/networks", { query: { filters }, signal });
}

/** Removes a network. Gone already is a success. */
export async function removeNetwork(engine: Engine, id: string, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("DELETE", `/networks/${encodeURIComponent(id)}`, { signal }));
}
