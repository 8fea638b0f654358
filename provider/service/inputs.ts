import type { ServiceArgs } from "@pulumi/docker";
import { canonicalReference, isImageId } from "../../values/image-reference";
import { nanoseconds } from "../container/health-check";
import { capability } from "../container/isolation";
import type { Rule, Rules } from "../diff";
import { isEmpty, isList, isObject, numberOf, objectOf, type Properties, textOf, unknown, type Value } from "../value";

/** Lists anywhere in the inputs whose order says nothing. */
const sets = [
  "aliases",
  "capAdds",
  "capDrops",
  "configs",
  "constraints",
  "discreteResourcesSpecs",
  "driverOpts",
  "hosts",
  "labels",
  "mounts",
  "namedResourcesSpecs",
  "networksAdvanceds",
  "platforms",
  "ports",
  "secrets",
] as const;

const update = { on: "update", meaning: (value: Value) => meaningOf(value), sets } as const satisfies Rule;

/**
 * The swarm changes a service in place, task by task as its `updateConfig` says; only its name and its mode are fixed.
 * Credentials and waiting govern the next change, and change nothing that runs.
 */
export const rules: Rules<ServiceArgs> = {
  auth: { on: "live" },
  convergeConfig: { on: "live", meaning: (value) => meaningOf(value) },
  endpointSpec: update,
  labels: { on: "update", unordered: true },
  mode: {
    on: (before, after) => (isGlobal(before) === isGlobal(after) ? "update" : "replace"),
    meaning: (value) => (isGlobal(value) ? { global: true } : meaningOf(value)),
  },
  name: { on: "replace" },
  rollbackConfig: update,
  taskSpec: update,
  updateConfig: update,
};

const rollOut = {
  delay: "0s",
  failureAction: "pause",
  maxFailureRatio: "0.0",
  monitor: "5s",
  order: "stop-first",
  parallelism: 1,
};

/** The blocks among the inputs, at any depth, and the defaults that the official plugin fills in inside of them. */
export const nestedDefaults: Readonly<Record<string, Properties>> = {
  auth: {},
  bindOptions: {},
  configs: { fileGid: "0", fileMode: 0o444, fileUid: "0" },
  containerSpec: { isolation: "default" },
  convergeConfig: { delay: "7s", timeout: "3m" },
  credentialSpec: {},
  dnsConfig: {},
  endpointSpec: {},
  genericResources: {},
  healthcheck: { interval: "0s", startPeriod: "0s", timeout: "0s" },
  limits: {},
  logDriver: {},
  mode: {},
  placement: {},
  ports: { protocol: "tcp", publishMode: "ingress" },
  privileges: {},
  replicated: { replicas: 1 },
  reservation: {},
  resources: {},
  restartPolicy: {},
  rollbackConfig: rollOut,
  seLinuxContext: {},
  secrets: { fileGid: "0", fileMode: 0o444, fileUid: "0" },
  taskSpec: {},
  tmpfsOptions: {},
  updateConfig: rollOut,
  volumeOptions: {},
};

/** True for a service that runs once on every node. */
export function isGlobal(mode: Value | undefined): boolean {
  return objectOf(mode)["global"] === true;
}

/** What a value of some name says where nothing is said. */
const defaults: Readonly<Record<string, Value>> = {
  condition: "any",
  failureAction: "pause",
  fileGid: "0",
  fileMode: 0o444,
  fileUid: "0",
  isolation: "default",
  mode: "vip",
  monitor: 5e9,
  order: "stop-first",
  parallelism: 1,
  propagation: "rprivate",
  protocol: "tcp",
  publishMode: "ingress",
  replicas: 1,
  runtime: "container",
  stopGracePeriod: 10e9,
};

/** Values of these names mean something else when they are zero or false than when they are left out. */
const zeroCounts = ["fileMode", "init", "parallelism", "replicas", "stopGracePeriod"];

const durations = ["delay", "interval", "monitor", "startPeriod", "stopGracePeriod", "timeout", "window"];

/** A block as what it means to the swarm: spellings made one, and without what says no more than leaving it out. */
export function meaningOf(value: Value, name = ""): Value {
  if (value === unknown || value === null) return value;
  if (isList(value)) return value.map((item: Value) => meaningOf(item, name));
  if (isObject(value)) return blockMeaning(value, name);
  const meant = leafMeaning(value, name);
  if (zeroCounts.includes(name)) return meant === defaults[name] ? null : meant;
  return meant === defaults[name] || meant === 0 || meant === false || meant === "" ? null : meant;
}

/** Maps of the user's own words are compared as they are. */
export const maps: readonly string[] = ["driverOptions", "env", "options", "sysctl"];

function blockMeaning(block: Properties, name: string): Value {
  const entries = Object.entries(block).filter(([key]) => key !== "__defaults");
  if (maps.includes(name)) return Object.fromEntries(entries);
  const meant: Record<string, Value> = {};
  for (const [key, item] of entries) {
    const value = item ?? null;
    // Without a delay the swarm waits five seconds between restarts, with a delay of zero it does not wait.
    const isRestartDelay = name === "restartPolicy" && key === "delay";
    meant[key] = isRestartDelay ? delayMeaning(value) : meaningOf(value, key);
  }
  return Object.fromEntries(Object.entries(meant).filter(([, item]) => !isEmpty(item)));
}

function delayMeaning(value: Value): Value {
  const delay = nanoseconds(value) ?? value;
  return delay === 5e9 ? null : delay;
}

function leafMeaning(value: Value, name: string): Value {
  const text = textOf(value);
  if (text === undefined) return value;
  if (durations.includes(name)) return nanoseconds(text) ?? text;
  if (name === "image") return isImageId(text) ? text : canonicalReference(text);
  if (name === "capAdds" || name === "capDrops") return capability(text);
  if (name === "constraints") return text.replace(/\s*(==|!=)\s*/, "$1");
  if (name === "prefs") return spreadOf(text);
  if (name === "maxFailureRatio") return Number(text);
  if (name === "protocol") return text.toLowerCase();
  return text;
}

/** What a placement preference spreads over: `spread=node.labels.zone` as the docker command writes it, or without the word. */
export function spreadOf(preference: string): string {
  return preference.replace(/^spread=/, "");
}

/** The replicas that a mode asks for; undefined for a global service. */
export function replicasOf(inputs: Properties): number | undefined {
  if (isGlobal(inputs["mode"])) return undefined;
  return numberOf(objectOf(objectOf(inputs["mode"])["replicated"])["replicas"]) ?? 1;
}
