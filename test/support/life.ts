import type { Engine } from "../../daemon/client";
import type { Properties } from "../../provider/value";
import { ProviderUnderTest } from "./provider";

/** What one run did. */
export interface Outcome {
  /** Property path → kind of change. */
  readonly plan: Readonly<Record<string, string>>;
  readonly did: "nothing" | "create" | "update" | "replace";
  /** The inputs as Read told them. */
  readonly seen: Properties;
}

/** One resource over several runs of the engine, each with a provider of its own: what Pulumi does with it, without Pulumi. */
export class ResourceLife {
  id = "";
  inputs: Properties = {};
  state: Properties = {};

  constructor(
    private readonly engine: Engine,
    private readonly type: string,
    readonly name: string,
  ) {}

  /** `pulumi up`: looks, compares, and makes, changes or replaces. */
  up(program: Properties): Promise<Outcome> {
    return this.run(async (provider) => {
      const plan = await this.compare(provider, program);
      if (plan === undefined) {
        const { inputs } = await this.checked(provider, program);
        const made = await provider.create(this.name, inputs);
        this.keep(made.id, inputs, made.state);
        return { plan: {}, did: "create", seen: {} };
      }
      const { detailed, replaces, inputs } = plan;
      const seen = this.inputs;
      if (Object.keys(detailed).length === 0) return { plan: detailed, did: "nothing", seen };
      if (replaces.length === 0) {
        const state = await provider.update(this.name, this.id, this.inputs, inputs, this.state);
        this.keep(this.id, inputs, state);
        return { plan: detailed, did: "update", seen };
      }
      const old = { id: this.id, inputs: this.inputs, state: this.state };
      const made = await provider.create(this.name, inputs);
      this.keep(made.id, inputs, made.state);
      await provider.delete(this.name, old.id, old.inputs, old.state);
      return { plan: detailed, did: "replace", seen };
    });
  }

  /** `pulumi preview`: the plan only. */
  preview(program: Properties): Promise<Readonly<Record<string, string>>> {
    return this.run(async (provider) => {
      const plan = await this.compare(provider, program);
      if (plan !== undefined && plan.replaces.length === 0) return plan.detailed;
      const { inputs } = await this.checked(provider, program);
      await provider.create(this.name, inputs, true);
      return plan?.detailed ?? { id: "ADD" };
    });
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<void> {
    if (this.id === "") return;
    await this.run(async (provider) => {
      await provider.delete(this.name, this.id, this.inputs, this.state);
      this.keep("", {}, {});
    });
  }

  /** `pulumi import`. */
  import(id: string): Promise<Properties> {
    return this.run(async (provider) => {
      const found = await provider.read(this.name, id);
      this.keep(found.id, found.inputs, found.state);
      return found.inputs;
    });
  }

  private async run<Kind>(work: (provider: ProviderUnderTest) => Promise<Kind>): Promise<Kind> {
    const provider = await ProviderUnderTest.start(this.engine, this.type);
    try {
      return await work(provider);
    } finally {
      provider.close();
    }
  }

  private async compare(provider: ProviderUnderTest, program: Properties) {
    if (this.id === "") return undefined;
    const read = await provider.read(this.name, this.id, this.inputs, this.state);
    this.keep(read.id, read.inputs, read.state);
    if (read.id === "") return undefined;
    const { inputs } = await this.checked(provider, program);
    const diff = await provider.diff(this.name, this.id, this.inputs, inputs, this.state);
    return { ...diff, inputs };
  }

  private async checked(provider: ProviderUnderTest, program: Properties) {
    const checked = await provider.check(this.name, program, this.inputs);
    if (checked.failures.length > 0) throw new Error(checked.failures.join("\n"));
    return checked;
  }

  private keep(id: string, inputs: Properties, state: Properties): void {
    this.id = id;
    this.inputs = inputs;
    this.state = state;
  }
}
