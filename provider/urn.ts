/** The type token in a URN, without the types of its parents. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** The resource's name in the program; it may hold colons itself. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A resource as a user knows it: `Container "web"`, `The default docker provider`. */
export function subjectOf(urn: string): string {
  const [type, name] = [typeOf(urn), nameOf(urn)];
  if (!type.startsWith("pulumi:providers:")) return `${type.split(":").at(-1)} "${name}"`;
  return /^default(_|$)/.test(name) ? "The default docker provider" : `Provider "${name}"`;
}
