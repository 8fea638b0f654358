import { SlipwayError } from "../values/fault";
import type { Endpoint } from "./endpoint";

/** The oldest Engine API this is written for: Engine 20.10. */
export const oldestApi = "1.41";

/** The newest Engine API this was read against: moby v2. A newer daemon still speaks it. */
export const newestApi = "1.56";

/** What a daemon says of the API it speaks (Engine API, SystemVersion). */
export interface SpokenApi {
  /** The newest, such as "1.51". */
  readonly newest: string;
  /** The oldest; daemons before 1.25 did not say. */
  readonly oldest: string;
  /** What answers, by the components it names. */
  readonly product: "docker" | "podman";
}

/** The newest version both sides speak. */
export function negotiateApi(spoken: SpokenApi, endpoint: Endpoint): string {
  const version = compare(spoken.newest, newestApi) < 0 ? spoken.newest : newestApi;
  const tooOld = compare(version, oldestApi) < 0;
  if (!tooOld && compare(spoken.oldest, version) <= 0) return version;
  throw new SlipwayError({
    subject: `Docker daemon at ${endpoint.url} (from ${endpoint.source})`,
    problem: `speaks Engine API ${spoken.oldest} to ${spoken.newest}, and Slipway ${oldestApi} to ${newestApi}`,
    advice: tooOld ? "Use Docker Engine 20.10 or newer." : "Use a newer Slipway.",
  });
}

/** Negative where `a` is the older one. */
export function compare(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA === majorB ? minorA - minorB : majorA - majorB;
}
