import type { ContainerCreateRequest } from "@docker/node-sdk";
import { formatDuration } from "../../values/duration";
import { isEmpty, listOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import type { ContainerRules } from "./look";
import { compact, given } from "./sparse";

const times = {
  interval: "Interval",
  startInterval: "StartInterval",
  startPeriod: "StartPeriod",
  timeout: "Timeout",
} as const;

/** How the container says whether it is well. What the program leaves out of it is the image's (Engine API, `HealthConfig`). */
export const healthRules = {
  healthcheck: {
    on: "replace",
    meaning,
    has: ({ container, image, apiVersion }, declared) => {
      const seen = container.Config?.Healthcheck;
      if (seen === undefined || seen === null) return undefined;
      const asked = objectOf(declared);
      const inherited = image?.Healthcheck ?? {};
      const block: Record<string, Value> = {};
      for (const [name, field] of Object.entries(times)) {
        const own = (nanoseconds(asked[name]) ?? 0) !== 0 || seen[field] !== inherited[field];
        block[name] = own ? goDuration(seen[field] ?? 0) : "0s";
      }
      // Engines before 25 know no such time and drop it.
      if (apiVersion !== undefined && Number(apiVersion.split(".")[1]) < 44)
        block["startInterval"] = asked["startInterval"] ?? "0s";
      const sameTest = JSON.stringify(seen.Test ?? []) === JSON.stringify(inherited.Test ?? []);
      const ownRetries = (numberOf(asked["retries"]) ?? 0) !== 0 || seen.Retries !== inherited.Retries;
      const tests = isEmpty(asked["tests"]) && sameTest ? [] : (seen.Test ?? []);
      return { ...block, retries: ownRetries ? (seen.Retries ?? 0) : 0, tests };
    },
  },
} satisfies ContainerRules;

/** The health check as the Engine takes it; a zero is left out, since it would be the image's value too. */
export function healthBody(inputs: Properties): Pick<ContainerCreateRequest, "Healthcheck"> {
  const block = objectOf(inputs["healthcheck"]);
  const check = compact({
    Test: given(textsOf(block["tests"])),
    Interval: nanoseconds(block["interval"]) || undefined,
    Timeout: nanoseconds(block["timeout"]) || undefined,
    StartPeriod: nanoseconds(block["startPeriod"]) || undefined,
    StartInterval: nanoseconds(block["startInterval"]) || undefined,
    Retries: numberOf(block["retries"]) || undefined,
  });
  return Object.keys(check).length === 0 ? {} : { Healthcheck: check };
}

/** A Go duration such as "1m30s" in nanoseconds, the Engine's unit; undefined where it is none. */
export function nanoseconds(value: Value | undefined): number | undefined {
  const text = textOf(value);
  if (text === undefined || !/^(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)([0-9.]+(ns|us|µs|ms|s|m|h))*$|^0$/.test(text))
    return undefined;
  const units: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };
  const parts = [...text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)];
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ""] ?? 0), 0));
}

/** Nanoseconds as Go writes a duration, the form that the official plugin keeps: "1m0s". */
export function goDuration(value: number): string {
  return value % 1e6 === 0 ? formatDuration(value / 1e6) : `${value / 1e3}µs`;
}

function meaning(value: Value): Value {
  const block = objectOf(value);
  const numbers = Object.keys(times).map((name) => [name, nanoseconds(block[name]) ?? 0] as const);
  const retries = numberOf(block["retries"]) ?? 0;
  const tests = listOf(block["tests"]);
  const nothing = tests.length === 0 && retries === 0 && numbers.every(([, time]) => time === 0);
  return nothing ? null : { ...Object.fromEntries(numbers), retries, tests };
}
