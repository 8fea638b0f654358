import { setTimeout as sleep } from "node:timers/promises";

/** Kinds of things that are known to the daemon by a name of the user's choice. */
export type Kind = "container" | "network" | "subnet" | "volume" | "image" | "port" | "secret" | "config" | "service";

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
  private readonly made = new Map<string, string>();
  private lastHeard = Date.now();
  private running = 0;
  private waiting = 0;

  /** Runs one call of the engine; every call goes through here, so that it is known when the engine is silent. */
  async during<Answer>(call: () => Promise<Answer> | Answer): Promise<Answer> {
    this.running++;
    this.lastHeard = Date.now();
    try {
      return await call();
    } finally {
      this.running--;
      this.lastHeard = Date.now();
    }
  }

  /** Takes a name for a resource. @returns the URN of another resource of this run that holds it already. */
  claim({ kind, name }: Claim, urn: string): string | undefined {
    const key = `${kind} ${name}`;
    const holder = this.claims.get(key);
    if (holder !== undefined && holder !== urn) return holder;
    this.claims.set(key, urn);
    return undefined;
  }

  /** Notes that a Create has handed an object to a resource. */
  keep(token: string, id: string, urn: string): void {
    this.made.set(`${token} ${id}`, urn);
  }

  /**
   * The URN of another resource of this run that an object belongs to by now: the engine still wants it removed as the
   * old one of a resource that was renamed in the program, or that swapped names with the other (A4, A6).
   */
  keeper(token: string, id: string, urn: string): string | undefined {
    const made = this.made.get(`${token} ${id}`);
    if (made !== undefined && made !== urn) return made;
    const others = [...this.seen].filter(([other, held]) => other !== urn && held === id);
    return others.find(([other]) => other.split("::")[2]?.split("$").at(-1) === token)?.[0];
  }

  /** Every name of a kind that a resource of this run holds, with the URN of its holder. */
  held(kind: Kind): { name: string; urn: string }[] {
    const entries = [...this.claims].filter(([key]) => key.startsWith(`${kind} `));
    return entries.map(([key, urn]) => ({ name: key.slice(kind.length + 1), urn }));
  }

  /** The URN of the resource of this run that holds a name. */
  holder({ kind, name }: Claim): string | undefined {
    return this.claims.get(`${kind} ${name}`);
  }

  /**
   * Resolves with true as soon as the condition holds, with false when it does not although nothing is under way that
   * could make it true: no other call is being worked on, and the engine has said nothing new for a while.
   */
  async expect(condition: () => Promise<boolean> | boolean, signal: AbortSignal): Promise<boolean> {
    this.waiting++;
    try {
      while (!(await condition())) {
        const left = this.running > this.waiting ? quiet : this.lastHeard + quiet - Date.now();
        if (left <= 0) return false;
        await sleep(Math.min(left, 50), undefined, { signal });
      }
      return true;
    } finally {
      this.waiting--;
    }
  }
}
