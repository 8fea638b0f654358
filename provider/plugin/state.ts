import type { Plugin } from "@docker/node-sdk";
import { canonicalReference } from "../../values/image-reference";
import { isEmpty, listOf, objectOf, type Properties, textOf, textsOf, unknown, type Value } from "../value";

/** The state of a plugin that the daemon has. */
export function stateOf(inputs: Properties, plugin: Plugin): Properties {
  return {
    ...given(inputs),
    alias: plugin.Name ?? "",
    enabled: plugin.Enabled ?? false,
    envs: plugin.Settings?.Env ?? [],
    name: plugin.PluginReference ?? "",
    pluginReference: plugin.PluginReference ?? "",
  };
}

/** What a preview can say of a plugin. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  return {
    ...given(inputs),
    alias: old?.["alias"] ?? inputs["alias"] ?? unknown,
    enabled: inputs["enabled"] ?? true,
    envs: isEmpty(inputs["envs"]) ? unknown : (inputs["envs"] ?? unknown),
    name: old?.["name"] ?? inputs["name"] ?? unknown,
    pluginReference: old?.["pluginReference"] ?? unknown,
  };
}

/** The old inputs with what has changed on the daemon. */
export function drifted(inputs: Properties, plugin: Plugin): Properties {
  const changed: Record<string, Value> = { enabled: plugin.Enabled ?? false };
  const reference = plugin.PluginReference ?? "";
  if (canonicalReference(textOf(inputs["name"]) ?? "") !== canonicalReference(reference)) changed["name"] = reference;
  // The official plugin writes the daemon's full name here too.
  if (!isEmpty(inputs["alias"])) changed["alias"] = plugin.Name ?? "";
  if (!isEmpty(inputs["envs"])) {
    const present = plugin.Settings?.Env ?? [];
    const named = new Set(textsOf(inputs["envs"]).map(nameOfEnv));
    changed["envs"] = present.filter((entry) => named.has(nameOfEnv(entry)));
  }
  return { ...inputs, ...changed };
}

/** What a program would have to say to get this plugin. */
export function importedInputs(plugin: Plugin): Properties {
  const { Name, Enabled, PluginReference, Settings } = plugin;
  return {
    __defaults: [],
    alias: Name ?? "",
    enabled: Enabled ?? false,
    envs: Settings?.Env ?? [],
    name: PluginReference ?? "",
  };
}

/** The settings that bring a plugin's variables to what is asked for: those not named get the plugin's own values back. */
export function settingsFor(inputs: Properties, plugin: Plugin): string[] {
  const wanted = new Map(textsOf(inputs["envs"]).map((entry) => [nameOfEnv(entry), entry]));
  const present = new Map((plugin.Settings?.Env ?? []).map((entry) => [nameOfEnv(entry), entry]));
  const settings: string[] = [];
  for (const [name, entry] of wanted) if (present.get(name) !== entry) settings.push(entry);
  for (const { Name, Value: value, Settable } of plugin.Config?.Env ?? []) {
    const own = `${Name}=${value ?? ""}`;
    const isSettable = (Settable ?? []).includes("value");
    if (Name !== undefined && isSettable && !wanted.has(Name) && present.get(Name) !== own) settings.push(own);
  }
  return settings;
}

function nameOfEnv(entry: string): string {
  return entry.replace(/=.*$/s, "");
}

/** What the state repeats from the inputs; grants in the order of their names, as the official plugin keeps sets. */
function given(inputs: Properties): Record<string, Value> {
  const grants = listOf(inputs["grantPermissions"]).map((item): Properties => {
    const { name, values } = objectOf(item);
    return { name: name ?? null, values: [...textsOf(values)].sort() };
  });
  const sorted = grants.sort((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
  return {
    enableTimeout: inputs["enableTimeout"] ?? null,
    forceDestroy: inputs["forceDestroy"] ?? null,
    forceDisable: inputs["forceDisable"] ?? null,
    grantAllPermissions: inputs["grantAllPermissions"] ?? null,
    grantPermissions: inputs["grantPermissions"] === unknown ? unknown : sorted,
  };
}
