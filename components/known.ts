import type { Fault } from "../values/fault";
import { nearest } from "../values/nearest";

/** Every name of a set of arguments: a list that lacks one, or has one too many, does not compile. */
export type Known<Args> = Readonly<Record<keyof Args, true>>;

/**
 * Arguments that nobody reads. The compiler refuses them where it sees the program; `slipway up` does not type-check, and
 * arguments that come from a file or from JavaScript never were.
 */
export function unknownFaults(
  subject: string,
  args: object,
  known: Readonly<Record<string, true>>,
  path?: string,
): Fault[] {
  const prefix = path === undefined ? "" : `${path}.`;
  return Object.keys(args)
    .filter((key) => !(key in known))
    .map((key): Fault => {
      const near = nearest(key, Object.keys(known));
      const advice =
        near === undefined ? `It takes: ${Object.keys(known).sort().join(", ")}.` : `Did you mean \`${near}\`?`;
      return { subject, path: `${prefix}${key}`, problem: "is no argument that is known", advice };
    });
}
