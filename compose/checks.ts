import { isAddress } from "./canonical/port";
import { LoadFault } from "./load-fault";
import { below, PathRules, type RuleNode } from "./path-rules";
import { isList, isMapping, type Mapping, type Value } from "./tree";

type Path = readonly (string | number)[];
type Check = (value: Value, path: Path) => LoadFault | undefined;

/** An external volume has nothing but its name. */
const externalVolume: Check = (value, path) => {
  if (!isMapping(value) || value["external"] !== true) return undefined;
  const other = Object.keys(value).find((key) => key !== "name" && key !== "external" && !key.startsWith("x-"));
  if (other === undefined) return undefined;
  return new LoadFault([...path, other], "can't stand beside external", undefined, "Remove it, or external.");
};

const oneOf =
  (...sources: readonly string[]): Check =>
  (value, path) => {
    if (!isMapping(value)) return new LoadFault(path, "is empty", undefined, `Set one of ${sources.join(", ")}.`);
    const given = sources.filter((source) => source in value);
    if (given.length > 1) {
      return new LoadFault(
        path,
        `has ${given.join(" and ")}, which exclude each other`,
        undefined,
        "Keep one of them.",
      );
    }
    if (given.length === 1 || "driver" in value || "external" in value) return undefined;
    return new LoadFault(path, "has no content", undefined, `Set one of ${sources.join(", ")}.`);
  };

const hostAddress: Check = (value, path) => {
  const address = isMapping(value) ? value["host_ip"] : undefined;
  if (address === undefined || (typeof address === "string" && isAddress(address))) return undefined;
  return new LoadFault([...path, "host_ip"], "is no IP address", address, "Use an IPv4 or IPv6 address.");
};

const watchedPath: Check = (value, path) =>
  value === "" ? new LoadFault(path, "is empty", undefined, "Name the path to watch.") : undefined;

const deviceRequest: Check = (value, path) =>
  isMapping(value) && "count" in value && "device_ids" in value
    ? new LoadFault(path, "has count and device_ids, which exclude each other", undefined, "Keep one of them.")
    : undefined;

/** Rules beyond the schema that concern one attribute (validation/ of compose-go). */
const checks = new PathRules<Check>({
  "volumes.*": externalVolume,
  "configs.*": oneOf("file", "environment", "content"),
  "secrets.*": oneOf("file", "environment"),
  "services.*.ports.*": hostAddress,
  "services.*.develop.watch.*.path": watchedPath,
  "services.*.deploy.resources.reservations.devices.*": deviceRequest,
  "services.*.gpus.*": deviceRequest,
});

/** Every fault that the attributes have by themselves. */
export function checkAttributes(document: Mapping): readonly LoadFault[] {
  const faults: LoadFault[] = [];
  check(document, [], checks.root, faults);
  return faults;
}

function check(value: Value, path: Path, rules: RuleNode<Check>, faults: LoadFault[]): void {
  if (rules.rule !== undefined) {
    const fault = rules.rule(value, path);
    if (fault !== undefined) faults.push(fault);
  } else if (isMapping(value)) {
    for (const key in value) {
      const next = below(rules, key);
      if (next !== undefined) check(value[key] ?? null, [...path, key], next, faults);
    }
  } else if (isList(value)) {
    const next = below(rules, "[]");
    if (next !== undefined) for (const [index, entry] of value.entries()) check(entry, [...path, index], next, faults);
  }
}
