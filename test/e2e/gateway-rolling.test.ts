import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { addGatewayApp } from "../support/gateway-app";
import { makeHaproxyImage } from "../support/haproxy";
import { Load, originOf, report } from "../support/load";
import { type Answer, PulumiProject } from "../support/pulumi";

const port = 22200;
const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const replicas = 5;
const batch = 2;

const program = (base: string, image: string): string => `import { App, Gateway } from "slipway";
const { VERSION = "1", ORDER = "start-first" } = process.env;
const gateway = new Gateway("door", {
  http: ${port}, image: "${image}", drainTimeout: "10s", routes: { web: { port: 3000, health: "/healthz" } },
});
new App("web", {
  image: { context: "app", args: { BASE: "${base}" } },
  // Ends at once where the folder says that no more of this version may start.
  command: ["sh", "-c", "ls /gate/stop-$VERSION 2>/dev/null && echo no licence left && exit 9; exec node index.js"],
  replicas: ${replicas}, rollout: { batch: ${batch}, order: ORDER === "stop-first" ? ORDER : "start-first" },
  env: { VERSION }, volumes: [{ bind: process.cwd() + "/gate", target: "/gate", readOnly: true }],
  route: gateway.routes.web, health: { http: "/healthz", port: 3000, interval: "1s", retries: 3 }, stopTimeout: "10s",
});
`;

// Roll-out policy "rolling" (issue 5): replicas in batches, and what a failure in the middle leaves.
describe(`an App of ${replicas} replicas that rolls out ${batch} at a time`, function () {
  this.timeout(400_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    const image = makeHaproxyImage(daemon);
    const base = await ensureStandInBase(daemon.engine, () => {});
    project = PulumiProject.make({ name: "roll", daemon, program: program(base, image) });
    addGatewayApp(project);
    project.write("gate/README", "What may not start.");
    const first = await project.up();
    expect(first.status, first.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  /** Ids of the replicas, in the order of their numbers. */
  async function ids(): Promise<string[]> {
    const names = Array.from({ length: replicas }, (_, index) => `roll-dev-web-${index + 1}`);
    return Promise.all(names.map(async (name) => (await inspectContainer(daemon.engine, name))?.Id ?? "none"));
  }

  function gatewayLog(): string {
    const words = ["-H", daemon.host, "logs", "--timestamps", "roll-dev-door"];
    return execFileSync("docker", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  }

  /** Runs `up` under load, watches how many containers of the App run at a time, and loses no request. */
  async function watched(env: Record<string, string>, meanwhile: () => Promise<void> = async () => {}) {
    const load = await Load.start({ origin: await originOf(daemon, "roll-dev-door"), rate: 100 });
    let [peak, least] = [0, Number.POSITIVE_INFINITY];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const running = (await listContainers(daemon.engine, { status: ["running"] })).filter(({ Names }) =>
          Names?.some((name) => name.startsWith("/roll-dev-web")),
        );
        peak = Math.max(peak, running.length);
        least = Math.min(least, running.length);
        await sleep(50);
      }
    })();
    let answer: Answer;
    try {
      [answer] = await Promise.all([project.up(env), meanwhile()]);
    } finally {
      isOver = true;
      await watching;
    }
    const { all } = await load.stop();
    report(`${peak} containers at most, ${least} at least`, all);
    // Its log tells whom the gateway took when.
    if (all.failed.length > 0) console.log(gatewayLog());
    expect(all.failed).to.deep.equal([]);
    return { answer, peak, least };
  }

  const itWhole = isWhole ? it : it.skip;
  itWhole("never has more than replicas and batch, nor fewer than replicas, and loses no request", async () => {
    const before = await ids();
    const { answer, peak, least } = await watched({ VERSION: "2" });
    expect(answer.status, answer.text).to.equal(0);
    expect(peak).to.equal(replicas + batch);
    expect(least).to.equal(replicas);
    expect(await ids()).to.not.include.members(before);
  });

  it("a failure in the middle: what is new stays new, the rest stays old, both are counted, the next up goes on", async () => {
    const before = await ids();
    // Nobody of the third batch may start: two replicas are new by then.
    const { answer, peak } = await watched({ VERSION: "3" }, async () => {
      for (let seen = before; seen[1] === before[1] || seen[0] === before[0]; seen = await ids()) await sleep(20);
      writeFileSync(join(project.folder, "gate/stop-3"), "");
    });
    expect(answer.status, answer.text).not.to.equal(0);
    const after = await ids();
    const isNew = after.map((id, index) => id !== before[index]);
    const count = isNew.filter(Boolean).length;
    expect(count).to.be.within(2, replicas - 1);
    expect(isNew).to.deep.equal(Array.from({ length: replicas }, (_, index) => index < count));
    expect(answer.text).to.contain(
      `${count} of ${replicas} replicas of "web" are as the program says, ${replicas - count} stay`,
    );
    expect(answer.text).to.contain("no licence left");
    expect(peak).to.be.at.most(replicas + batch);
    console.log(
      answer.text
        .split("\n")
        .filter((line) => /error|replicas of/.test(line))
        .map((line) => `      ${line.trim()}`)
        .join("\n"),
    );

    rmSync(join(project.folder, "gate/stop-3"));
    const next = await watched({ VERSION: "3" });
    expect(next.answer.status, next.answer.text).to.equal(0);
    const last = await ids();
    expect(last.slice(0, count), "finished replicas are left alone").to.deep.equal(after.slice(0, count));
    expect(last.slice(count)).to.not.include.members(after.slice(count));
    const again = await project.up({ VERSION: "3" }, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  itWhole("stop-first: never has fewer than the rest of a batch, and loses no request", async () => {
    const { answer, peak, least } = await watched({ VERSION: "5", ORDER: "stop-first" });
    expect(answer.status, answer.text).to.equal(0);
    expect(peak).to.equal(replicas);
    expect(least).to.be.at.least(replicas - batch);
  });
});
