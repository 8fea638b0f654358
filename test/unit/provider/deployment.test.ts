import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Deployment, quiet } from "../../../provider/deployment";

describe("what one run of the engine has told", () => {
  const signal = new AbortController().signal;

  it("a Diff before the Check belongs to a refresh and makes nothing alive", () => {
    const run = new Deployment();
    run.compare("a", "1", false);
    expect(run.isAlive("a", "1")).to.equal(false);
    run.declare("a");
    run.compare("a", "1", false);
    expect(run.isAlive("a", "1")).to.equal(true);
    run.compare("a", "1", true);
    expect(run.isAlive("a", "1"), "it is about to be replaced").to.equal(false);
  });

  it("knows whose an id is, the program before the state", () => {
    const run = new Deployment();
    run.store("old", "1");
    expect(run.resourceOf("1")).to.equal("old");
    run.declare("new");
    run.compare("new", "1", false);
    expect(run.resourceOf("1")).to.equal("new");
    expect(run.idsOf("old")).to.deep.equal(["1"]);
  });

  it("finds circles of any length", () => {
    const run = new Deployment();
    expect(run.isCircular("a", "b")).to.equal(false);
    expect(run.isCircular("b", "c")).to.equal(false);
    expect(run.isCircular("c", "a")).to.equal(true);
  });

  it("waits for a change: met, failed, and stuck in line", async () => {
    const run = new Deployment();
    let isMet = false;
    const change = run.during(() =>
      run.change("a", async () => {
        await sleep(100);
        isMet = true;
      }),
    );
    const wait = (other: string, condition: () => boolean) =>
      run.during(() => run.await(other, async () => condition(), signal));
    expect(await wait("a", () => isMet)).to.equal("met");
    await change;
    expect(await wait("a", () => false)).to.equal("failed");
    expect(await wait("b", () => false)).to.equal("stuck");
  });

  it("waits longer for what is declared late once something is changed, unless it is told not to", async () => {
    const run = new Deployment();
    const took = async (patience?: number): Promise<number> => {
      const began = Date.now();
      const seen = await run.foresee(() => false, new AbortController().signal, patience);
      expect(seen).to.equal(false);
      return Date.now() - began;
    };
    expect(await took()).to.be.within(350, 1300);
    run.begin();
    expect(await took()).to.be.greaterThan(1400);
    expect(await took(quiet)).to.be.within(350, 1300);
  });

  it("works in turn, also after a failure", async () => {
    const run = new Deployment();
    const order: number[] = [];
    const slow = run.inTurn(async () => {
      await sleep(30);
      order.push(1);
      throw new Error("no");
    });
    const next = run.inTurn(async () => order.push(2));
    await slow.catch(() => undefined);
    await next;
    expect(order).to.deep.equal([1, 2]);
  });

  it("puts back what was stopped for another one's sake, once", async () => {
    const run = new Deployment();
    let count = 0;
    run.evict("a", async () => {
      count++;
    });
    await run.restore("a");
    await run.restore("a");
    expect(count).to.equal(1);
  });
});
