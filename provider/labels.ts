import { isCompared } from "../resources/compose";
import { userLabels } from "../resources/ownership";
import type { Fault } from "../values/fault";
import { listOf, objectOf, type Properties, textOf, type Value } from "./value";

/** The labels of the inputs as the Engine takes them, label to value; with repeats the last one counts. */
export function labelsOf(inputs: Properties): Record<string, string> {
  const pairs = listOf(inputs["labels"]).map(objectOf);
  return Object.fromEntries(pairs.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""]));
}

/** Labels as what they mean: those that compose writes and never compares are left out (resources/compose.ts). */
export function labelsMeaning(value: Value): Value {
  return listOf(value).filter((item) => isCompared(textOf(objectOf(item)["label"]) ?? ""));
}

/** The labels of an object that are the user's, in the form of the inputs, sorted. */
export function labelList(labels: Readonly<Record<string, string>> | null | undefined): Value[] {
  const own = Object.entries(userLabels(labels));
  return own.sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, value]) => ({ label, value }));
}

/** The labels as Read and import answer them among the inputs: blocks with the list of their defaults. */
export function labelBlocks(labels: Readonly<Record<string, string>> | null | undefined): Value[] {
  return labelList(labels).map((pair) => ({ __defaults: [], ...objectOf(pair) }));
}

/** What is wrong with the labels: no name, a name of ours, one name with two values. */
export function labelFaults(subject: string, inputs: Properties): Fault[] {
  const faults: Fault[] = [];
  const values = new Map<string, Value | undefined>();
  for (const [index, item] of listOf(inputs["labels"]).entries()) {
    const { label, value } = objectOf(item);
    const path = `labels[${index}].label`;
    if (label === "") faults.push({ subject, path, value: label, problem: "is no label", advice: "Give it a name." });
    if (typeof label !== "string") continue;
    if (label.startsWith("io.slipway.")) {
      const problem = "is reserved for Slipway's own bookkeeping";
      faults.push({ subject, path, value: label, problem, advice: "Choose another prefix." });
    }
    const earlier = values.get(label);
    if (values.has(label) && earlier !== value) {
      const problem = `is given twice, as ${JSON.stringify(earlier)} and as ${JSON.stringify(value)}`;
      faults.push({ subject, path, value: label, problem, advice: "Give each label once." });
    }
    values.set(label, value);
  }
  return faults;
}
