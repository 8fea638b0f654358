import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

/**
 * Every container writes into the shared volume that it has started. While a file `stop` is there, the third of a version and
 * those after it end with 7: the program stays the same, and what fails is outside of it, as a full disk would be.
 */
const script =
  'touch "/shared/$VERSION-$HOSTNAME"; if [ -f /shared/stop ] && [ "$(ls /shared | grep -c "^$VERSION-")" -gt 2 ]; then echo no room; exit 7; fi; exec sleep 1000';

const program = `import { App, Job, Network, Volume } from "slipway";
const env = process.env;
const shared = new Volume("shared");
const network = new Network("net");
const jobs = env["JOB"] === undefined ? [] : [new Job("migrate", {
  image: "slipway-test/busybox:1", command: ["sh", "-c", "echo adding a column; echo no such table >&2; exit " + env["JOB"]],
})];
new App("web", {
  image: "slipway-test/busybox:1",
  command: ["sh", "-c", ${JSON.stringify(script)}],
  env: { VERSION: env["VERSION"] ?? "v1" },
  replicas: 4,
  rollout: { batch: 2 },
  networks: [network],
  volumes: [{ volume: shared, target: "/shared" }],
  health: { command: ["true"], interval: "200ms" },
  resources: { memory: "32m", cpus: 0.5 },
  logs: { maxSize: "1m" },
  stopTimeout: "1s",
  dependsOn: jobs,
});
`;

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

// Four replicas in batches of two that own nothing together; behind a gateway it is gateway-rolling.test.ts.
describe("the roll-out of an App", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({ name: "roll", daemon, program });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  const name = (number: number): string => `roll-dev-web-${number}`;

  async function ids(): Promise<(string | undefined)[]> {
    const seen = await Promise.all([1, 2, 3, 4].map((number) => inspectContainer(daemon.engine, name(number))));
    return seen.map((one) => (one?.State?.Running === true ? one.Id : undefined));
  }

  /** The most containers of the App that ran at a time, and the fewest, while something was done. */
  async function watched<Result>(work: Promise<Result>): Promise<{ result: Result; most: number; fewest: number }> {
    const state = { isDone: false, most: 0, fewest: Number.POSITIVE_INFINITY };
    const watching = (async () => {
      while (!state.isDone) {
        const running = await listContainers(daemon.engine, { name: ["roll-dev-web"], status: ["running"] });
        state.most = Math.max(state.most, running.length);
        state.fewest = Math.min(state.fewest, running.length);
        await sleep(50);
      }
    })();
    const result = await work.finally(() => {
      state.isDone = true;
    });
    await watching;
    return { result, most: state.most, fewest: state.fewest };
  }

  it("gives each container its limits, its log rotation and its restart policy", async () => {
    const host = (await inspectContainer(daemon.engine, name(4)))?.HostConfig;
    expect(host?.Memory).to.equal(32 * 2 ** 20);
    expect(host?.NanoCpus).to.equal(500_000_000);
    expect(host?.LogConfig).to.deep.equal({ Type: "json-file", Config: { "max-file": "3", "max-size": "1048576" } });
    expect(host?.RestartPolicy?.Name).to.equal("unless-stopped");
  });

  (all ? it : it.skip)(
    "never has more containers than replicas and batch together, and never fewer than replicas",
    async () => {
      const before = await ids();
      const { result, most, fewest } = await watched(project.up({ VERSION: "v2" }));
      expect(result.status, result.text).to.equal(0);
      console.log(`      4 replicas in batches of 2: ${fewest} to ${most} containers at a time`);
      expect(most).to.be.within(5, 6);
      expect(fewest).to.equal(4);
      expect(await ids()).to.not.include.members(before);
    },
  );

  (all ? it : it.skip)("stops in the middle when replicas fail, counts both, and the next up goes on", async () => {
    const docker = (...words: string[]): string =>
      execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" });
    docker("exec", name(1), "touch", "/shared/stop");
    const before = await ids();
    const { result, most, fewest } = await watched(project.up({ VERSION: "v3" }));
    expect(result.status, result.text).not.to.equal(0);
    expect(result.text).to.contain("last exit code 7").and.to.contain("no room");
    expect(result.text).to.contain(
      '2 of 4 replicas of "web" are as the program says, 2 stay as they were; the next `up` goes on with them.',
    );
    expect(most).to.be.at.most(6);
    expect(fewest).to.equal(4);
    const half = await ids();
    expect(half.slice(2), "the rest is old").to.deep.equal(before.slice(2));
    expect(half.slice(0, 2)).not.to.include.members(before.slice(0, 2));

    docker("exec", name(1), "rm", "/shared/stop");
    const next = await project.up({ VERSION: "v3" });
    expect(next.status, next.text).to.equal(0);
    const after = await ids();
    expect(after.slice(0, 2), "what is done stays").to.deep.equal(half.slice(0, 2));
    expect(after.slice(2)).not.to.include.members(before.slice(2));
    expect((await listContainers(daemon.engine, {})).length).to.equal(4);
  });

  (all ? it : it.skip)("does not begin when a Job that it depends on fails: exit code and logs are told", async () => {
    const before = await ids();
    const { status, text } = await project.up({ VERSION: "v4", JOB: "3" });
    expect(status, text).not.to.equal(0);
    expect(text).to.contain("exit code 3").and.to.contain("adding a column").and.to.contain("no such table");
    expect(await ids()).to.deep.equal(before);
    const mended = await project.up({ VERSION: "v4", JOB: "0" });
    expect(mended.status, mended.text).to.equal(0);
    expect(await ids()).not.to.include.members(before);
    const down = await project.destroy();
    expect(down.status, down.text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  });
});
