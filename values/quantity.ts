/** Bytes as Docker writes them: a number of bytes, or text with a unit of 1024: `"512m"`, `"1.5g"`, `"64MiB"`. */
export type Quantity = number | string;

const units: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The number of bytes; undefined when the text is none (Compose specification, "Specifying byte values"). */
export function parseBytes(quantity: Quantity): number | undefined {
  if (typeof quantity === "number") return Number.isInteger(quantity) && quantity >= 0 ? quantity : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(quantity.trim());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (units[(match[2] ?? "b").toLowerCase()] ?? 1);
  return Number.isInteger(bytes) ? bytes : undefined;
}
