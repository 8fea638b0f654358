/** A value the engine does not know yet: it appears in previews only. */
export const unknown: unique symbol = Symbol("unknown");

/** A property value as it travels between the engine and the provider, secrets already taken off. */
export type Value = null | boolean | number | string | typeof unknown | readonly Value[] | Properties;

/** The inputs or the state of a resource. */
export interface Properties {
  readonly [name: string]: Value | undefined;
}

/** The list in a value; empty for anything else. */
export function listOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

/** The object in a value; empty for anything else. */
export function objectOf(value: Value | undefined): Properties {
  return isObject(value) ? value : {};
}

/** The string in a value; undefined for anything else, the empty string included. */
export function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The number in a value; undefined for anything else. */
export function numberOf(value: Value | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The boolean in a value; undefined for anything else. */
export function flagOf(value: Value | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** The strings of a list, in their order. */
export function textsOf(value: Value | undefined): string[] {
  return listOf(value).filter((item) => typeof item === "string");
}

/** The strings of a map. */
export function mapOf(value: Value | undefined): Record<string, string> {
  const entries = Object.entries(objectOf(value)).filter(([key]) => key !== "__defaults");
  return Object.fromEntries(entries.flatMap(([key, item]) => (typeof item === "string" ? [[key, item]] : [])));
}

/** A value without the bridge's `__defaults` in its blocks: the state does not carry them. */
export function withoutDefaults(value: Value): Value {
  if (isList(value)) return value.map(withoutDefaults);
  return isObject(value) ? givenIn(value) : value;
}

/** What properties say, without the bridge's `__defaults` at any depth. */
export function givenIn(properties: Properties): Record<string, Value> {
  const entries = Object.entries(properties).filter(([key]) => key !== "__defaults");
  return Object.fromEntries(entries.map(([key, item]): [string, Value] => [key, withoutDefaults(item ?? null)]));
}

/** True where the value is, or holds somewhere, something unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === unknown) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** True for what the official plugin writes where nothing was given: null, an empty list, an empty map. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).every((key) => key === "__defaults");
}

/** True for a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** True for a map of properties. */
export function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
