/** What becomes of an attribute of a compose file. */
export type Fate =
  /** It becomes this, in the words of the components and of docker.Container. */
  | { readonly is: "mapped"; readonly to: string }
  /** It is resolved when the files are loaded; nothing of it is left. */
  | { readonly is: "loaded"; readonly how: string }
  /** Compose's own `up` makes nothing of it either. */
  | { readonly is: "ignored"; readonly why: string }
  /** It is left out, and said so. */
  | { readonly is: "warned"; readonly problem: string; readonly advice?: string }
  /** A project that has it is refused. */
  | { readonly is: "refused"; readonly problem: string; readonly advice: string }
  /** Its parts have fates of their own; `each` says how they are found in it. */
  | { readonly is: "parts"; readonly each: "object" | "list" | "map"; readonly of: Readonly<Record<string, Fate>> };

/** A fate for every attribute of a part of the model: one that has none does not compile. */
export type Fates<Model> = { readonly [Name in Exclude<keyof Model, `x-${string}`>]-?: Fate };

export const mapped = (to: string): Fate => ({ is: "mapped", to });
export const loaded = (how: string): Fate => ({ is: "loaded", how });
export const ignored = (why: string): Fate => ({ is: "ignored", why });
export const warned = (problem: string, advice?: string): Fate => ({
  is: "warned",
  problem,
  ...(advice === undefined ? {} : { advice }),
});
export const refused = (problem: string, advice: string): Fate => ({ is: "refused", problem, advice });

/** The parts of an object, of each item of a list, or of each value of a map. */
export function parts<Model>(each: "object" | "list" | "map", of: Fates<Model>): Fate {
  return { is: "parts", each, of };
}
