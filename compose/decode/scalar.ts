import { CastFault, toBoolean, toFloat, toFloat32, toInteger } from "../interpolation/cast";
import { LoadFault } from "../load-fault";
import { Float, type Integer, isInteger, isList, isMapping, kindOf, type Value } from "../tree";
import { parseByteSize } from "./byte-size";
import type { Decoder } from "./decoder";
import { parseGoDuration, printGoDuration } from "./go-duration";

/** Text; a whole number is taken for its digits. Empty text is left out. */
export const text: Decoder<string> = (value, path) => {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (isInteger(value)) return String(value);
  throw new LoadFault(path, `is ${kindOf(value)}, where text is wanted`, value, "Quote it.");
};

/** Text that stays when it is empty. */
export const anyText: Decoder<string> = (value, path) => text(value, path) ?? "";

/** Text of a list that takes no numbers. */
export const onlyText: Decoder<string> = (value, path) => {
  if (typeof value === "string") return value;
  throw new LoadFault(path, `is ${kindOf(value)}, where text is wanted`, value, "Quote it.");
};

/** True or left out. */
export const flag: Decoder<boolean> = (value, path) => truth(value, path) || undefined;

/** A boolean that is printed when it is false, too. */
export const truth: Decoder<boolean> = (value, path) => {
  const read = typeof value === "string" ? toBoolean(value, () => undefined) : value;
  if (typeof read === "boolean") return read;
  throw new LoadFault(path, `is ${kindOf(value)}, where true or false is wanted`, value, "Use true or false.");
};

/** A boolean whose default is true: only false is printed. */
export const optOut: Decoder<boolean> = (value, path) => (truth(value, path) === false ? false : undefined);

/** A whole number; 0 is left out. A float is cut. */
export const integer: Decoder<Integer> = (value, path) => wholeNumber(value, path) || undefined;

/** A whole number that is printed when it is 0, too. */
export const wholeNumber: Decoder<Integer> = (value, path) => {
  const read = typeof value === "string" ? toInteger(value, () => undefined) : value;
  if (isInteger(read)) return read;
  if (read instanceof Float && Math.abs(read.value) < 2 ** 63) return Math.trunc(read.value);
  if (read instanceof Float) throw new LoadFault(path, "is too large", value, "Use a number of at most 64 bits.");
  throw new LoadFault(path, `is ${kindOf(value)}, where a whole number is wanted`, value, "Use a whole number.");
};

/** A whole number from 0 on, of so many bits; 0 is left out. Text is none. */
export const natural =
  (bits: number): Decoder<Integer> =>
  (value, path) =>
    naturalOrZero(bits)(value, path) || undefined;

/** As {@link natural}; 0 is printed. */
export const naturalOrZero =
  (bits: number): Decoder<Integer> =>
  (value, path) => {
    const read = value instanceof Float ? Math.trunc(value.value) : isInteger(value) ? value : Number.NaN;
    if (read >= 0 && read < 2 ** bits) return read;
    throw new LoadFault(path, "is no whole number from 0 on", value, "Use a whole number that is not negative.");
  };

/** A number of 64 bits; 0 is left out. */
export const float: Decoder<number> = (value, path) => numberOf(value, path, toFloat) || undefined;

/** A number of 32 bits, as Go prints it; 0 is left out. */
export const float32: Decoder<number> = (value, path) => shortest32(numberOf(value, path, toFloat32)) || undefined;

/** As {@link float32}, parsed in 64 bits first (deploy's `cpus`). */
export const cpus: Decoder<number> = (value, path) => shortest32(numberOf(value, path, toFloat)) || undefined;

/** Bytes as digits; 0 is left out. */
export const bytes: Decoder<string> = (value, path) => {
  const size = byteSize(value, path);
  return size === 0n ? undefined : String(size);
};

/** Bytes as digits; 0 is printed. */
export const bytesOrZero: Decoder<string> = (value, path) => String(byteSize(value, path));

/** A duration as Go prints it; 0 is printed. */
export const duration: Decoder<string> = (value, path) => printGoDuration(nanoseconds(value, path));

/** A duration as Go prints it; 0 is left out. */
export const durationOrNone: Decoder<string> = (value, path) => {
  const read = nanoseconds(value, path);
  return read === 0n ? undefined : printGoDuration(read);
};

/** A file mode: octal as text, or a number; printed as octal. */
export const fileMode: Decoder<string> = (value, path) => {
  if (isInteger(value)) return octal(BigInt(value));
  if (typeof value === "string" && /^[-+]?[0-7]{1,21}$/.test(value)) {
    const digits = BigInt(`0o${value.replace(/^[-+]/, "")}`);
    return octal(value.startsWith("-") ? -digits : digits);
  }
  throw new LoadFault(path, "is no file mode", value, 'Use octal digits: "0440".');
};

/** How many devices: a number, or `all`, which is -1. */
export const deviceCount: Decoder<Integer> = (value, path) => {
  if (isInteger(value)) return value || undefined;
  if (typeof value === "string") {
    if (value.toLowerCase() === "all") return -1;
    const read = toInteger(value, () => undefined);
    if (isInteger(read)) return read || undefined;
  }
  throw new LoadFault(path, "is no number of devices", value, "Use a whole number or all.");
};

function numberOf(value: Value, path: readonly (string | number)[], parse: typeof toFloat): number {
  if (value instanceof Float) return value.value;
  if (isInteger(value)) return Number(value);
  const read = typeof value === "string" ? parse(value, () => undefined) : undefined;
  if (read instanceof Float) return read.value;
  const problem = read instanceof CastFault ? read.problem : `is ${kindOf(value)}, where a number is wanted`;
  throw new LoadFault(path, problem, value, "Use a number.");
}

/** The decimal number with the fewest digits that is the same in 32 bits. */
function shortest32(value: number): number {
  const narrow = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(narrow.toPrecision(digits));
    if (Math.fround(short) === narrow) return short;
  }
  return narrow;
}

/** What is neither text nor a whole number, compose takes for 0 here. */
function byteSize(value: Value, path: readonly (string | number)[]): bigint {
  if (isInteger(value)) return BigInt(value);
  if (typeof value !== "string") {
    if (isMapping(value) || isList(value)) throw new LoadFault(path, `is ${kindOf(value)}`, value, "Give a size.");
    return 0n;
  }
  const size = parseByteSize(value);
  if (size === undefined) throw new LoadFault(path, "is no size in bytes", value, 'Write it as "512m" or "1g".');
  return size;
}

function nanoseconds(value: Value, path: readonly (string | number)[]): bigint {
  const read = typeof value === "string" || isInteger(value) ? parseGoDuration(String(value)) : undefined;
  if (read === undefined) throw new LoadFault(path, "is no duration", value, 'Write it as "10s" or "1m30s".');
  return read;
}

function octal(mode: bigint): string {
  return `0${mode.toString(8)}`;
}
