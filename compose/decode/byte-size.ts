import { parseFloatOfGo } from "../interpolation/cast";

const factors: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/**
 * The bytes of `512m`, `1.5 GB`, `64MiB`, `-1`; undefined when it is no size. Compose is wider here than the specification
 * and values/quantity.ts: fractions of a byte are cut, and numbers alone may be negative (docker/go-units, RAMInBytes).
 */
export function parseByteSize(text: string): bigint | undefined {
  if (/^[-+]?[0-9]{1,30}$/.test(text)) {
    const whole = BigInt(text.replace(/^\+/, ""));
    if (whole >= -(2n ** 63n) && whole < 2n ** 63n) return whole;
  }
  const at = Math.max(...[..."0123456789. "].map((character) => text.lastIndexOf(character)));
  if (at === -1) return undefined;
  const number = text[at] === " " ? text.slice(0, at) : text.slice(0, at + 1);
  const size = parseFloatOfGo(number);
  if (size === undefined || size < 0 || Number.isNaN(size)) return undefined;
  const factor = factorOf(text.slice(at + 1).toLowerCase());
  return factor === undefined ? undefined : toInt64(size * factor);
}

function factorOf(suffix: string): number | undefined {
  if (suffix === "" || suffix === "b") return 1;
  const match = /^([kmgtp])(?:b|ib)?$/.exec(suffix);
  return match === null ? undefined : factors[match[1] ?? ""];
}

/** Go's conversion on amd64: what is out of range becomes the smallest number. */
function toInt64(value: number): bigint {
  return value >= 2 ** 63 ? -(2n ** 63n) : BigInt(Math.trunc(value));
}
