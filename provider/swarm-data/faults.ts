import type { Fault } from "../../values/fault";
import { labelFaults } from "../labels";
import { type Properties, unknown } from "../value";
import type { DataKind } from "./kind";

/** What is wrong with a name in the swarm (swarmkit, `isValidConfigOrSecretName`). */
export function nameFaults(subject: string, inputs: Properties): Fault[] {
  const name = inputs["name"];
  if (typeof name !== "string" || /^[a-zA-Z0-9]+(?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?$/.test(name)) {
    const isLong = typeof name === "string" && name.length > 64;
    const advice = "Use 64 characters at most.";
    return isLong ? [{ subject, path: "name", value: name, problem: "is too long for a swarm", advice }] : [];
  }
  const advice = "Use letters, digits, `_`, `.` and `-`, the first and the last a letter or digit.";
  return [{ subject, path: "name", value: name, problem: "is no name that a swarm accepts", advice }];
}

/** Everything that no swarm would take. The data is never quoted: it may be a secret. */
export function faultsOf(kind: DataKind, subject: string, inputs: Properties, isImported: boolean): Fault[] {
  return [
    ...nameFaults(subject, inputs),
    ...dataFaults(kind, subject, inputs, isImported),
    ...labelFaults(subject, inputs),
  ];
}

/** What the inputs hold, undefined where that is not known or nothing that can be read. */
export function contentOf(inputs: Properties): Buffer | undefined {
  const raw = inputs["dataRaw"];
  if (typeof raw === "string") return Buffer.from(raw, "utf8");
  const data = inputs["data"];
  return typeof data === "string" ? decoded(data) : undefined;
}

/** Base64 as the official plugin takes it: line breaks are passed over, padding must be there (Go, `base64.StdEncoding`). */
function decoded(text: string): Buffer | undefined {
  const plain = text.replace(/[\r\n]/g, "");
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
  return Buffer.from(plain, "base64");
}

function dataFaults(kind: DataKind, subject: string, inputs: Properties, isImported: boolean): Fault[] {
  const hasRaw = kind.vault === "configs";
  const given = ["data", "dataRaw"].filter((name) => (inputs[name] ?? null) !== null);
  if (given.length === 2) {
    const problem = "and dataRaw are both given, and say the same thing twice";
    return [{ subject, path: "data", problem, advice: "Keep one of them." }];
  }
  if (given.length === 0) {
    if (isImported) return [];
    const advice = hasRaw ? "Give it in base64, or as it is in dataRaw." : "Give it in base64.";
    return [{ subject, path: "data", problem: "is missing", advice }];
  }
  const path = given[0] ?? "data";
  if (inputs[path] === unknown) return [];
  const content = contentOf(inputs);
  if (content === undefined) {
    const advice = hasRaw
      ? "Encode it, or give it as it is in dataRaw."
      : 'Encode it: `Buffer.from(text).toString("base64")`.';
    return [{ subject, path, problem: "is no base64", advice }];
  }
  if (content.length === 0) {
    return [{ subject, path, problem: "is empty, and a swarm keeps nothing empty", advice: "Give it content." }];
  }
  if (content.length <= kind.limit) return [];
  const problem = `holds ${content.length} bytes, and a swarm keeps ${kind.limit} at most`;
  return [{ subject, path, problem, advice: "Split it, or put it into a volume or the image." }];
}
