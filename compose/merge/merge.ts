import { LoadFault } from "../load-fault";
import { below, PathRules, type RuleNode } from "../path-rules";
import { compareBytes, goText, isList, isMapping, type Mapping, mapping, type Value } from "../tree";

type Merger = (under: Value, over: Value, path: readonly string[], rules: RuleNode<Merger> | undefined) => Value;

/** What a service depends on when it says no more. */
const started = { condition: "service_started", required: true };

/** Lists of `KEY=value` and mappings alike: one after the other; what repeats is removed later. */
const intoSequence: Merger = (under, over) => [...sequenceOf(under), ...sequenceOf(over)];
const replaces: Merger = (_under, over) => over;

const addHosts: Merger = (under, over) => {
  const below = sequenceOf(under);
  return [...below, ...sequenceOf(over).filter((entry) => !below.includes(entry))];
};

const intoMapping =
  (absent: Mapping | null): Merger =>
  (under, over, path, rules) =>
    mergeMappings(mappingOf(under, absent), mappingOf(over, absent), path, rules);

const builds: Merger = (under, over, path, rules) => mergeMappings(buildOf(under), buildOf(over), path, rules);

/** Options are merged only under one driver; another driver takes all. */
const logging: Merger = (under, over, path, rules) => {
  if (!isMapping(under) || !isMapping(over))
    throw new LoadFault(path, "is no mapping", over, "Give driver and options.");
  const same = !("driver" in under) || !("driver" in over) || under["driver"] === over["driver"];
  return same ? mergeMappings(under, over, path, rules) : over;
};

/** Pools of one subnet are merged, others are added. */
const pools: Merger = (under, over, path) => {
  if (!isList(under) || !isList(over)) throw new LoadFault(path, "is no list", over, "Give a list of pools.");
  const made: Mapping[] = [];
  for (const original of under) {
    const base = mappingOf(original, null);
    for (const addition of over) {
      const pool = mappingOf(addition, null);
      if (pool["subnet"] !== base["subnet"] && !made.some((known) => known["subnet"] === pool["subnet"])) {
        made.push(pool);
        continue;
      }
      const merged = mergeMappings(base, pool, path, undefined);
      const index = made.findIndex((known) => known["subnet"] === merged["subnet"]);
      if (index >= 0) made[index] = merged;
      else made.push(merged);
    }
  }
  return made;
};

/** Where merging follows another rule than that of its kind (override/merge.go of compose-go). */
const mergers = new PathRules<Merger>({
  "networks.*.ipam.config": pools,
  "networks.*.labels": intoSequence,
  "volumes.*.labels": intoSequence,
  "services.*.annotations": intoSequence,
  "services.*.build": builds,
  "services.*.build.args": intoSequence,
  "services.*.build.additional_contexts": intoSequence,
  "services.*.build.extra_hosts": addHosts,
  "services.*.build.labels": intoSequence,
  "services.*.command": replaces,
  "services.*.depends_on": intoMapping(mapping(Object.entries(started))),
  "services.*.deploy.labels": intoSequence,
  "services.*.dns": intoSequence,
  "services.*.dns_opt": intoSequence,
  "services.*.dns_search": intoSequence,
  "services.*.entrypoint": replaces,
  "services.*.env_file": intoSequence,
  "services.*.label_file": intoSequence,
  "services.*.environment": intoSequence,
  "services.*.extra_hosts": addHosts,
  "services.*.healthcheck.test": replaces,
  "services.*.labels": intoSequence,
  "services.*.volumes.*.volume.labels": intoSequence,
  "services.*.logging": logging,
  "services.*.models": intoMapping(null),
  "services.*.networks": intoMapping(null),
  "services.*.sysctls": intoSequence,
  "services.*.tmpfs": intoSequence,
  "services.*.ulimits.*": replaces,
});

/** A document over another (compose specification, "Merge"). May change and hand out parts of both. */
export function mergeDocuments(under: Mapping, over: Mapping): Mapping {
  return mergeMappings(under, over, [], mergers.root);
}

/** A service over the one it extends. */
export function mergeService(under: Mapping, over: Mapping): Mapping {
  return mergeAt(under, over, ["services", "*"]);
}

/** One entry of the top level over another. */
export function mergeAt(under: Mapping, over: Mapping, path: readonly string[]): Mapping {
  let rules: RuleNode<Merger> | undefined = mergers.root;
  for (const part of path) rules = rules && below(rules, part);
  return mergeMappings(under, over, path, rules);
}

function merge(under: Value, over: Value, path: readonly string[], rules: RuleNode<Merger> | undefined): Value {
  if (rules?.rule !== undefined) return rules.rule(under, over, path, rules);
  if (over === null) return under;
  if (isMapping(under)) {
    if (!isMapping(over)) throw unlike(path, over, "a mapping");
    return mergeMappings(under, over, path, rules);
  }
  if (isList(under)) {
    if (!isList(over)) throw unlike(path, over, "a list");
    return [...under, ...over];
  }
  return over;
}

function mergeMappings(
  under: Mapping,
  over: Mapping,
  path: readonly string[],
  rules: RuleNode<Merger> | undefined,
): Mapping {
  for (const key in over) {
    const value = over[key] ?? null;
    under[key] = key in under ? merge(under[key] ?? null, value, [...path, key], rules && below(rules, key)) : value;
  }
  return under;
}

function buildOf(value: Value): Mapping {
  if (typeof value === "string") return mapping([["context", value]]);
  return isMapping(value) ? value : mapping();
}

function mappingOf(value: Value, absent: Mapping | null): Mapping {
  if (isMapping(value)) return value;
  if (!isList(value)) return mapping();
  const made = mapping();
  for (const entry of value) made[goText(entry)] = absent === null ? null : mapping(Object.entries(absent));
  return made;
}

/** A mapping as a list of `KEY=value`, sorted; a key without a value alone. */
function sequenceOf(value: Value): readonly Value[] {
  if (isList(value)) return value;
  if (typeof value === "string") return [value];
  if (!isMapping(value)) return [];
  const entries: string[] = [];
  for (const key in value) {
    const entry = value[key] ?? null;
    if (entry === null) entries.push(key);
    else if (isList(entry)) for (const one of entry) entries.push(`${key}=${goText(one)}`);
    else entries.push(`${key}=${goText(entry)}`);
  }
  return entries.sort(compareBytes);
}

function unlike(path: readonly string[], over: Value, kind: string): LoadFault {
  return new LoadFault(path, `can't override ${kind}`, over, `Give ${kind}, or replace it with !override.`);
}
