/** The properties that have a value: under exactOptionalPropertyTypes, undefined is not "left out". */
export function present<Target extends object>(
  properties: {
    readonly [Name in keyof Target]?: Target[Name] | undefined;
  },
): Partial<Target> {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Target>;
}
