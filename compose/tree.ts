/**
 * A compose file as plain data, before it is a project: what YAML says, with Go's idea of types, since compose's own
 * rules are written on these. Mappings have no prototype, so that any key is only a key (`__proto__` too).
 */
export type Value = string | boolean | null | number | bigint | Float | Timestamp | readonly Value[] | Mapping;

export type Mapping = { [key: string]: Value };

/** A number that was written as a float: `1.0` is none of compose's integers. */
export class Float {
  constructor(readonly value: number) {}
}

/** A date or time, unquoted: YAML makes a time of it, and compose passes that on where any value may stand. */
export class Timestamp {
  constructor(
    /** As Go's `%v` prints it: `2001-12-14 00:00:00 +0000 UTC`. */
    readonly text: string,
    /** RFC 3339, as JSON. */
    readonly json: string,
  ) {}
}

export function mapping(entries?: Iterable<readonly [string, Value]>): Mapping {
  const made: Mapping = Object.create(null);
  if (entries !== undefined) for (const [key, value] of entries) made[key] = value;
  return made;
}

export function isMapping(value: Value | undefined): value is Mapping {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof Timestamp)
  );
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** An integer of Go's: a number, or a bigint where a number would not be exact. */
export type Integer = number | bigint;

/** True for an {@link Integer}. */
export function isInteger(value: unknown): value is Integer {
  return typeof value === "number" || typeof value === "bigint";
}

/** A copy that shares no mapping or list. */
export function clone(value: Value): Value {
  if (isList(value)) return value.map(clone);
  return isMapping(value) ? cloneMapping(value) : value;
}

export function cloneMapping(value: Mapping): Mapping {
  const copy: Mapping = Object.create(null);
  for (const key in value) copy[key] = clone(value[key] ?? null);
  return copy;
}

/** What Go's `fmt.Sprint` makes of it; compose turns numbers and booleans into text this way. */
export function goText(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) return "<nil>";
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Timestamp) return value.text;
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  if (isMapping(value)) {
    const entries = sortedKeys(value).map((key) => `${key}:${goText(value[key] ?? null)}`);
    return `map[${entries.join(" ")}]`;
  }
  return String(value);
}

/** Keys in the order of Go's maps where it matters: by bytes. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value).sort(compareBytes);
}

/** Order of the UTF-8 bytes; UTF-16 orders surrogates below the last characters of the basic plane. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    const surrogates = Number(isSurrogate(x)) - Number(isSurrogate(y));
    return surrogates === 0 ? x - y : surrogates;
  }
  return a.length - b.length;
}

/** For messages: the kind of a value in a user's words. */
export function kindOf(value: Value): string {
  if (value === null) return "nothing (null)";
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "string") return "text";
  if (isInteger(value) || value instanceof Float) return "a number";
  if (value instanceof Timestamp) return "a date";
  return isList(value) ? "a list" : "a mapping";
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Go's shortest `%g`: an exponent from 1e6 on, or below 1e-4; two digits at least. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  if (value === 0) return "0";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
