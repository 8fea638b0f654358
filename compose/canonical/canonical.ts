import { LoadFault } from "../load-fault";
import { below, PathRules, type RuleNode } from "../path-rules";
import { cut } from "../text";
import { goText, isInteger, isList, isMapping, kindOf, type Mapping, mapping, type Value } from "../tree";
import { longPorts } from "./port";
import { longVolume } from "./volume";

type Path = readonly (string | number)[];

/** How short forms are taken; without interpolation, what can't be parsed may still hold variables and stays. */
export interface CanonicalOptions {
  readonly isLenient: boolean;
  readonly warn: (warning: string) => void;
}

type Transform = (value: Value, path: Path, options: CanonicalOptions, rules: RuleNode<Transform>) => Value;

const started = (): Mapping =>
  mapping([
    ["condition", "service_started"],
    ["required", true],
  ]);

const inside: Transform = (value, path, options, rules) => {
  if (!isMapping(value)) return value;
  transformMapping(value, path, options, rules);
  return value;
};

const textOrElse: Transform = (value) => (typeof value === "string" ? value : goText(value));
const textIntoList: Transform = (value) => (typeof value === "string" ? [value] : value);
const listIntoKeys: Transform = (value) =>
  isList(value) ? mapping(value.map((name) => [goText(name), null] as const)) : value;

const fileMount: Transform = (value, path) => {
  if (isMapping(value)) return value;
  if (typeof value === "string") return mapping([["source", value]]);
  throw wrong(value, path, "a name or a mapping");
};

const keyValues: Transform = (value, path, options) => {
  if (isMapping(value)) return value;
  if (!isList(value)) throw wrong(value, path, "a mapping or a list of KEY=value");
  const made = mapping();
  for (const [index, entry] of value.entries()) {
    const { before, after, found } = cut(goText(entry), "=");
    if (!found && options.isLenient) return value;
    if (!found) throw new LoadFault([...path, index], "has no =", entry, "Write it as KEY=value.");
    made[before] = after;
  }
  return made;
};

const dependsOn: Transform = (value, path) => {
  if (isList(value)) return mapping(value.map((name) => [goText(name), started()] as const));
  if (!isMapping(value)) throw wrong(value, path, "a list of services or a mapping");
  for (const name in value) {
    const dependency = value[name] ?? null;
    if (!isMapping(dependency)) throw wrong(dependency, [...path, name], "a mapping with a condition");
    dependency["condition"] ??= "service_started";
    if (!("required" in dependency)) dependency["required"] = true;
  }
  return value;
};

const envFiles: Transform = (value, path) => {
  if (typeof value === "string") return [envFile(value)];
  if (isList(value)) return value.map(envFile);
  throw wrong(value, path, "a path or a list");
};

const extendsService: Transform = (value, path) => {
  if (isMapping(value)) return value;
  if (typeof value === "string") return mapping([["service", value]]);
  throw wrong(value, path, "a service or a mapping");
};

const gpus: Transform = (value, path) => {
  if (isList(value)) return value;
  if (typeof value === "string") return [mapping([["count", "all"]])];
  throw wrong(value, path, '"all" or a list');
};

const ulimit: Transform = (value, path) => {
  if (isMapping(value) || isInteger(value)) return value;
  throw wrong(value, path, "a whole number, or soft and hard");
};

const volume: Transform = (value, path, options) => {
  if (isMapping(value)) return value;
  if (typeof value !== "string") throw wrong(value, path, "text or a mapping");
  try {
    return longVolume(value, path);
  } catch (error) {
    if (options.isLenient && error instanceof LoadFault) return value;
    throw error;
  }
};

const device: Transform = (value, path, options) => {
  if (isMapping(value)) return value;
  if (typeof value !== "string") throw wrong(value, path, "text or a mapping");
  const parts = value.split(":");
  if (parts.length > 3 && !options.isLenient) {
    throw new LoadFault(path, "has too many colons", value, "Use the long form: source, target, permissions.");
  }
  const [source = "", target = "", permissions = "rwm"] = parts.length > 3 ? [] : parts;
  return mapping([
    ["source", source],
    ["target", target === "" ? source : target],
    ["permissions", permissions],
  ]);
};

const ports: Transform = (value, path, options) => {
  if (!isList(value)) throw wrong(value, path, "a list");
  const made: Value[] = [];
  for (const [index, entry] of value.entries()) {
    const where = [...path, index];
    if (isMapping(entry)) made.push(entry);
    else if (typeof entry === "string" || isInteger(entry)) {
      try {
        made.push(...longPorts(String(entry), where));
      } catch (error) {
        if (options.isLenient && error instanceof LoadFault) return value;
        throw error;
      }
    } else throw wrong(entry, where, "a whole number, text or a mapping");
  }
  return made;
};

const build: Transform = (value, path, options, rules) => {
  if (isMapping(value)) return inside(value, path, options, rules);
  if (typeof value === "string") return mapping([["context", value]]);
  throw wrong(value, path, "a path or a mapping");
};

const ssh: Transform = (value, path) => {
  if (isMapping(value)) return value;
  if (!isList(value)) throw wrong(value, path, "a mapping or a list");
  const made = mapping();
  for (const [index, entry] of value.entries()) {
    if (typeof entry !== "string") throw wrong(entry, [...path, index], "text");
    const { before, after, found } = cut(entry, "=");
    if (!found && before !== "default") {
      throw new LoadFault([...path, index], "has no path", entry, "Write it as id=path; only default needs none.");
    }
    made[before] = found ? after : null;
  }
  return made;
};

const maybeExternal: Transform = (value, path, options, rules) => {
  if (value === null) return null;
  if (!isMapping(value)) throw wrong(value, path, "a mapping");
  transformMapping(value, path, options, rules);
  const { external, name } = value;
  if (!isMapping(external)) return value;
  value["external"] = true;
  const given = external["name"];
  if (given === undefined) return value;
  options.warn(`${path.join(".")}: external.name is deprecated. Please set name and external: true`);
  if (name === undefined) value["name"] = given;
  else if (name !== given) {
    throw new LoadFault(path, "has a name and another external.name", given, "Use name and external: true.");
  }
  return value;
};

/** Short forms → long forms (transform/canonical.go of compose-go). */
const transforms = new PathRules<Transform>({
  "services.*": inside,
  "services.*.build.secrets.*": fileMount,
  "services.*.build.provenance": textOrElse,
  "services.*.build.sbom": textOrElse,
  "services.*.build.additional_contexts": keyValues,
  "services.*.depends_on": dependsOn,
  "services.*.env_file": envFiles,
  "services.*.label_file": textIntoList,
  "services.*.extends": extendsService,
  "services.*.gpus": gpus,
  "services.*.networks": listIntoKeys,
  "services.*.models": listIntoKeys,
  "services.*.volumes.*": volume,
  "services.*.dns": textIntoList,
  "services.*.devices.*": device,
  "services.*.secrets.*": fileMount,
  "services.*.configs.*": fileMount,
  "services.*.ports": ports,
  "services.*.build": build,
  "services.*.build.ssh": ssh,
  "services.*.ulimits.*": ulimit,
  "services.*.build.ulimits.*": ulimit,
  "services.*.develop.watch.*.ignore": textIntoList,
  "services.*.develop.watch.*.include": textIntoList,
  "volumes.*": maybeExternal,
  "networks.*": maybeExternal,
  "secrets.*": maybeExternal,
  "configs.*": maybeExternal,
});

/** Replaces every short form by its long one. Changes the document. */
export function canonicalise(document: Mapping, options: CanonicalOptions): void {
  transformMapping(document, [], options, transforms.root);
  dropEmptyServers(document);
}

function transformMapping(value: Mapping, path: Path, options: CanonicalOptions, rules: RuleNode<Transform>): void {
  for (const key in value) {
    const next = below(rules, key);
    if (next !== undefined) value[key] = transform(value[key] ?? null, [...path, key], options, next);
  }
}

function transform(value: Value, path: Path, options: CanonicalOptions, rules: RuleNode<Transform>): Value {
  if (rules.rule !== undefined) return rules.rule(value, path, options, rules);
  if (isMapping(value)) {
    transformMapping(value, path, options, rules);
    return value;
  }
  const entries = below(rules, "[]");
  if (!isList(value) || entries === undefined) return value;
  return value.map((entry, index) => transform(entry, [...path, index], options, entries));
}

function envFile(value: Value): Value {
  if (typeof value === "string")
    return mapping([
      ["path", value],
      ["required", true],
    ]);
  if (!isMapping(value)) return null;
  if (!("required" in value)) value["required"] = true;
  return value;
}

/** Compose drops empty DNS servers, which come from variables that are not set. */
function dropEmptyServers(document: Mapping): void {
  const services = document["services"];
  if (!isMapping(services)) return;
  for (const name in services) {
    const service = services[name];
    if (!isMapping(service) || !isList(service["dns"])) continue;
    service["dns"] = service["dns"].filter((server) => server !== null && server !== "");
  }
}

function wrong(value: Value, path: Path, wanted: string): LoadFault {
  return new LoadFault(path, `is ${kindOf(value)}, where ${wanted} is wanted`, value, `Give ${wanted}.`);
}
