const units: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1000n],
  ["\u00b5s", 1000n],
  ["\u03bcs", 1000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["d", 86_400_000_000_000n],
  ["w", 604_800_000_000_000n],
]);

const longest = 2n ** 63n - 1n;

/**
 * The nanoseconds of `1h30m`, `1.5s`, `2d`, `-1m`, `0`; undefined when it is no duration. Compose takes days and weeks
 * and fractions besides what the specification lists (go-str2duration); values/duration.ts has what the Engine takes.
 */
export function parseGoDuration(text: string): bigint | undefined {
  const match = /^([-+]?)(.*)$/su.exec(text);
  const body = match?.[2] ?? "";
  if (body === "0") return 0n;
  if (body === "" || body.length > 200) return undefined;
  let sum = 0n;
  let rest = body;
  while (rest !== "") {
    const part = /^([0-9]*)(?:\.([0-9]*))?([^.0-9]+)/u.exec(rest);
    if (part === null) return undefined;
    const [whole, digits = "", fraction = "", unitName = ""] = part;
    const unit = units.get(unitName);
    if (unit === undefined || (digits === "" && fraction === "")) return undefined;
    const value = BigInt(digits === "" ? "0" : digits) * unit;
    if (value > longest) return undefined;
    const precise = fraction.slice(0, 18);
    const scale = 10 ** precise.length;
    // In floating point, as Go does.
    sum += value + (precise === "" ? 0n : BigInt(Math.trunc(Number(precise) * (Number(unit) / scale))));
    if (sum > longest) return undefined;
    rest = rest.slice(whole.length);
  }
  return match?.[1] === "-" ? -sum : sum;
}

/** As Go's time.Duration prints it: `1m30s`, `1.5s`, `100ms`, `0s`. */
export function printGoDuration(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value === 0n) return "0s";
  if (value < 1000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${decimal(value, 1000n)}\u00b5s`;
  if (value < 1_000_000_000n) return `${sign}${decimal(value, 1_000_000n)}ms`;
  const minutes = value / 60_000_000_000n;
  const seconds = `${decimal(value % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(value / unit) : `${value / unit}.${fraction}`;
}
