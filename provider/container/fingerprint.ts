import { createHash } from "node:crypto";
import { isList, isObject, listOf, objectOf, type Properties, textOf, type Value } from "../value";
import { rules } from "./inputs";

/**
 * A digest of everything among the inputs that shapes a container, but for its name; spellings of one meaning give one
 * digest. Undefined where the inputs do not say everything: a file that is uploaded from a path may have changed.
 */
export function fingerprintOf(inputs: Properties): string | undefined {
  if (listOf(inputs["uploads"]).some((item) => textOf(objectOf(item)["source"]) !== undefined)) return undefined;
  const shaping = Object.entries(rules).filter(([name, rule]) => rule.on !== "live" && name !== "name");
  const parts = shaping.map(([name, rule]): Value => {
    const value = inputs[name] ?? null;
    const meaning = value === null || rule.meaning === undefined ? value : rule.meaning(value, inputs);
    const ordered = isList(meaning) && rule.unordered === true ? meaning.map(canonical).sort() : meaning;
    return [name, ordered];
  });
  return createHash("sha256").update(canonical(parts)).digest("hex").slice(0, 32);
}

/** A value as text, keys sorted, without what says nothing. */
function canonical(value: Value): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return typeof value === "symbol" ? "unknown" : JSON.stringify(value);
  const entries = Object.entries(value).filter(([key, item]) => key !== "__defaults" && (item ?? null) !== null);
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item ?? null)}`).join(",")}}`;
}
