import type { SystemInfo } from "@docker/node-sdk";
import type { Engine } from "./client";

/** What the daemon says of itself: drivers, swarm, address pools, host. */
export function systemInfo(engine: Engine, signal?: AbortSignal): Promise<SystemInfo> {
  return engine.json("GET", "/info", { signal });
}
