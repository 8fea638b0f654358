import type { Fault } from "../../values/fault";
import { nameFaults } from "../../values/name";
import { parseBytes } from "../../values/quantity";
import { labelFaults } from "../labels";
import { mapOf, objectOf, type Properties, textOf, unknown, type Value } from "../value";

/** What the Engine's local driver knows (Engine, volume/local: `validOpts`, `mandatoryOpts`). */
const localOptions = ["type", "o", "device", "size"];

/** The words of a cluster volume (Engine API, ClusterVolumeSpec; upstream schema). */
const clusterWords: Readonly<Record<string, readonly string[]>> = {
  availability: ["active", "pause", "drain"],
  scope: ["single", "multi"],
  sharing: ["none", "readonly", "onewriter", "all"],
  type: ["mount", "block"],
};

/** Everything in the inputs that no daemon would take, all at once, each with its property path. */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const subject = `Volume "${name}"`;
  const own = textOf(inputs["name"]);
  return [
    ...(own === undefined ? [] : nameFaults(subject, own)),
    ...optionFaults(subject, inputs),
    ...clusterFaults(subject, inputs),
    ...labelFaults(subject, inputs),
  ];
}

function optionFaults(subject: string, inputs: Properties): Fault[] {
  if ((inputs["driver"] ?? "local") !== "local" || inputs["driverOpts"] === unknown) return [];
  const options = objectOf(inputs["driverOpts"]);
  const faults: Fault[] = [];
  for (const key of Object.keys(mapOf(options))) {
    if (localOptions.includes(key)) continue;
    const advice = `It knows ${localOptions.join(", ")}.`;
    faults.push({ subject, path: `driverOpts.${key}`, problem: "is no option of the driver local", advice });
  }
  const given = ["type", "o", "device"].filter((key) => (options[key] ?? "") !== "");
  for (const key of given.length === 0 ? [] : ["type", "device"]) {
    if (given.includes(key)) continue;
    const problem = `is missing, and the driver local takes no ${given.join(" and ")} without it`;
    const advice = key === "type" ? "Name the type of the mount, such as `nfs` or `none`." : "Name what is mounted.";
    faults.push({ subject, path: `driverOpts.${key}`, problem, advice });
  }
  return faults;
}

function clusterFaults(subject: string, inputs: Properties): Fault[] {
  const block = objectOf(inputs["cluster"]);
  const faults: Fault[] = [];
  const refuse = (path: string, value: Value, problem: string, advice: string): void => {
    faults.push({ subject, path: `cluster.${path}`, value, problem, advice });
  };
  for (const [key, words] of Object.entries(clusterWords)) {
    const word = textOf(block[key]);
    if (word !== undefined && !words.includes(word)) refuse(key, word, "is not known", `Use ${words.join(", ")}.`);
  }
  for (const key of ["limitBytes", "requiredBytes"]) {
    const size = textOf(block[key]);
    if (size !== undefined && parseBytes(size) === undefined) refuse(key, size, "is no size", "Write it as `1GiB`.");
  }
  return faults;
}
