import type { CheckRequest } from "./resource";
import { isList, isObject, listOf, type Properties, textOf, type Value } from "./value";

/** Inputs with defaults as the official plugin fills them in, each object with the list of what was filled in (`__defaults`). */
export function withDefaults(
  news: Properties,
  defaults: Properties,
  blocks: Readonly<Record<string, Properties>> = {},
): Properties {
  const filled = Object.keys(defaults).filter((name) => news[name] === undefined || news[name] === null);
  const inputs: Record<string, Value> = {};
  for (const [name, value] of Object.entries(news)) {
    if (value !== undefined && value !== null && name !== "__defaults")
      inputs[name] = nestedDefaults(name, value, blocks);
  }
  for (const name of filled) inputs[name] = defaults[name] ?? null;
  return { ...inputs, __defaults: filled.sort() };
}

/** A generated name `<resource>-<7 hex digits>`; the old generated one is kept (Pulumi's auto-naming). */
export function generatedName(olds: Properties, request: CheckRequest): string {
  const kept = listOf(olds["__defaults"]).includes("name") ? textOf(olds["name"]) : undefined;
  if (kept !== undefined) return kept;
  const hex = Buffer.from(request.seed).toString("hex");
  return `${request.name}-${hex.padEnd(7, "0").slice(0, 7)}`;
}

/** The elements of a list are blocks, and so is an object that `blocks` names; any other object is a map and stays as it is. */
function nestedDefaults(name: string, value: Value, blocks: Readonly<Record<string, Properties>>): Value {
  const block = (item: Value): Value => (isObject(item) ? withDefaults(item, blocks[name] ?? {}, blocks) : item);
  if (isList(value)) return value.map(block);
  return name in blocks ? block(value) : value;
}
