import type { Config, Secret } from "@docker/node-sdk";
import type { Engine } from "./client";
import { unlessGone } from "./container";

/** What the swarm keeps for its tasks: secrets, whose data it never answers, and configs. */
export type Vault = "secrets" | "configs";

/** A secret or a config; only a config's `Spec` has `Data`. */
export type Kept = Secret | Config;

/** Name, labels and, in base64, data. */
export interface KeptSpec {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Data?: string;
}

/** Keeps something new. @returns its id. */
export async function keepData(engine: Engine, vault: Vault, body: KeptSpec, signal?: AbortSignal): Promise<string> {
  const answer = await engine.json<{ ID?: string }>("POST", `/${vault}/create`, { body, signal });
  return answer.ID ?? "";
}

/** What is kept, by id or name; undefined when there is none. */
export function inspectData(engine: Engine, vault: Vault, id: string, signal?: AbortSignal): Promise<Kept | undefined> {
  return unlessGone(engine.json("GET", `/${vault}/${encodeURIComponent(id)}`, { signal }));
}

/** What matches the filters; a name matches in part. */
export function listData(
  engine: Engine,
  vault: Vault,
  filters: Readonly<Record<string, readonly string[]>>,
  signal?: AbortSignal,
): Promise<Kept[]> {
  return engine.json("GET", `/${vault}`, { query: { filters }, signal });
}

/** Changes the labels: the swarm can change nothing else of it, and wants the rest of the spec as it is. */
export async function relabelData(
  engine: Engine,
  vault: Vault,
  kept: Kept,
  labels: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  const body = { ...kept.Spec, Labels: labels };
  const query = { version: kept.Version?.Index ?? 0 };
  await engine.json("POST", `/${vault}/${kept.ID}/update`, { query, body, signal });
}

/** Removes it. Gone already is a success; in use by a service is not. */
export async function removeData(engine: Engine, vault: Vault, id: string, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("DELETE", `/${vault}/${encodeURIComponent(id)}`, { signal }));
}
