import { SlipwayError } from "./fault";

type Part = `${number}${"us" | "ms" | "s" | "m" | "h"}`;

/** A length of time as Go and Compose write it: `"10s"`, `"1m30s"`, `"500ms"`. */
export type Duration = Part | `${Part}${Part}` | `${Part}${Part}${Part}`;

const units: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration out of a text that only the run knows, such as a setting. @throws {@link SlipwayError} when it is none */
export function duration(text: string): Duration {
  if (isDuration(text)) return text;
  throw new SlipwayError({
    subject: "Duration",
    value: text,
    problem: "is none",
    advice: 'Write it as "10s" or "1m30s".',
  });
}

/** The number of milliseconds; undefined when the text is no duration (Compose specification, "Specifying durations"). */
export function parseDuration(duration: string): number | undefined {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(duration)) return undefined;
  let sum = 0;
  for (const [, count, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)) {
    sum += Number(count) * (units[unit ?? "s"] ?? 0);
  }
  return sum;
}

/** The duration as the Engine and the plugin print it: `1m30s`, `500ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds > 0 && milliseconds < 1000) return `${milliseconds}ms`;
  const hours = Math.floor(milliseconds / 3_600_000);
  const minutes = Math.floor((milliseconds % 3_600_000) / 60_000);
  const seconds = `${(milliseconds % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function isDuration(text: string): text is Duration {
  return parseDuration(text) !== undefined;
}
