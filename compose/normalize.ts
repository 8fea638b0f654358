import { cleanTarget } from "./canonical/volume";
import { LoadFault } from "./load-fault";
import { cut } from "./text";
import { goText, isList, isMapping, kindOf, type Mapping, mapping, type Value } from "./tree";

/** What normalisation takes from outside the document. */
export interface Naming {
  readonly projectName: string;
  readonly environment: ReadonlyMap<string, string>;
}

/** Attributes that may point to another service as `service:<name>`. */
const namespaces = ["network_mode", "ipc", "pid", "uts", "cgroup"] as const;

/**
 * Makes the implicit explicit: the default network, names, dependencies by links and shared namespaces, values of
 * variables that are only named (loader/normalize.go of compose-go). Changes the document.
 */
export function normalize(document: Mapping, naming: Naming): void {
  document["name"] = naming.projectName;
  giveNetworks(document);
  for (const [name, service] of servicesOf(document)) normalizeService(service, ["services", name], naming);
  for (const kind of ["networks", "volumes", "configs", "secrets"]) {
    const resources = document[kind];
    if (isMapping(resources)) nameResources(resources, naming.projectName);
  }
}

/** The services of a document, as far as they are mappings. */
export function servicesOf(document: Mapping): readonly (readonly [string, Mapping])[] {
  const services = document["services"];
  if (!isMapping(services)) return [];
  return Object.keys(services).flatMap((name) => {
    const service = services[name];
    return isMapping(service) ? [[name, service] as const] : [];
  });
}

function giveNetworks(document: Mapping): void {
  let isUsed = false;
  for (const [, service] of servicesOf(document)) {
    if ("provider" in service || "network_mode" in service) continue;
    const networks = service["networks"];
    if (!isMapping(networks) || Object.keys(networks).length === 0) {
      service["networks"] = mapping([["default", null]]);
      isUsed = true;
    } else if ("default" in networks) isUsed = true;
  }
  const declared = document["networks"];
  const networks = isMapping(declared) ? declared : mapping();
  if (isUsed && !("default" in networks)) networks["default"] = null;
  if (Object.keys(networks).length > 0) document["networks"] = networks;
}

function normalizeService(service: Mapping, path: readonly string[], naming: Naming): void {
  if (service["pull_policy"] === "if_not_present") service["pull_policy"] = "missing";
  const build = service["build"];
  if (isMapping(build)) {
    build["context"] ??= ".";
    if ((build["dockerfile"] ?? null) === null && (build["dockerfile_inline"] ?? null) === null) {
      build["dockerfile"] = "Dockerfile";
    }
    if (build["args"] !== undefined) build["args"] = resolveValues(build["args"], naming.environment, false);
  }
  if (service["environment"] !== undefined) {
    service["environment"] = resolveValues(service["environment"], naming.environment, true);
  }
  const dependencies = impliedDependencies(service);
  if (Object.keys(dependencies).length > 0) service["depends_on"] = dependencies;
  const volumes = service["volumes"];
  if (isList(volumes))
    for (const [index, volume] of volumes.entries()) cleanVolume(volume, [...path, "volumes", index]);
  giveHookImages(service);
}

function cleanVolume(volume: Value, path: readonly (string | number)[]): void {
  if (!isMapping(volume)) throw new LoadFault(path, `is ${kindOf(volume)}`, volume, "Give a mapping.");
  const target = volume["target"];
  if (typeof target !== "string") throw new LoadFault(path, "has no target", undefined, "Say where it is mounted.");
  volume["target"] = cleanTarget(target);
}

function impliedDependencies(service: Mapping): Mapping {
  const declared = service["depends_on"];
  const made = isMapping(declared) ? declared : mapping();
  const add = (name: string, restart: boolean): void => {
    if (name in made) return;
    made[name] = mapping([
      ["condition", "service_started"],
      ["restart", restart],
      ["required", true],
    ]);
  };
  for (const link of listOf(service["links"])) {
    const parts = goText(link).split(":");
    add(parts.length === 2 ? (parts[0] ?? "") : goText(link), true);
  }
  for (const namespace of namespaces) {
    const reference = service[namespace];
    if (typeof reference === "string" && reference.startsWith("service:"))
      add(reference.slice("service:".length), true);
  }
  for (const from of listOf(service["volumes_from"])) {
    const text = goText(from);
    if (!text.startsWith("container:")) add(cut(text, ":").before, false);
  }
  return made;
}

/** A hook before the start runs in the service's image unless it names one. */
function giveHookImages(service: Mapping): void {
  const image = service["image"];
  if (typeof image !== "string" || image === "") return;
  for (const hook of listOf(service["pre_start"])) if (isMapping(hook) && !("image" in hook)) hook["image"] = image;
}

/** Variables that are named without a value take the environment's. */
function resolveValues(value: Value, environment: ReadonlyMap<string, string>, keepsUnset: boolean): Value {
  if (isList(value)) {
    return value.flatMap((entry) => {
      if (typeof entry !== "string" || entry.includes("=")) return typeof entry === "string" ? [entry] : [];
      const found = environment.get(entry);
      return found !== undefined ? [`${entry}=${found}`] : keepsUnset ? [entry] : [];
    });
  }
  if (!isMapping(value)) return value;
  const made = mapping();
  for (const key in value) {
    const entry = value[key] ?? environment.get(key) ?? null;
    if (entry !== null || keepsUnset) made[key] = entry;
  }
  return made;
}

function nameResources(resources: Mapping, project: string): void {
  for (const key in resources) {
    const given = resources[key];
    const resource = isMapping(given) ? given : mapping();
    const isExternal =
      resource["external"] === true || /^(?:1|t|T|TRUE|true|True)$/.test(goText(resource["external"] ?? null));
    if ((resource["name"] ?? null) === null) resource["name"] = isExternal ? key : `${project}_${key}`;
    resources[key] = resource;
  }
}

function listOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}
