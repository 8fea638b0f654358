/**
 * JSON as Go's encoding/json writes it: no spaces, `<`, `>`, `&` and two line separators escaped. Keys stand in their
 * order, except for those of mappings with whole numbers among them, which JavaScript would put first.
 */
export function goJson(value: unknown): string {
  if (typeof value === "string") return goString(value);
  if (typeof value === "bigint") return String(value);
  if (Object.is(value, -0)) return "-0";
  if (value === null || typeof value === "number" || typeof value === "boolean") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (typeof value !== "object") throw new TypeError(`no JSON: ${typeof value}`);
  let text = "";
  for (const [key, entry] of orderedEntries(value)) {
    if (entry !== undefined) text += `${text === "" ? "" : ","}${goString(key)}:${goJson(entry)}`;
  }
  return `{${text}}`;
}

function orderedEntries(value: object): readonly (readonly [string, unknown])[] {
  const entries = Object.entries(value);
  if (!entries.some(([key]) => /^\d+$/.test(key))) return entries;
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** Half of a surrogate pair alone is no text in Go: it becomes U+FFFD. */
function goString(text: string): string {
  if (!special.test(text)) return JSON.stringify(text);
  const whole = /\p{Surrogate}/u.test(text) ? Buffer.from(text).toString() : text;
  return JSON.stringify(whole).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] ?? character);
}

const special = /[<>&\u2028\u2029\ud800-\udfff]/;
