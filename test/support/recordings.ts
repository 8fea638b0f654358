import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Properties, unknown, type Value } from "../../provider/value";

/** Where the recordings of the official plugin lie: beside the checkout, not in a user's clone. */
export const recordings = join(__dirname, "../../../shared/provider-recordings");

/** `describe`, skipped (and said so) where the recordings are absent. */
export const describeRecordings = existsSync(recordings) ? describe : describe.skip;

/** One recorded gRPC call. */
export interface RecordedCall {
  /** `<case>/grpc.<step>.jsonl` */
  readonly file: string;
  readonly method: string;
  readonly request: { readonly urn?: string; readonly type?: string; readonly [key: string]: unknown };
  readonly response?: { readonly [key: string]: unknown };
  /** What the call failed with. */
  readonly errors?: readonly string[];
}

/** All calls of all cases; none where the recordings are absent. */
export function recordedCalls(): RecordedCall[] {
  if (!existsSync(recordings)) return [];
  const cases = readdirSync(recordings, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return cases.flatMap((entry) => {
    const logs = readdirSync(join(recordings, entry.name)).filter((name) => /^grpc\..*\.jsonl$/.test(name));
    return logs.flatMap((log) => {
      const lines = readFileSync(join(recordings, entry.name, log), "utf8")
        .split("\n")
        .filter(Boolean);
      return lines.map((line) => {
        const call: RecordedCall = JSON.parse(line);
        return { ...call, method: call.method.split("/").at(-1) ?? "", file: `${entry.name}/${log}` };
      });
    });
  });
}

/** JSON of a call as properties; the engine's text for "unknown" becomes {@link unknown}. */
export function properties(json: unknown): Properties {
  const value = toValue(json);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Properties) : {};
}

/** Deep equality in which the order of keys says nothing. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

/** A value as text, keys sorted. */
export function canonical(value: Value): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "symbol") return "(unknown)";
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}

function toValue(json: unknown): Value {
  if (json === "04da6b54-80e4-46f7-96ec-b56ff0331ba9") return unknown;
  if (Array.isArray(json)) return json.map(toValue);
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, toValue(item)] as const)) as Properties;
  }
  return typeof json === "string" || typeof json === "number" || typeof json === "boolean" ? json : null;
}
