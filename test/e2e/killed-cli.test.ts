import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

// kill -9 of the CLI in the middle of a swap: nobody tells the provider to end, so it has to see that by itself.
describe("a provider whose engine was killed", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "killed",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const check = process.env["CHECK"] ?? "true";
new docker.Container("web", {
  image: "slipway-test/busybox:1", name: "killed-web", command: ["sleep", "1000"], stopTimeout: 1,
  healthcheck: { tests: ["CMD-SHELL", check], interval: "200ms", retries: 500 }, wait: true, waitTimeout: 120,
});
`,
    });
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  it("puts back what served before, and ends", async () => {
    const first = await project.up();
    expect(first.status, first.text).to.equal(0);
    const old = await inspectContainer(daemon.engine, "killed-web");
    const cli = spawn("pulumi", ["--non-interactive", "up", "--yes", "--skip-preview"], {
      cwd: project.folder,
      env: { ...(await project.prepared()), CHECK: "false" },
      stdio: "ignore",
    });
    const ended = once(cli, "exit");
    const swapping = async () => (await listContainers(daemon.engine, {})).length === 2;
    await until(swapping, "the new container is there");
    await sleep(1500);
    const providers = providersOf(project.folder);
    expect(providers).to.not.have.length(0);
    cli.kill("SIGKILL");
    await ended;
    await until(async () => providersOf(project.folder).length === 0, "the provider has ended");
    const left = await listContainers(daemon.engine, {});
    expect(left).to.have.length(1);
    const now = await inspectContainer(daemon.engine, "killed-web");
    expect(now?.Id).to.equal(old?.Id);
    expect(now?.State?.Running).to.equal(true);
  });

  it("leaves a state that the next up agrees with, once its lock is given up", async () => {
    const cancelled = await project.pulumi(["cancel", "--yes"]);
    expect(cancelled.status, cancelled.text).to.equal(0);
    const { status, text } = await project.up({}, "--expect-no-changes");
    expect(status, text).to.equal(0);
  });
});

/** The providers that serve a project: its folder is their working folder, or their engine's. */
function providersOf(folder: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const isProvider = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("provider/main.js");
      return isProvider && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`\0XDG_STATE_HOME=${folder}/`);
    } catch {
      return false;
    }
  });
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within 60 s: ${what}.`);
    await sleep(100);
  }
}
