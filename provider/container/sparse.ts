/** The list, or nothing where it is empty: the Engine tells an absent field from an empty one. */
export function given<Item>(list: readonly Item[]): Item[] | undefined {
  return list.length === 0 ? undefined : [...list];
}

/** The map, or nothing where it is empty. */
export function givenMap<Map extends object>(map: Map): Map | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

type Loose<Body> = { [Key in keyof Body]: Body[Key] | undefined };

/** The body without what is undefined: the Engine tells an absent field from a zero one. */
export function compact<Body extends object>(body: Loose<Body>): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Body;
}
