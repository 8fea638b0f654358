import { parseVolume } from "../canonical/volume";
import { LoadFault } from "../load-fault";
import { below, PathRules, type RuleNode } from "../path-rules";
import { cut } from "../text";
import { goText, isInteger, isList, isMapping, kindOf, type Mapping, type Value } from "../tree";

/** What two entries of a list have in common when the later one replaces the earlier. */
type Index = (entry: Value, path: readonly (string | number)[]) => string;

const keyValue: Index = (entry, path) => {
  if (typeof entry === "string") return cut(entry, "=").before;
  throw new LoadFault(path, `is ${kindOf(entry)}, where text is wanted`, entry, "Quote it.");
};

const volumeTarget: Index = (entry, path) => {
  if (typeof entry === "string") return parseVolume(entry, path).target ?? "";
  if (!isMapping(entry)) return "";
  if (typeof entry["target"] === "string") return entry["target"];
  throw new LoadFault(path, "has no target", undefined, "Say where in the container it is mounted.");
};

const deviceTarget: Index = (entry, path) => {
  if (typeof entry === "string") {
    const parts = entry.split(":");
    return parts[1] ?? entry;
  }
  if (!isMapping(entry)) return "";
  if (typeof entry["target"] === "string") return entry["target"];
  throw new LoadFault(path, "has no target", undefined, "Say under which path the container has the device.");
};

const exposed: Index = (entry, path) => {
  if (typeof entry === "string" || isInteger(entry)) return String(entry);
  throw new LoadFault(path, "is no port", entry, "Use a port number.");
};

const mountedAt =
  (folder: string): Index =>
  (entry, path) => {
    if (typeof entry === "string") return `${folder}/${entry}`;
    if (!isMapping(entry))
      throw new LoadFault(path, `is ${kindOf(entry)}`, entry, "Give a name, or source and target.");
    const target = entry["target"];
    return typeof target === "string" ? target : `${folder}/${goText(entry["source"] ?? null)}`;
  };

const port: Index = (entry, path) => {
  if (typeof entry === "string" || isInteger(entry)) return String(entry);
  if (!isMapping(entry)) return "";
  const { target, published, host_ip: host = "0.0.0.0", protocol = "tcp" } = entry;
  if (target === undefined) throw new LoadFault(path, "has no target port", undefined, "Give the container's port.");
  // Compose takes `8080` and `"8080"` for two ports here.
  const hostPort = isInteger(published) ? `number ${published}` : goText(published ?? null);
  return `${goText(host)}:${hostPort}:${goText(target)}/${goText(protocol)}`;
};

const envFile: Index = (entry, path) => {
  if (typeof entry === "string") return entry;
  if (!isMapping(entry)) return "";
  if (typeof entry["path"] === "string") return entry["path"];
  throw new LoadFault(path, "has no path", undefined, "Name the file.");
};

/** The lists that are sets (override/uncity.go of compose-go). */
const sets = new PathRules<Index>({
  "networks.*.labels": keyValue,
  "networks.*.ipam.options": keyValue,
  "services.*.annotations": keyValue,
  "services.*.build.args": keyValue,
  "services.*.build.additional_contexts": keyValue,
  "services.*.build.platform": keyValue,
  "services.*.build.tags": keyValue,
  "services.*.build.labels": keyValue,
  "services.*.cap_add": keyValue,
  "services.*.cap_drop": keyValue,
  "services.*.configs": mountedAt(""),
  "services.*.deploy.labels": keyValue,
  "services.*.devices": deviceTarget,
  "services.*.dns": keyValue,
  "services.*.dns_opt": keyValue,
  "services.*.dns_search": keyValue,
  "services.*.environment": keyValue,
  "services.*.env_file": envFile,
  "services.*.expose": exposed,
  "services.*.labels": keyValue,
  "services.*.links": keyValue,
  "services.*.networks.*.aliases": keyValue,
  "services.*.networks.*.link_local_ips": keyValue,
  "services.*.ports": port,
  "services.*.profiles": keyValue,
  "services.*.secrets": mountedAt("/run/secrets"),
  "services.*.sysctls": keyValue,
  "services.*.tmpfs": keyValue,
  "services.*.volumes": volumeTarget,
});

/** Of entries that mean the same, the last stays, at the place of the first. Changes the document. */
export function enforceUnicity(document: Mapping): void {
  ofMapping(document, [], sets.root);
}

function ofMapping(value: Mapping, path: readonly string[], rules: RuleNode<Index>): void {
  for (const key in value) {
    const next = below(rules, key);
    if (next === undefined) continue;
    const entry = value[key] ?? null;
    if (isMapping(entry)) ofMapping(entry, [...path, key], next);
    else if (isList(entry) && next.rule !== undefined) value[key] = unique(entry, [...path, key], next.rule);
  }
}

function unique(list: readonly Value[], path: readonly string[], index: Index): readonly Value[] {
  const places = new Map<string, number>();
  const made: Value[] = [];
  list.forEach((entry, at) => {
    const key = index(entry, [...path, at]);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, made.length);
      made.push(entry);
    } else {
      made[place] = entry;
    }
  });
  return made;
}
