import type { Engine } from "./client";

/**
 * The id by which a daemon knows itself (Engine API, SystemInfo), the same by whatever address it is reached. Undefined
 * for Podman, which makes up a new one for every answer (libpod, pkg/api/handlers/compat/info.go).
 */
export async function daemonId(engine: Engine, signal?: AbortSignal): Promise<string | undefined> {
  if (engine.product === "podman") return undefined;
  const info: { readonly ID?: string } = await engine.json("GET", "/info", { signal });
  return info.ID === "" ? undefined : info.ID;
}
