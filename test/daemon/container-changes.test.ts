import type { ContainerInspectResponse } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import type { Properties } from "../../provider/value";
import { base, type Spelled } from "../support/container-spellings/spelling";
import { spelled, startWorld, type World } from "../support/container-spellings/world";
import { ResourceLife } from "../support/life";
import { eachOf, missing } from "../support/matching";

// After `up` the daemon equals the program for every input, and what is removed from the program is the image's or the
// daemon's own again: reconciliation.md, C1 and C2.
const changeable = spelled.filter(({ only }) => only !== "body");
const isShort = process.env["SLIPWAY_TEST_ALL"] === undefined;
// Each takes three or more containers, so `npm test` takes every fourth input.
const tried = isShort ? changeable.filter((_, index) => index % 4 === 0) : changeable;
const count = isShort ? `, shortened to ${tried.length} of ${changeable.length}` : "";

describe(`every container input changed and taken back (C1, C2)${count}`, function () {
  this.timeout(600_000);
  let world: World;
  const problems = new Map<Spelled, string[]>();
  let shared: Promise<void> | undefined;

  before(async () => {
    world = await startWorld();
  });

  after(async () => {
    await world?.stop();
  });

  /** What the daemon has of a container, without what differs from one to the next. */
  async function settings(id: string): Promise<unknown> {
    const seen = lifted(await inspectContainer(world.engine, id));
    const { Labels: _, Hostname, ...config } = seen?.Config ?? {};
    const networks = Object.keys(seen?.NetworkSettings?.Networks ?? {});
    // The name of the network that it was made on stays when it is disconnected; the Engine goes by `Networks` from then on.
    const mode = seen?.HostConfig?.NetworkMode ?? "";
    const host = { ...seen?.HostConfig, NetworkMode: isNetwork(mode) ? networks[0] : mode };
    // The Engine says null, an empty list, an empty map or nothing for the same.
    const bare = JSON.stringify(
      { config, host, networks, isShort: Hostname === id.slice(0, 12) },
      (_key, value: unknown) => {
        const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
        return isEmpty || value === null || value === "" ? undefined : value;
      },
    );
    return JSON.parse(bare);
  }

  function isNetwork(mode: string): boolean {
    return !/^(none|host|container:.*)$/.test(mode);
  }

  /** Limits that were lifted in place are no limit, in the words the Engine has for it (provider/container/limits.ts). */
  function lifted(seen: ContainerInspectResponse | undefined): ContainerInspectResponse | undefined {
    const host = { ...seen?.HostConfig };
    if ((host.Memory ?? 0) >= 2 ** 52) Object.assign(host, { Memory: 0, MemorySwap: 0 });
    if (host.CpuQuota === -1) host.CpuQuota = 0;
    if (host.CpuPeriod === 100_000) host.CpuPeriod = 0;
    return seen === undefined ? undefined : { ...seen, HostConfig: host };
  }

  async function wrongWith(one: Spelled, plain: unknown): Promise<string[]> {
    const name = `changed-${one.input}-${spelled.indexOf(one)}`;
    const start: Properties = one.only === "made" ? { start: false } : {};
    const program = (inputs: Properties): Properties => ({ ...base, name, ...start, ...world.filled(inputs) });
    const life = new ResourceLife(world.engine, "docker:index/container:Container", name);
    const wrong: string[] = [];
    const spellings = one.same === true ? one.spellings.slice(0, 1) : one.spellings;
    try {
      for (const { inputs, seen } of spellings) {
        const { did } = await life.up(program(inputs));
        const after = lifted(await inspectContainer(world.engine, life.id));
        wrong.push(
          ...missing(after, world.filled(seen)).map((line) => `${JSON.stringify(inputs)}, ${did}: inspect${line}`),
        );
      }
      const { did } = await life.up(program({}));
      const [left, fresh] = [JSON.stringify(await settings(life.id)), JSON.stringify(plain)];
      if (left !== fresh) wrong.push(`removed (${did}): ${left} is not ${fresh}`);
      const again = await life.up(program({}));
      if (again.did !== "nothing") wrong.push(`removed, once more: ${JSON.stringify(again.plan)}`);
    } finally {
      await life.destroy();
    }
    return wrong;
  }

  async function tryAll(): Promise<void> {
    const life = new ResourceLife(world.engine, "docker:index/container:Container", "plain");
    await life.up({ ...base, name: "changed-plain" });
    const plain = await settings(life.id);
    const alone = (one: Spelled): boolean => one.input === "ports" || one.input === "networksAdvanced";
    const attempt = async (one: Spelled): Promise<void> => {
      problems.set(one, await wrongWith(one, plain).catch((error: unknown) => [String(error)]));
    };
    await eachOf(
      tried.filter((one) => !alone(one)),
      5,
      attempt,
    );
    await eachOf(tried.filter(alone), 1, attempt);
    await life.destroy();
  }

  for (const one of tried) {
    it(`${one.input}${one.only === "made" ? `, made and not started: ${one.why}` : ""}`, async () => {
      shared ??= tryAll();
      await shared;
      expect(problems.get(one)?.join("\n")).to.equal("");
    });
  }
});
