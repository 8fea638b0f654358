/** The labels by which Slipway knows its own objects on a daemon; they never show in outputs. */
export const ownership = {
  /** The resource's URN. */
  urn: "io.slipway.urn",
  /** The provider resource's random id: two clones of one project have equal URNs, but not this. */
  provider: "io.slipway.provider",
  /** A random id of the attempt that made the object. */
  attempt: "io.slipway.attempt",
  /** Id of the container that this one was made to replace. */
  replaces: "io.slipway.replaces",
  /** Names of the anonymous volumes that this container took over from the one before it, separated by commas. */
  carried: "io.slipway.carried",
  /** On a container of `preStart`: the name of the one that it runs before. */
  preStart: "io.slipway.pre-start",
  /** On the volume that stands for a network's swap under way: the endpoints to attach again, as JSON. */
  swap: "io.slipway.swap",
} as const;

/** The labels of an object that belongs to a resource. */
export function ownershipLabels(urn: string, provider: string, attempt: string): Record<string, string> {
  return { [ownership.urn]: urn, [ownership.provider]: provider, [ownership.attempt]: attempt };
}

/** The labels that are the user's own. */
export function userLabels(labels: Readonly<Record<string, string>> | null | undefined): Record<string, string> {
  const entries = Object.entries(labels ?? {});
  return Object.fromEntries(entries.filter(([label]) => !label.startsWith("io.slipway.")));
}

/** True for an object that Slipway made, whoever's it is. */
export function isOwned(labels: Readonly<Record<string, string>> | null | undefined): boolean {
  return labels?.[ownership.urn] !== undefined;
}

/** True for an object of this resource, made through this provider. */
export function isOwnedBy(
  labels: Readonly<Record<string, string>> | null | undefined,
  urn: string,
  provider: string,
): boolean {
  return labels?.[ownership.urn] === urn && labels[ownership.provider] === provider;
}
