import { Float, Timestamp, type Value } from "../tree";

const constants: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...["true", "True", "TRUE"].map((text) => [text, true] as const),
  ...["false", "False", "FALSE"].map((text) => [text, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((text) => [text, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((text) => [text, new Float(Number.NaN)] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map(
    (text) => [text, new Float(Number.POSITIVE_INFINITY)] as const,
  ),
  ...["-.inf", "-.Inf", "-.INF"].map((text) => [text, new Float(Number.NEGATIVE_INFINITY)] as const),
  ...["-0", "-0.0"].map((text) => [text, new Float(-0)] as const),
]);

const decimalFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const largestInteger = 2n ** 64n - 1n;
const smallestInteger = -(2n ** 63n);

/**
 * The value of an unquoted scalar as go-yaml v4 takes it, which is YAML 1.2 with leftovers of 1.1: `017` and `1_000` are
 * integers, `yes` is text, a date is a time. (internal/libyaml/resolver.go of v4.0.0-rc.6)
 */
export function plainScalar(text: string): Value {
  const first = text.charCodeAt(0);
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  if (!isNumeric && (text.length > 5 || !constants.has(text))) return text;
  const constant = constants.get(text);
  if (constant !== undefined) return constant;
  if (first === 0x2e) return pointFloat(text) ?? text;
  const time = timestamp(text);
  if (time !== undefined) return time;
  const digits = text.includes("_") ? text.replaceAll("_", "") : text;
  const integer = goInteger(digits);
  if (integer !== undefined) return integer;
  if (!decimalFloat.test(digits)) return text;
  const float = Number(digits);
  return Number.isFinite(float) ? new Float(float) : text;
}

/** Go's ParseInt with base 0: `0x1f`, `0o17`, `017`, `0b11`, decimal; from -2^63 to 2^64-1. */
function goInteger(text: string): number | bigint | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", body = "0"] = match;
  if (body.length > 70) return undefined;
  const octal = /^0[0-7]+$/.test(body) ? `0o${body.slice(1)}` : body;
  const small = octal.length < 15 ? Number(octal) : undefined;
  if (small !== undefined && Number.isSafeInteger(small)) return sign === "-" ? -small : small;
  const value = sign === "-" ? -BigInt(octal) : BigInt(octal);
  if (value > largestInteger || value < smallestInteger || (sign === "+" && value > largestInteger / 2n))
    return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** What starts with a point goes through Go's ParseFloat alone. */
function pointFloat(text: string): Float | undefined {
  return /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text) && Number.isFinite(Number(text))
    ? new Float(Number(text))
    : undefined;
}

const datePattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[-+]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?))?$/;

function timestamp(text: string): Timestamp | undefined {
  if (text.charCodeAt(4) !== 0x2d) return undefined;
  const match = datePattern.exec(text);
  if (match === null) return undefined;
  const [
    ,
    year = "",
    month = "",
    day = "",
    hourT,
    minuteT,
    secondT,
    fractionT,
    zone,
    hourS,
    minuteS,
    secondS,
    fractionS,
  ] = match;
  const [hour, minute, second] = [hourT ?? hourS ?? "0", minuteT ?? minuteS ?? "0", secondT ?? secondS ?? "0"];
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysOf(Number(year), Number(month))) {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (part: string): string => part.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  const digits = (fractionT ?? fractionS ?? "").slice(0, 9).replace(/0+$/, "");
  const clock = `${two(hour)}:${two(minute)}:${two(second)}${digits === "" ? "" : `.${digits}`}`;
  const offset = zone === undefined || zone === "Z" ? "Z" : zone;
  const shown = offset === "Z" ? "+0000 UTC" : `${offset.replace(":", "")} ${offset.replace(":", "")}`;
  return new Timestamp(`${date} ${clock} ${shown}`, `${date}T${clock}${offset}`);
}

function daysOf(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}
