import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import type { Properties } from "../../provider/value";
import { ownership } from "../../resources/ownership";
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
    if (result === "died") void outcome;
    else provider.close();
    await proxy.stop();
    return { result, changes: proxy.changes };
  }

  const modes: Readonly<Record<string, () => Properties>> = {
    beside: () => ({ labels: [{ label: "mode", value: "beside" }] }),
    colliding: () => ({ ports: [{ internal: 80, external: port++ }], volumes: [{ containerPath: "/data" }] }),
  };
  const step = process.env["SLIPWAY_TEST_ALL"] === undefined ? 3 : 1;
  const shortened = step === 1 ? "" : ` (shortened: one in ${step})`;

  for (const [mode, inputs] of Object.entries(modes)) {
    let changes: readonly string[] = [];

    /** Tries it for every change of the swap, all at once, since they mostly wait. */
    const each = async (first: number, one: (at: number, change: string) => Promise<void>): Promise<void> => {
      await Promise.all(
        changes.map((change, index) => (index % step === first % step ? one(index + 1, change) : undefined)),
      );
    };

    it(`${mode}: replaces`, async () => {
      const stack = new Stack(`${mode}-plain`, inputs());
      const held = await stack.create();
      const { result, changes: seen } = await edited(stack, held, stack.program({ envs: ["A=1"] }), () => "pass");
      if (result instanceof Error || result === "died") throw new Error(String(result));
      expect(await stack.all()).to.deep.equal([`${mode}-plain running`]);
      changes = seen;
      await stack.remove();
    });

    it(`${mode}: whichever change fails, what served serves on, or the new one does${shortened}`, () =>
      each(0, async (at, change) => {
        const stack = new Stack(`${mode}-fail-${at}`, inputs());
        const held = await stack.create();
        const { result } = await edited(stack, held, stack.program({ envs: ["A=1"] }), (n) =>
          n === at ? "fail" : "pass",
        );
        const serving = await inspectContainer(daemon.engine, stack.name);
        expect(serving?.State?.Running, `${change} fails`).to.equal(true);
        if (result instanceof Error && serving?.Id === held.id) {
          expect(await stack.all(), `${change} fails`).to.deep.equal([`${stack.name} running`]);
          expect(result.message).to.contain("The container it was to replace runs as before");
        }
        // The same edit again goes through, whatever was left.
        const provider = await stack.provider();
        const again = await stack.run(provider, held, stack.program({ envs: ["A=1"] }));
        provider.close();
        expect(await stack.all(), `after ${change}`).to.deep.equal([`${stack.name} running`]);
        expect((await inspectContainer(daemon.engine, stack.name))?.Id).to.equal(again.id);
        await stack.remove();
      }));

    const next = { "the same edit": { envs: ["A=1"] }, "another edit": { envs: ["A=2"] }, "the edit taken back": {} };
    for (const [index, [what, edit]] of Object.entries(next).entries()) {
      it(`${mode}: killed before any change, the next run with ${what} converges${shortened}`, () =>
        each(index, async (at, change) => {
          const stack = new Stack(`${mode}-${what.replaceAll(" ", "-")}-${at}`, inputs());
          const held = await stack.create();
          const { result } = await edited(stack, held, stack.program({ envs: ["A=1"] }), (n) =>
            n === at ? "dead" : "pass",
          );
          expect(result).to.equal("died");
          const provider = await stack.provider();
          const after = await stack.run(provider, held, stack.program(edit));
          provider.close();
          expect(await stack.all(), `killed before ${change}`).to.deep.equal([`${stack.name} running`]);
          const seen = await inspectContainer(daemon.engine, stack.name);
          expect(seen?.Id, `killed before ${change}`).to.equal(after.id);
          const envs = (seen?.Config?.Env ?? []).filter((env) => env.startsWith("A="));
          expect(envs, `killed before ${change}`).to.deep.equal("envs" in edit ? edit.envs : []);
          await stack.remove();
        }));
    }

    it(`${mode}: killed before any change, a bad edit leaves what served serving${shortened}`, () =>
      each(1, async (at, change) => {
        const stack = new Stack(`${mode}-bad-${at}`, inputs());
        const held = await stack.create();
        await edited(stack, held, stack.program({ envs: ["A=1"] }), (n) => (n === at ? "dead" : "pass"));
        const provider = await stack.provider();
        const bad = await stack
          .run(provider, held, stack.program({ command: ["false"] }))
          .catch((error: Error) => error);
        provider.close();
        expect(bad).to.be.instanceOf(Error);
        const running = (await stack.all()).filter((one) => one.endsWith(" running"));
        expect(running, `killed before ${change}`).to.have.length(1);
        await stack.remove();
      }));
  }
});
