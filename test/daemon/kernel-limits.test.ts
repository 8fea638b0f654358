import { expect } from "chai";
import type { Lifecycle } from "../support/lifecycle";
import { World } from "../support/world";

// A kernel that can't weigh block I/O (most do since 5.0) or count swap: the daemon leaves such a limit out with a warning.
describe("limits that the kernel can't keep", function () {
  this.timeout(120_000);
  let world: World;
  let stack: Lifecycle;

  before(async () => {
    world = await World.start("docker:index/container:Container");
    stack = await world.stack();
  });

  after(() => world.stop());

  const inputs = { image: "slipway-test/busybox:1", name: "limited", command: ["sleep", "1000"], stopTimeout: 0 };

  async function next(more: object): Promise<{ step: string; said: string[] }> {
    await world.nextRun(stack);
    const step = await stack.apply("limited", { ...inputs, ...more });
    await stack.finish("limited");
    return { step, said: await stack.provider.said() };
  }

  it("are warned of in the daemon's words, and are no drift at the next up", async () => {
    const first = await next({ blkioWeight: 300 });
    const has = (await world.container("limited")).HostConfig?.BlkioWeight ?? 0;
    const isDiscarded = has === 0;
    console.log(`      this kernel ${isDiscarded ? "leaves blkioWeight out" : "keeps blkioWeight"}`);
    expect(first.step).to.equal("create");
    expect(first.said.some((line) => /^warning: The daemon says: .*weight/i.test(line))).to.equal(isDiscarded);
    expect((await next({ blkioWeight: 300 })).step).to.equal("same");
    expect((await next({ blkioWeight: 300 })).step).to.equal("same");
  });

  it("can be changed and taken back", async () => {
    const id = (await world.container("limited")).Id;
    expect((await next({ blkioWeight: 400 })).step).to.equal("update");
    expect((await world.container("limited")).Id).to.equal(id);
    expect((await next({ blkioWeight: 400 })).step).to.equal("same");
    expect((await next({})).step).to.equal("replace");
    expect((await next({})).step).to.equal("same");
  });

  it("drift where they were changed on the daemon", async () => {
    expect((await next({ cpuShares: 512 })).step).to.equal("update");
    world.docker("update", "--cpu-shares", "256", "limited");
    expect((await next({ cpuShares: 512 })).step).to.equal("update");
    expect((await world.container("limited")).HostConfig?.CpuShares).to.equal(512);
    expect((await next({ cpuShares: 512 })).step).to.equal("same");
  });
});
