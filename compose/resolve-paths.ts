import { isAbsolute } from "node:path";
import { expandHome, isWindowsAbsolute, joinPaths, withoutFirstLink } from "./files";
import { LoadFault } from "./load-fault";
import { below, PathRules, type RuleNode } from "./path-rules";
import { isList, isMapping, kindOf, type Mapping, type Value } from "./tree";

/** What relative paths start from. */
export interface PathBase {
  readonly folder: string;
  /** The home folder, for `~`. */
  readonly home: string | undefined;
}

type Path = readonly (string | number)[];
type Resolver = (value: Value, base: PathBase, path: Path) => Value;

const absolutePath: Resolver = (value, base, path) => {
  if (isList(value)) return value.map((entry, index) => absolutePath(entry, base, [...path, index]));
  if (typeof value !== "string") throw new LoadFault(path, `is ${kindOf(value)}, where a path is wanted`, value);
  const expanded = expandHome(value, base.home);
  return isAbsolute(expanded) || expanded === "" ? expanded : joinPaths(base.folder, expanded);
};

const maybeWindowsPath: Resolver = (value, base) => {
  if (typeof value !== "string") return value;
  const expanded = expandHome(value, base.home);
  return isAbsolute(expanded) || isWindowsAbsolute(expanded) ? expanded : joinPaths(base.folder, expanded);
};

/** Git references and URLs are no paths. */
const contextPath: Resolver = (value, base, path) => {
  if (typeof value !== "string") throw new LoadFault(path, `is ${kindOf(value)}, where a path or URL is wanted`, value);
  const isRemote = value.includes("://") || /^(?:service:|github\.com\/|git@)/.test(value);
  return isRemote ? value : absolutePath(value, base, path);
};

const linkPath: Resolver = (value, base, path) => {
  const made = absolutePath(value, base, path);
  return typeof made === "string" ? withoutFirstLink(made) : made;
};

const bindSource: Resolver = (value, base, path) => {
  if (!isMapping(value) || value["type"] !== "bind") return value;
  if (value["source"] === undefined) {
    throw new LoadFault(path, "is a bind mount without a source", undefined, "Name the path on the host.");
  }
  value["source"] = maybeWindowsPath(value["source"], base, path);
  return value;
};

/** `driver: local` with `o: bind` is a bind mount in disguise. */
const bindOption: Resolver = (value, base, path) => {
  if (!isMapping(value) || value["driver"] !== "local") return value;
  const options = value["driver_opts"];
  if (isMapping(options) && options["o"] === "bind" && options["device"] !== undefined) {
    options["device"] = maybeWindowsPath(options["device"], base, path);
  }
  return value;
};

/** Which attributes are paths (paths/resolve.go of compose-go). */
const resolvers = new PathRules<Resolver>({
  "services.*.build.context": contextPath,
  "services.*.build.additional_contexts.*": contextPath,
  "services.*.build.ssh.*": maybeWindowsPath,
  "services.*.env_file.*.path": absolutePath,
  "services.*.label_file.*": absolutePath,
  "services.*.extends.file": absolutePath,
  "services.*.develop.watch.*.path": linkPath,
  "services.*.volumes.*": bindSource,
  "configs.*.file": maybeWindowsPath,
  "secrets.*.file": maybeWindowsPath,
  "volumes.*": bindOption,
});

/** Makes relative paths start at the base, which may itself be relative. Changes the document. */
export function resolvePaths(document: Mapping, base: PathBase): void {
  ofMapping(document, base, [], resolvers.root);
}

function ofMapping(value: Mapping, base: PathBase, path: Path, rules: RuleNode<Resolver>): void {
  for (const key in value) {
    const next = below(rules, key);
    if (next !== undefined) value[key] = ofValue(value[key] ?? null, base, [...path, key], next);
  }
}

function ofValue(value: Value, base: PathBase, path: Path, rules: RuleNode<Resolver>): Value {
  if (rules.rule !== undefined) return rules.rule(value, base, path);
  if (isMapping(value)) ofMapping(value, base, path, rules);
  const entries = below(rules, "[]");
  if (!isList(value) || entries === undefined) return value;
  return value.map((entry, index) => ofValue(entry, base, [...path, index], entries));
}
