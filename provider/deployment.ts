import { setTimeout as sleep } from "node:timers/promises";

/** Kinds of things that are known to the daemon by a name of the user's choice. */
export type Kind = "container" | "network" | "volume" | "image" | "port" | "secret" | "config" | "service";

/** A name that a resource will hold on the daemon: `{ kind: "port", name: "0.0.0.0:8080/tcp" }`. */
export interface Claim {
  readonly kind: Kind;
  readonly name: string;
}

/** How long the engine must have been silent before a run counts as fully declared, in milliseconds. */
const quiet = 400;

/**
 * What one run of the engine has told this provider so far: which resource will hold which name, and which ids the state
 * holds. A preview needs it to tell a fault from what the same run cures, such as a network that is named by literal and
 * declared a line later. A provider process serves one run, so nothing here is ever taken back.
 */
export class Deployment {
  /** Ids that Diff or Read has seen, by URN: the predecessors that a Create may swap out. */
  readonly seen = new Map<string, string>();
  private readonly claims = new Map<string, string>();
  private lastHeard = Date.now();

  /** Notes that the engine has called; every call does. */
  hear(): void {
    this.lastHeard = Date.now();
  }

  /** Takes a name for a resource. @returns the URN of another resource of this run that holds it already. */
  claim({ kind, name }: Claim, urn: string): string | undefined {
    const key = `${kind} ${name}`;
    const holder = this.claims.get(key);
    if (holder !== undefined && holder !== urn) return holder;
    this.claims.set(key, urn);
    return undefined;
  }

  /** The URN of the resource of this run that holds a name. */
  holder({ kind, name }: Claim): string | undefined {
    return this.claims.get(`${kind} ${name}`);
  }

  /**
   * Resolves with true as soon as the condition holds, with false when it does not although the engine has said nothing
   * new for a while: then nothing is coming that could make it true.
   */
  async expect(condition: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!condition()) {
      const left = this.lastHeard + quiet - Date.now();
      if (left <= 0) return false;
      await sleep(Math.min(left, 50), undefined, { signal });
    }
    return true;
  }
}
