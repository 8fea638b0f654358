/** Kinds of things that are known to the daemon by a name of the user's choice. */
export type Kind =
  | "container"
  | "network"
  | "subnet"
  | "volume"
  | "image"
  | "pushed image"
  | "port"
  | "plugin"
  | "builder"
  | "secret"
  | "config"
  | "service";

/** A name that a resource will hold on the daemon: `{ kind: "port", name: "0.0.0.0:8080/tcp" }`. */
export interface Claim {
  readonly kind: Kind;
  readonly name: string;
  /** True where several resources may hold it, such as an image reference that is pulled twice. @default false */
  readonly isShared?: boolean;
}

interface Held {
  readonly urn: string;
  readonly claim: Claim;
}

/** What the resources of one run will hold on the daemon, as their Checks tell it. */
export class Claims {
  private readonly held: Held[] = [];

  /** Takes a name for a resource. @returns the URN of another resource of this run that excludes it. */
  take(claim: Claim, urn: string): string | undefined {
    const other = this.held.find((held) => held.urn !== urn && excludes(held.claim, claim));
    if (other !== undefined) return other.urn;
    if (!this.holds(urn, claim)) this.held.push({ urn, claim });
    return undefined;
  }

  /** The URN of a resource of this run that holds a name. */
  holder(claim: Claim): string | undefined {
    return this.held.find((held) => overlaps(held.claim, claim))?.urn;
  }

  /** The URN of a resource of this run that has a name for itself: it makes what the others only use. */
  maker(claim: Claim): string | undefined {
    return this.held.find((held) => held.claim.isShared !== true && overlaps(held.claim, claim))?.urn;
  }

  /** True where a resource holds a name, or a port that can't be bound beside the given one. */
  holds(urn: string, claim: Claim): boolean {
    return this.held.some((held) => held.urn === urn && overlaps(held.claim, claim));
  }

  /** Every name of a kind that a resource of this run holds, with the URN of its holder. */
  all(kind: Kind): { name: string; urn: string }[] {
    return this.held.filter((held) => held.claim.kind === kind).map(({ claim, urn }) => ({ name: claim.name, urn }));
  }
}

function excludes(one: Claim, other: Claim): boolean {
  return overlaps(one, other) && !(one.isShared === true && other.isShared === true);
}

function overlaps(one: Claim, other: Claim): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind !== "port") return one.name === other.name;
  const [ip, port] = partsOf(one.name);
  const [otherIp, otherPort] = partsOf(other.name);
  return port === otherPort && addressesOverlap(ip, otherIp);
}

/** `0.0.0.0:8080/tcp` or `[::]:8080/tcp` as address and `8080/tcp`. */
function partsOf(name: string): [ip: string, port: string] {
  const at = name.lastIndexOf(":");
  return [name.slice(0, at).replace(/^\[|\]$/g, ""), name.slice(at + 1)];
}

/**
 * True where a port can't be bound on both addresses at once: equal ones, or one that stands for all of its family. An
 * empty address is the Engine's "all of both families".
 */
export function addressesOverlap(one: string, other: string): boolean {
  if (one === other || one === "" || other === "") return true;
  const isSix = (ip: string): boolean => ip.includes(":");
  if (isSix(one) !== isSix(other)) return false;
  return [one, other].some((ip) => ip === "0.0.0.0" || ip === "::");
}
