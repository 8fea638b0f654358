import type { Fault } from "../values/fault";
import { nearest } from "../values/nearest";

/** Every name of a set of arguments, and which of them are lists: what lacks one, or has one too many, does not compile. */
export type Known<Args> = {
  readonly [Name in keyof Args]-?: NonNullable<Args[Name]> extends readonly unknown[] ? "list" : true;
};

type Names = Readonly<Record<string, true | "list">>;

/**
 * Arguments that nobody reads. The compiler refuses them where it sees the program; `slipway up` does not type-check, and
 * arguments that come from a file or from JavaScript never were.
 */
export function unknownFaults(subject: string, args: object, known: Names, path?: string): Fault[] {
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

/** Lists that are something else, such as a text alone: nothing more can be said about arguments of that form. */
export function listFaults(subject: string, args: object, known: Names): Fault[] {
  return Object.entries<unknown>({ ...args }).flatMap(([path, value]): Fault[] => {
    if (known[path] !== "list" || value === undefined || value === null || Array.isArray(value)) return [];
    const shown = typeof value === "string" || typeof value === "number" ? { value } : {};
    return [{ subject, path, ...shown, problem: "is no list", advice: "Write it in brackets: [ … ]." }];
  });
}

/** The list that an argument is; none where it is something else, which {@link listFaults} refuses. */
export function listed<Item>(value: readonly Item[] | undefined): readonly Item[] {
  return Array.isArray(value) ? value : [];
}
