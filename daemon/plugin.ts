import type { Plugin } from "@docker/node-sdk";
import type { Engine } from "./client";
import { unlessGone } from "./container";
import { followTransfer } from "./image-transfer";
import { type FoundLogin, registryAuthHeader } from "./registry-login";
import { TransferLog } from "./transfer-log";

/** Something on the host that a plugin wants. */
export interface Privilege {
  /** Such as `network` or `capabilities`. */
  readonly Name: string;
  readonly Description?: string;
  /** Such as `host` or `CAP_SYS_ADMIN`. */
  readonly Value: readonly string[];
}

/** A plugin by id or name; undefined when there is none. */
export function inspectPlugin(engine: Engine, name: string, signal?: AbortSignal): Promise<Plugin | undefined> {
  return unlessGone(engine.json("GET", `/plugins/${name}/json`, { signal }));
}

/** What a plugin in a registry wants to be allowed. */
export async function pluginPrivileges(
  engine: Engine,
  reference: string,
  source: { readonly host: string; readonly found: FoundLogin },
  signal?: AbortSignal,
): Promise<readonly Privilege[]> {
  const headers = registryAuthHeader(source.found, source.host);
  const query = { remote: reference };
  return (await engine.json<Privilege[] | null>("GET", "/plugins/privileges", { query, headers, signal })) ?? [];
}

/** Where a plugin comes from, and what it is allowed. */
export interface PluginSource {
  readonly reference: string;
  readonly host: string;
  readonly found: FoundLogin;
  readonly privileges: readonly Privilege[];
}

/** Installs a plugin under a name; it does not run yet. */
export async function pullPlugin(
  engine: Engine,
  name: string,
  { reference, host, found, privileges }: PluginSource,
  onProgress: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const query = { remote: reference, name };
  const headers = registryAuthHeader(found, host);
  const answer = await engine.stream("POST", "/plugins/pull", { query, headers, body: privileges, signal });
  await followTransfer(answer, new TransferLog(reference, "pull"), onProgress);
}

/** Puts another version in the place of a plugin that is switched off; its settings and data stay. */
export async function upgradePlugin(
  engine: Engine,
  name: string,
  { reference, host, found, privileges }: PluginSource,
  onProgress: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const headers = registryAuthHeader(found, host);
  const call = { query: { remote: reference }, headers, body: privileges, signal };
  const answer = await engine.stream("POST", `/plugins/${name}/upgrade`, call);
  await followTransfer(answer, new TransferLog(reference, "pull"), onProgress);
}

/** Starts a plugin; `timeout` is how long its socket may take, in seconds, 0 for the daemon's own patience. */
export async function enablePlugin(engine: Engine, name: string, timeout: number, signal?: AbortSignal): Promise<void> {
  await engine.json("POST", `/plugins/${name}/enable`, { query: { timeout }, signal });
}

/** Stops a plugin; by force also where something uses it. */
export async function disablePlugin(engine: Engine, name: string, force: boolean, signal?: AbortSignal): Promise<void> {
  await engine.json("POST", `/plugins/${name}/disable`, { query: { force }, signal });
}

/** Changes settings of a plugin that is switched off: `NAME=value`. */
export async function setPlugin(
  engine: Engine,
  name: string,
  settings: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await engine.json("POST", `/plugins/${name}/set`, { body: settings, signal });
}

/** Removes a plugin. Gone already is a success. */
export async function removePlugin(engine: Engine, name: string, force: boolean, signal?: AbortSignal): Promise<void> {
  await unlessGone(engine.json("DELETE", `/plugins/${name}`, { query: { force }, signal }));
}
