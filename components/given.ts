/** A property that is there only with a value: under exactOptionalPropertyTypes, undefined is not "left out". */
export function given<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  if (value === undefined) return {};
  const property: { [name in K]?: V } = {};
  property[key] = value;
  return property;
}
