import { SlipwayError } from "./fault";

type Unit = "b" | "k" | "m" | "g" | "t";

/** Bytes as Docker writes them: a number of bytes, or text with a unit of 1024: `"512m"`, `"1.5g"`, `"64MiB"`. */
export type Quantity =
  | number
  | `${number}${Unit | Uppercase<Unit> | `${"K" | "M" | "G" | "T"}${"B" | "iB"}` | `${"k" | "m" | "g"}b`}`;

/** Bytes out of a text that only the run knows, such as a setting. @throws {@link SlipwayError} when it is none */
export function quantity(text: string): Quantity {
  if (isQuantity(text)) return text;
  throw new SlipwayError({
    subject: "Quantity",
    value: text,
    problem: "is none",
    advice: 'Write it as "512m" or "1g".',
  });
}

const units: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The number of bytes; undefined when the text is none (Compose specification, "Specifying byte values"). */
export function parseBytes(quantity: number | string): number | undefined {
  if (typeof quantity === "number") return Number.isInteger(quantity) && quantity >= 0 ? quantity : undefined;
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(quantity.trim());
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (units[(match[2] ?? "b").toLowerCase()] ?? 1);
  return Number.isInteger(bytes) ? bytes : undefined;
}

function isQuantity(text: string): text is Exclude<Quantity, number> {
  return /[a-z]$/i.test(text.trim()) && parseBytes(text) !== undefined;
}
