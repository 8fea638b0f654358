import type { Volume, VolumeCreateOptions } from "@docker/node-sdk";
import type { Engine } from "./client";
import { unlessGone } from "./container";

/** Makes a volume. The Engine answers an existing one of that name as if it were new: look first. */
export function createVolume(engine: Engine, body: VolumeCreateOptions, signal?: AbortSignal): Promise<Volume> {
  return engine.json("POST", "/volumes/create", { body, signal });
}

/** A volume by name; undefined when there is none. */
export function inspectVolume(engine: Engine, name: string, signal?: AbortSignal): Promise<Volume | undefined> {
  return unlessGone(engine.json("GET", `/volumes/${encodeURIComponent(name)}`, { signal }));
}

/** All volumes. */
export async function listVolumes(engine: Engine, signal?: AbortSignal): Promise<Volume[]> {
  const { Volumes }: { Volumes?: Volume[] | null } = await engine.json("GET", "/volumes", { signal });
  return Volumes ?? [];
}

/** Removes a volume and the data in it. Gone already is a success. */
export async function removeVolume(engine: Engine, name: string, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("DELETE", `/volumes/${encodeURIComponent(name)}`, { signal }));
}
