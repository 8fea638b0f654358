import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const moments = isWhole ? 40 : 3;
const seed = Number(process.env["SLIPWAY_SEED"] ?? Date.now() % 1_000_000);

/** Numbers from 0 to 1 that a seed determines (Numerical Recipes' linear congruential generator). */
function random(): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const program = `import * as docker from "@pulumi/docker";
const round = process.env["ROUND"] ?? "0";
const built = new docker.Image("built", {
  imageName: "kill/built:1", skipPush: true, build: { context: "app", args: { ROUND: round } },
});
const base = { stopTimeout: 1, command: ["sleep", "1000"] };
new docker.Container("built", { ...base, name: "kill-built", image: built.repoDigest });
new docker.Container("web", {
  ...base, name: "kill-web", image: "slipway-test/busybox:1", envs: ["ROUND=" + round],
  ports: [{ internal: 80, external: 24320 }], volumes: [{ containerPath: "/data" }],
});
new docker.Container("fresh" + round, { ...base, name: "kill-fresh" + round, image: "slipway-test/busybox:1" });
`;

describe(`kill -9 of CLI and provider at ${moments} random moments${isWhole ? "" : " (shortened: 3 of 40)"}, A3`, function () {
  this.timeout(moments * 60_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    const dockerfile = 'FROM slipway-test/busybox:1\nARG ROUND\nRUN echo $ROUND > /round\nCMD ["sleep", "1000"]\n';
    project = PulumiProject.make({ name: "kill", daemon, program, files: { "app/Dockerfile": dockerfile } });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  it("the next up converges every time", async () => {
    console.log(`      SLIPWAY_SEED=${seed}`);
    const next = random();
    for (let round = 1; round <= moments; round++) {
      const env = { ROUND: String(round) };
      const isProvider = next() < 0.5;
      const moment = Math.round(500 + next() * 8000);
      const run = await project.begin(["up", "--yes", "--skip-preview"], env);
      await sleep(moment);
      const victim = isProvider ? providerOf(run.child.pid ?? 0) : run.child.pid;
      if (victim !== undefined && run.child.exitCode === null) process.kill(victim, "SIGKILL");
      await run.answer;
      const what = `round ${round}: ${isProvider ? "provider" : "CLI"} killed after ${moment} ms`;
      const up = await project.slipway(["up"], env);
      expect(up.status, `${what}\n${up.text}`).to.equal(0);
      const names = (await listContainers(daemon.engine, {})).map((one) => `${one.Names?.[0]} ${one.State}`).sort();
      const all = ["/kill-built running", `/kill-fresh${round} running`, "/kill-web running"];
      expect(names, what).to.deep.equal(all);
      const web = await inspectContainer(daemon.engine, "kill-web");
      expect(web?.Config?.Env, what).to.include(`ROUND=${round}`);
      console.log(`      ${what}: converged`);
    }
  });

  /** The provider process that a CLI started; undefined while it has none. */
  function providerOf(cli: number): number | undefined {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((id) => {
        try {
          const parent = /\) . (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf8"));
          const words = readFileSync(`/proc/${id}/cmdline`, "utf8");
          return Number(parent?.[1]) === cli && words.includes("provider/main.js");
        } catch {
          return false;
        }
      });
  }
});
