import type { Properties } from "../../provider/value";
import type { ProviderUnderTest } from "./provider";

/** A resource as the state would hold it. */
export interface Held {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

/** What a step of a run did. */
export type Step = "create" | "same" | "update" | "replace";

/**
 * The engine's part in the life of resources of one type: a refresh before each step, then what Diff asks for, old ones
 * deleted at the end of the run. For many short questions to the provider; that the real engine does so is shown by test/e2e.
 */
export class Lifecycle {
  readonly held = new Map<string, Held>();
  private readonly pending: { name: string; old: Held }[] = [];

  constructor(public provider: ProviderUnderTest) {}

  /** Brings one resource to what a program says. A run is one or more of these, then {@link finish}. */
  async apply(name: string, news: Properties): Promise<Step> {
    await this.refresh(name);
    const old = this.held.get(name);
    const { inputs, failures } = await this.provider.check(name, news, old?.inputs ?? {});
    if (failures.length > 0) throw new Error(failures.join("\n"));
    if (old === undefined) {
      this.held.set(name, { ...(await this.provider.create(name, inputs)), inputs });
      return "create";
    }
    const diff = await this.provider.diff(name, old.id, old.inputs, inputs, old.state);
    if (diff.replaces.length > 0) {
      const again = (await this.provider.check(name, news)).inputs;
      const next = await this.provider.create(name, again);
      this.pending.push({ name, old });
      this.held.set(name, { ...next, inputs: again });
      return "replace";
    }
    if (diff.changes.length === 0) {
      this.held.set(name, { ...old, inputs });
      return "same";
    }
    const state = await this.provider.update(name, old.id, old.inputs, inputs, old.state);
    this.held.set(name, { id: old.id, inputs, state });
    return "update";
  }

  /** What a preview of the same step would say: the paths that change, or the error. */
  async preview(name: string, news: Properties): Promise<readonly string[]> {
    await this.refresh(name);
    const old = this.held.get(name);
    const { inputs, failures } = await this.provider.check(name, news, old?.inputs ?? {});
    if (failures.length > 0) throw new Error(failures.join("\n"));
    if (old === undefined) {
      await this.provider.create(name, inputs, true);
      return ["(new)"];
    }
    const diff = await this.provider.diff(name, old.id, old.inputs, inputs, old.state);
    if (diff.replaces.length > 0)
      await this.provider.create(name, (await this.provider.check(name, news)).inputs, true);
    else if (diff.changes.length > 0) await this.provider.update(name, old.id, old.inputs, inputs, old.state, true);
    return Object.keys(diff.detailed);
  }

  /** A refresh of one resource; one that is gone leaves the state. */
  async refresh(name: string): Promise<Held | undefined> {
    const old = this.held.get(name);
    if (old === undefined) return undefined;
    const found = await this.provider.read(name, old.id, old.inputs, old.state);
    if (found.id === "") this.held.delete(name);
    else this.held.set(name, found);
    return this.held.get(name);
  }

  /** Ends a run: what was replaced is deleted, then what the program does not name any more. */
  async finish(...names: readonly string[]): Promise<void> {
    for (const { name, old } of this.pending.splice(0)) await this.provider.delete(name, old.id, old.inputs, old.state);
    for (const [name, old] of [...this.held]) {
      if (names.includes(name)) continue;
      await this.provider.delete(name, old.id, old.inputs, old.state);
      this.held.delete(name);
    }
  }

  /** The resource as the state holds it. */
  of(name: string): Held {
    const held = this.held.get(name);
    if (held === undefined) throw new Error(`The state holds no "${name}".`);
    return held;
  }
}
