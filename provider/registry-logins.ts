import { homedir } from "node:os";
import { type FoundLogin, Logins, type RegistryAuth } from "../daemon/registry-login";
import type { Context } from "./resource";
import { flagOf, isObject, listOf, objectOf, type Properties, textOf, type Value } from "./value";

const known = new WeakMap<Properties, Logins>();

/**
 * The logins of registries as this provider's settings and docker's own configuration give them, looked up once a run;
 * those that a resource brings itself go first.
 */
export function loginsOf({ settings }: Pick<Context, "settings">, own: readonly RegistryAuth[] = []): Logins {
  const sources = { env: process.env, home: homedir() };
  const general = (): RegistryAuth[] => registryAuth(settings["registryAuth"]);
  if (own.length > 0) return new Logins({ ...sources, entries: [...own, ...general()] });
  let logins = known.get(settings);
  if (logins === undefined) {
    logins = new Logins({ ...sources, entries: general() });
    known.set(settings, logins);
  }
  return logins;
}

/** The login that a resource's own `authConfig` gives; undefined where it gives none. */
export function ownLogin(authConfig: Value | undefined): FoundLogin | undefined {
  const block = objectOf(authConfig);
  const address = textOf(block["address"]);
  if (address === undefined) return undefined;
  const username = textOf(block["username"]);
  const password = textOf(block["password"]);
  const scheme = address.startsWith("http://") ? ({ scheme: "http" } as const) : {};
  if (username === undefined) return { source: "its authConfig names no user", ...scheme };
  return { login: { username, password: password ?? "" }, source: "its authConfig", ...scheme };
}

/** The provider's setting: a list, or its JSON, since the engine hands nested settings over as text. */
function registryAuth(setting: Value | undefined): RegistryAuth[] {
  const list = typeof setting === "string" ? parsed(setting) : listOf(setting);
  return list.flatMap((item) => {
    const block = objectOf(item);
    const address = textOf(block["address"]);
    if (address === undefined) return [];
    const username = textOf(block["username"]);
    const password = textOf(block["password"]);
    const authDisabled = flagOf(block["authDisabled"]);
    const configFile = textOf(block["configFile"]);
    const configFileContent = textOf(block["configFileContent"]);
    return {
      address,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(authDisabled === undefined ? {} : { authDisabled }),
      ...(configFile === undefined ? {} : { configFile }),
      ...(configFileContent === undefined ? {} : { configFileContent }),
    };
  });
}

/** What is no list is refused where the settings are checked; here it counts as none. */
function parsed(text: string): Value[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item: unknown): item is Properties => isObject(item as Value)) : [];
  } catch {
    return [];
  }
}
