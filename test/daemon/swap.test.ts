import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import type { Properties } from "../../provider/value";
import { ownership } from "../../resources/ownership";
import { messageOf } from "../../values/fault";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { EngineProxy, type Fate } from "../support/engine-proxy";
import { ProviderUnderTest } from "../support/provider";

const type = "docker:index/container:Container";

interface Held {
  readonly id: string;
  readonly inputs: Properties;
  readonly state: Properties;
}

// Every request of a swap that changes something is made to fail, or to be the last one of a killed run.
describe("the swap, request by request (reconciliation.md, A1, A3)", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  let port = 24200;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  /** A stack of its own, with one container that serves. */
  class Stack {
    readonly name: string;
    private readonly id: string;

    constructor(
      readonly label: string,
      private readonly inputs: Properties,
    ) {
      this.name = label;
      this.id = `provider-of-${label}`;
    }

    program(more: Properties = {}): Properties {
      const plain = { image: "slipway-test/busybox:1", command: ["sleep", "1000"], stopTimeout: 1 };
      return { ...plain, name: this.name, ...this.inputs, ...more };
    }

    async provider(proxy?: EngineProxy): Promise<ProviderUnderTest> {
      return ProviderUnderTest.start(proxy?.engine ?? daemon.engine, type, this.id);
    }

    async create(): Promise<Held> {
      const provider = await this.provider();
      const { inputs } = await provider.check(this.name, this.program());
      const made = await provider.create(this.name, inputs);
      provider.close();
      return { ...made, inputs };
    }

    /** What the engine does with one resource: refresh, check, diff, and what that asks for; old ones go at the end. */
    async run(provider: ProviderUnderTest, held: Held, news: Properties): Promise<Held> {
      const found = await provider.read(this.name, held.id, held.inputs, held.state);
      const { inputs } = await provider.check(this.name, news, found.inputs);
      const diff = await provider.diff(this.name, found.id, found.inputs, inputs, found.state);
      if (diff.changes.length === 0) return { ...found, inputs };
      if (diff.replaces.length === 0) {
        const state = await provider.update(this.name, found.id, found.inputs, inputs, found.state);
        return { id: found.id, inputs, state };
      }
      const again = (await provider.check(this.name, news)).inputs;
      const made = await provider.create(this.name, again);
      await provider.delete(this.name, found.id, found.inputs, found.state);
      return { ...made, inputs: again };
    }

    /** Names and states of everything that carries this stack's label. */
    async all(): Promise<string[]> {
      const found = await listContainers(daemon.engine, { label: [`${ownership.provider}=${this.id}`] });
      return found.map((one) => `${one.Names?.[0]?.slice(1)} ${one.State}`).sort();
    }

    async remove(): Promise<void> {
      const found = await listContainers(daemon.engine, { label: [`${ownership.provider}=${this.id}`] });
      await Promise.all(
        found.map((one) => daemon.engine.json("DELETE", `/containers/${one.Id}`, { query: { force: true, v: true } })),
      );
    }
  }

  /** Runs an edit through a proxy that decides about each change. */
  async function edited(stack: Stack, held: Held, news: Properties, judge: (count: number, change: string) => Fate) {
    const proxy = await EngineProxy.start(daemon);
    const provider = await stack.provider(proxy);
    proxy.judge = judge;
    let end: () => void = () => undefined;
    const died = new Promise<"died">((resolve) => {
      end = () => resolve("died");
    });
    const { judge: decide } = proxy;
    proxy.judge = (count, change) => {
      const fate = decide(count, change);
      if (fate === "dead") end();
      return fate;
    };
    const outcome = stack.run(provider, held, news).then(
      (next) => next,
      (error: Error) => error,
    );
    const result = await Promise.race([outcome, died]);
    // Of a killed run nothing arrives any more; what it holds in this process is let go of all the same.
    provider.close();
    await proxy.stop();
    return { result, changes: proxy.changes };
  }

  const modes: Readonly<Record<string, () => Properties>> = {
    beside: () => ({ labels: [{ label: "mode", value: "beside" }] }),
    colliding: () => ({ ports: [{ internal: 80, external: port++ }], volumes: [{ containerPath: "/data" }] }),
  };
  const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
  const shortened = isWhole ? "" : " (shortened: one change in 3 for each of 5 questions)";

  for (const [mode, inputs] of Object.entries(modes)) {
    it(`${mode}: whichever change fails or is the last of a killed run, the next run goes on from there${shortened}`, async () => {
      const plain = new Stack(`${mode}-plain`, inputs());
      const swap = await edited(plain, await plain.create(), plain.program({ envs: ["A=1"] }), () => "pass");
      if (swap.result instanceof Error || swap.result === "died") throw new Error(String(swap.result));
      expect(await plain.all()).to.deep.equal([`${mode}-plain running`]);
      await plain.remove();
      const tries = swap.changes.flatMap((change, index) =>
        Object.entries(questions).flatMap(([what, ask], nth) =>
          isWhole || index % 3 === nth % 3
            ? [ask(new Stack(`${mode}-${what}-${index}`, inputs()), index + 1, change)]
            : [],
        ),
      );
      await Promise.all(tries);
      expect(tries.length).to.be.greaterThan(isWhole ? 34 : 10);
    });
  }

  type Question = (stack: Stack, at: number, change: string) => Promise<void>;

  /** What is asked about each change of a swap: it fails, or the run is killed before it. All at once, since they mostly wait. */
  const questions: Readonly<Record<string, Question>> = {
    fails: async (stack, at, change) => {
      const held = await stack.create();
      const edit = stack.program({ envs: ["A=1"] });
      const { result } = await edited(stack, held, edit, (n) => (n === at ? "fail" : "pass"));
      const serving = await inspectContainer(daemon.engine, stack.name);
      expect(serving?.State?.Running, `${change} fails`).to.equal(true);
      if (result instanceof Error && serving?.Id === held.id) {
        expect(await stack.all(), `${change} fails`).to.deep.equal([`${stack.name} running`]);
        expect(result.message).to.contain("The container it was to replace runs as before");
      }
      // The same edit again goes through, whatever was left.
      await converges(stack, held, edit, `${change} failed`);
    },
    "dies-same": (stack, at, change) => dies(stack, at, change, { envs: ["A=1"] }),
    "dies-other": (stack, at, change) => dies(stack, at, change, { envs: ["A=2"] }),
    "dies-back": (stack, at, change) => dies(stack, at, change, {}),
    "dies-bad": async (stack, at, change) => {
      const held = await stack.create();
      await edited(stack, held, stack.program({ envs: ["A=1"] }), (n) => (n === at ? "dead" : "pass"));
      const provider = await stack.provider();
      const bad = stack.run(provider, held, stack.program({ command: ["false"] }));
      const message = await bad.then(() => "", messageOf);
      provider.close();
      expect(message, `killed before ${change}`).to.contain(`Container "${stack.name}" stopped with exit code 1`);
      const running = (await stack.all()).filter((one) => one.endsWith(" running"));
      expect(running, `killed before ${change}`).to.have.length(1);
      await stack.remove();
    },
  };

  async function dies(stack: Stack, at: number, change: string, next: Properties): Promise<void> {
    const held = await stack.create();
    const edit = stack.program({ envs: ["A=1"] });
    const { result } = await edited(stack, held, edit, (n) => (n === at ? "dead" : "pass"));
    expect(result).to.equal("died");
    await converges(stack, held, stack.program(next), `killed before ${change}`);
  }

  /** The next run ends with one container, which is what the program says and what the state holds. */
  async function converges(stack: Stack, held: Held, program: Properties, why: string): Promise<void> {
    const provider = await stack.provider();
    const after = await stack.run(provider, held, program);
    provider.close();
    expect(await stack.all(), why).to.deep.equal([`${stack.name} running`]);
    const seen = await inspectContainer(daemon.engine, stack.name);
    expect(seen?.Id, why).to.equal(after.id);
    const envs = (seen?.Config?.Env ?? []).filter((env) => env.startsWith("A="));
    expect(envs, why).to.deep.equal(program["envs"] ?? []);
    await stack.remove();
  }
});
