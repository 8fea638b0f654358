import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const moments = Number(process.env["SLIPWAY_MOMENTS"] ?? (isWhole ? 40 : 3));
const seed = Number(process.env["SLIPWAY_SEED"] ?? Date.now() % 1_000_000);

/** Numbers from 0 to 1 that a seed determines (Numerical Recipes' linear congruential generator). */
function random(): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

// Each round builds an image, pulls another one, replaces three containers (one with a host port and data, so that the old
// one stops first), makes a new one and removes the last round's.
const program = `import * as docker from "@pulumi/docker";
const round = process.env["ROUND"] ?? "0";
const built = new docker.Image("built", {
  imageName: "kill/built:1", skipPush: true, build: { context: "app", args: { ROUND: round } },
});
const pulled = new docker.RemoteImage("pulled", { name: process.env["REGISTRY"] + "/kill/pulled:" + round });
const base = { stopTimeout: 1, command: ["sleep", "1000"] };
new docker.Container("built", { ...base, name: "kill-built", image: built.repoDigest });
new docker.Container("pulled", { ...base, name: "kill-pulled", image: pulled.imageId });
new docker.Container("web", {
  ...base, name: "kill-web", image: "slipway-test/busybox:1", envs: ["ROUND=" + round],
  ports: [{ internal: 80, external: 23320 }], volumes: [{ containerPath: "/data" }],
});
new docker.Container("fresh" + round, { ...base, name: "kill-fresh" + round, image: "slipway-test/busybox:1" });
`;

describe(`kill -9 of CLI and provider at ${moments} random moments${isWhole ? "" : ` (shortened: ${moments} of 40)`}, A3`, function () {
  this.timeout(moments * 90_000);
  // What the first try left would be in the way of a second.
  this.retries(0);
  let daemon: PrivateDaemon;
  let registry: PrivateRegistry;
  let project: PulumiProject;
  let whole = 0;

  before(async function () {
    this.timeout(180_000);
    daemon = await startDockerd();
    makeBaseImage(daemon);
    registry = await startRegistry();
    await publish(0);
    const dockerfile = 'FROM slipway-test/busybox:1\nARG ROUND\nRUN echo $ROUND > /round\nCMD ["sleep", "1000"]\n';
    const env = { REGISTRY: registry.host };
    project = PulumiProject.make({ name: "kill", daemon, program, files: { "app/Dockerfile": dockerfile }, env });
    const started = Date.now();
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    whole = Date.now() - started;
    docker("exec", "kill-web", "sh", "-c", "echo kept > /data/marker");
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
    await registry?.stop();
  });

  it("the next up converges every time", async () => {
    console.log(`      SLIPWAY_SEED=${seed}; an up that nobody kills takes ${whole} ms`);
    const next = random();
    for (let round = 1; round <= moments; round++) {
      await publish(round);
      const env = { ROUND: String(round) };
      const isProvider = round % 2 === 0;
      const moment = Math.round((0.1 + next()) * whole);
      const run = await project.begin(["up", "--yes", "--skip-preview"], env);
      await sleep(moment);
      const find = (): number | undefined => (isProvider ? providerOf(run.child.pid ?? 0) : run.child.pid);
      // A provider that has not started yet is killed as soon as it is there.
      while (find() === undefined && run.child.exitCode === null) await sleep(20);
      const victim = find();
      const isKilled = victim !== undefined && run.child.exitCode === null;
      if (isKilled) process.kill(victim, "SIGKILL");
      const broken = await run.answer;
      const doing = broken.text
        .trim()
        .split("\n")
        .filter((line) => / (creat|updat|replac|delet)\w*/.test(line))
        .at(-1)
        ?.trim();
      const what = `round ${round}: ${isKilled ? "" : "nothing to kill, "}${isProvider ? "provider" : "CLI"} after ${moment} ms (${doing?.slice(0, 70) ?? "nothing begun"})`;
      const up = await project.slipway(["up"], env);
      expect(up.status, `${what}\n${broken.text}\n${up.text}`).to.equal(0);
      const names = (await listContainers(daemon.engine, {})).map((one) => `${one.Names?.[0]} ${one.State}`).sort();
      const all = ["/kill-built", `/kill-fresh${round}`, "/kill-pulled", "/kill-web"].map((name) => `${name} running`);
      expect(names, `${what}\n${broken.text}\n${up.text}`).to.deep.equal(all);
      const web = await inspectContainer(daemon.engine, "kill-web");
      expect(web?.Config?.Env, what).to.include(`ROUND=${round}`);
      expect(docker("exec", "kill-built", "cat", "/round"), what).to.equal(String(round));
      expect(docker("exec", "kill-pulled", "cat", "/round"), what).to.equal(String(round));
      expect(docker("exec", "kill-web", "cat", "/data/marker"), `${what}: B4`).to.equal("kept");
      const told = /Waiting for the provider/.test(up.text) ? ", after the orphan had put things back" : "";
      console.log(`      ${what}: converged${told}`);
    }
    const again = await project.up({ ROUND: String(moments) }, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  function docker(...words: string[]): string {
    const all = ["-H", daemon.host, ...words];
    return execFileSync("docker", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Puts an image with a layer that only the registry has under the round's tag. */
  async function publish(round: number): Promise<void> {
    const script = `echo ${round} > /round; head -c 8000000 /dev/urandom > /random`;
    docker("run", "--name", "publisher", "slipway-test/busybox:1", "sh", "-c", script);
    docker("commit", "publisher", "publisher:1");
    await pushTo(registry, daemon, "publisher:1", `kill/pulled:${round}`);
    docker("rm", "publisher");
    docker("rmi", "publisher:1");
  }

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
