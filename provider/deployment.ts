import { setTimeout as sleep } from "node:timers/promises";
import { type Claim, Claims, type Kind } from "./claims";
import { engineParallelism } from "./parallelism";
import type { Siblings } from "./siblings";

export type { Claim, Kind } from "./claims";

/** How long the engine must have been silent before a run counts as fully declared, in milliseconds. */
export const quiet = 400;

/** The same once something is changed: a wrong guess would then fail an `up` on a machine that is busy. */
const quietInChange = 1500;

/** How often it is looked whether the engine has said something, in milliseconds. */
const lookMs = 50;

/**
 * What one run of the engine has told this provider so far: which ids the state holds, which resources the program
 * declares, which names they will hold on the daemon, and which of them are being changed. A preview needs it to tell a
 * fault from what the same run cures, such as a network that is named by literal and declared a line later; a change
 * needs it to tell a stranger from what this run gives up. A provider process serves one run, so nothing here is ever
 * taken back.
 *
 * What the engine does (pkg/resource/deploy, read at 3.259): before the program starts it reads every resource of the
 * state that asked for it (`refresh_before_update`; ours all do), unless the run is limited to some (`--target`): then it
 * reads and checks only those. Checks and Diffs come one at a time, changes side by side, deletions last.
 */
export class Deployment {
  /** Ids that declared resources had when Diff was asked about them, by URN: the predecessors that a Create may swap out. */
  readonly seen = new Map<string, string>();
  private readonly claims = new Claims();
  private readonly made = new Map<string, string>();
  private readonly stored = new Map<string, Set<string>>();
  private readonly declared = new Set<string>();
  private readonly alive = new Map<string, string>();
  private readonly changing = new Set<string>();
  private readonly changed = new Set<string>();
  private readonly needs = new Map<string, Set<string>>();
  private readonly evictions = new Map<string, () => Promise<void>>();
  private readonly replicas = new Map<string, Set<number>>();
  private turn: Promise<unknown> = Promise.resolve();
  private patience = quiet;
  private lastHeard = Date.now();
  private running = 0;
  /** The calls that wait, the longest first. */
  private readonly waiters = new Set<object>();

  constructor(
    /** How many steps the engine works on at once. */
    private readonly parallelism = engineParallelism(),
    /** The other provider instances of this run. @default none is asked */
    private readonly siblings?: Siblings,
  ) {}

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

  /** Notes that this run changes things, and is no preview. */
  begin(): void {
    this.patience = quietInChange;
  }

  /** Runs the change of one resource (Create, Update, Delete); {@link await} waits for it. */
  async change<Answer>(urn: string, work: () => Promise<Answer>): Promise<Answer> {
    this.changing.add(urn);
    try {
      return await work();
    } finally {
      this.changing.delete(urn);
      this.changed.add(urn);
    }
  }

  /** Resolves when no change is under way. */
  async idle(): Promise<void> {
    while (this.changing.size > 0) await sleep(20);
  }

  /** Takes a name for a resource. @returns the URN of another resource of this run that holds it already. */
  claim(claim: Claim, urn: string): string | undefined {
    const holder = this.claims.take(claim, urn);
    if (holder === undefined) this.siblings?.note(claim);
    return holder;
  }

  /** Notes that a Create has handed an object to a resource. */
  keep(token: string, id: string, urn: string): void {
    this.made.set(`${token} ${id}`, urn);
    this.alive.set(urn, id);
    this.evictions.delete(urn);
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
    return this.claims.all(kind);
  }

  /** The URN of a resource of this run that holds a name. */
  holder(claim: Claim): string | undefined {
    return this.claims.holder(claim);
  }

  /** True where a resource of this run holds a name, whichever provider instance it belongs to. */
  isHeld(claim: Claim): boolean {
    return this.claims.holder(claim) !== undefined || this.siblings?.bring(claim) === true;
  }

  /** True where a resource of this run makes what has the name: see {@link maker}. */
  isMade(claim: Claim): boolean {
    return this.claims.maker(claim) !== undefined || this.siblings?.bring(claim) === true;
  }

  /** The URN of a resource of this run that has a name for itself: it makes what the others only use. */
  maker(claim: Claim): string | undefined {
    return this.claims.maker(claim);
  }

  /** True where a resource of this run holds a name, or a port that can't be bound beside the given one. */
  holds(urn: string, claim: Claim): boolean {
    return this.claims.holds(urn, claim);
  }

  /** Notes an id that the state holds for a resource (Read); it holds several where an old one waits for its deletion. */
  store(urn: string, id: string): void {
    this.stored.set(urn, (this.stored.get(urn) ?? new Set()).add(id));
  }

  /** Notes that the program declares a resource (Check). */
  declare(urn: string): void {
    this.declared.add(urn);
  }

  /**
   * Notes the id that a declared resource has (Diff), and whether this run is going to replace it. A refresh asks for a
   * Diff too, before the program runs and also before a destroy: that says nothing about what is to become of it.
   */
  compare(urn: string, id: string, isReplaced: boolean): void {
    if (!this.declared.has(urn)) return;
    this.seen.set(urn, id);
    if (isReplaced) this.alive.delete(urn);
    else this.alive.set(urn, id);
  }

  /** True for a resource that the program of this run has declared so far. */
  isDeclared(urn: string): boolean {
    return this.declared.has(urn);
  }

  /** True for a resource of the state that this run may touch. */
  isStored(urn: string): boolean {
    return this.stored.has(urn) || this.seen.has(urn);
  }

  /** The ids that the state holds for a resource, the one that Diff was asked about first. */
  idsOf(urn: string): string[] {
    const seen = this.seen.get(urn);
    return [...new Set([...(seen === undefined ? [] : [seen]), ...(this.stored.get(urn) ?? [])])];
  }

  /** The resource whose object an id is; one that the program declares goes before one that only the state knows. */
  resourceOf(id: string): string | undefined {
    const declared = [...this.alive, ...this.seen].find(([, own]) => own === id);
    if (declared !== undefined) return declared[0];
    return [...this.stored].find(([, ids]) => ids.has(id))?.[0];
  }

  /**
   * True where an id that the engine wants removed is still the object of the resource, and nothing is to replace it.
   * Such an order comes when a killed run left an old id in the state, to be deleted, and Read answered it with the
   * successor's. A destroy asks no Diff, so there nothing counts as alive.
   */
  isAlive(urn: string, id: string): boolean {
    return this.alive.get(urn) === id;
  }

  /**
   * Resolves with true as soon as the condition holds, with false when it does not although nothing is under way that
   * could make it true: no other call is being worked on, and the engine has said nothing new for a while. With undefined
   * where nobody can tell, since as many calls wait as the engine works on at once, so that it can't go on: then the
   * one that has waited longest is let go. A short `patience` is for what goes on by itself where the guess was wrong.
   */
  async foresee(
    condition: () => Promise<boolean> | boolean,
    signal: AbortSignal,
    patience = this.patience,
  ): Promise<boolean | undefined> {
    const own = {};
    this.waiters.add(own);
    try {
      // Looks count too: where the machine stands still for a while, so does the engine.
      for (let heard = 0, looks = 0; !(await condition()); looks++) {
        const isBusy = this.running > this.waiters.size;
        const left = isBusy ? patience : this.lastHeard + patience - Date.now();
        if (isBusy || heard !== this.lastHeard) looks = 0;
        heard = this.lastHeard;
        const isQuiet = left <= 0 && looks >= patience / lookMs;
        if (isQuiet && this.running < this.parallelism) return false;
        if (isQuiet && this.waiters.values().next().value === own) {
          this.lastHeard = Date.now();
          return undefined;
        }
        await sleep(left <= 0 ? lookMs : Math.max(Math.min(left, lookMs), 10), undefined, { signal });
      }
      return true;
    } finally {
      this.waiters.delete(own);
    }
  }

  /** {@link foresee} for faults: false where it is certain that the condition will not hold. */
  async expect(condition: () => Promise<boolean> | boolean, signal: AbortSignal): Promise<boolean> {
    return (await this.foresee(condition, signal)) !== false;
  }

  /**
   * Notes that a resource can go on only after another one of this run has.
   * @returns true where that one needs this one in turn, so that neither can go first.
   */
  isCircular(urn: string, other: string): boolean {
    this.needs.set(urn, (this.needs.get(urn) ?? new Set()).add(other));
    const open = [other];
    for (const visited = new Set<string>(); open.length > 0; ) {
      const next = open.pop() ?? "";
      if (next === urn) return true;
      if (visited.has(next)) continue;
      visited.add(next);
      open.push(...(this.needs.get(next) ?? []));
    }
    return false;
  }

  /**
   * Waits for what the change of another resource of this run is going to bring. Answers "met" when the condition holds,
   * "failed" when that change is over and it does not, and "stuck" when the change has not begun although nothing else is
   * under way: with few workers (`--parallel 1`) it stands in line behind the one that waits.
   */
  async await(
    other: string,
    condition: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<"met" | "failed" | "stuck"> {
    const isBegun = (): boolean => this.changing.has(other) || this.changed.has(other);
    if ((await this.foresee(async () => isBegun() || (await condition()), signal)) !== true) return "stuck";
    const own = {};
    this.waiters.add(own);
    try {
      for (;;) {
        const isOver = !this.changing.has(other);
        if (await condition()) return "met";
        if (isOver) return "failed";
        await sleep(50, undefined, { signal });
      }
    } finally {
      this.waiters.delete(own);
    }
  }

  /** Notes that a replica of an application is as the program says. */
  arrive(app: string, number: number): void {
    this.replicas.set(app, (this.replicas.get(app) ?? new Set()).add(number));
  }

  /** How many replicas of an application are known to be as the program says. */
  arrived(app: string): number {
    return this.replicas.get(app)?.size ?? 0;
  }

  /** Notes that a resource's object was stopped for another one's sake, and how to undo that. */
  evict(urn: string, restore: () => Promise<void>): void {
    this.evictions.set(urn, restore);
  }

  /** Puts back what was stopped for another one's sake, if anything: the resource is not to go after all, or can't change. */
  async restore(urn: string): Promise<void> {
    const restore = this.evictions.get(urn);
    this.evictions.delete(urn);
    await restore?.();
  }

  /** Runs one piece of work after the other, whoever asks. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
