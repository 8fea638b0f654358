import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject, type StateResource } from "../support/pulumi";
import { describeRecordings, recordings } from "../support/recordings";

const containerType = "docker:index/container:Container";

interface Exported {
  readonly deployment: {
    resources: (StateResource & { refreshBeforeUpdate?: boolean })[];
    secrets_providers?: unknown;
  };
}

// The engine looks at the daemon before an update only where the state asks for it; the official plugin's does not.
describe("state that the official plugin wrote, through the Pulumi CLI", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  const projects: PulumiProject[] = [];
  const docker = (...words: string[]): string =>
    execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" });

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    for (const project of projects) project.remove();
    await daemon?.stop();
  });

  function project(name: string, program: string): PulumiProject {
    const made = PulumiProject.make({ name, daemon, program });
    projects.push(made);
    return made;
  }

  async function importState(into: PulumiProject, state: Exported): Promise<void> {
    into.write("state.json", JSON.stringify(state));
    const answer = await into.pulumi(["stack", "import", "--file", "state.json"]);
    expect(answer.status, answer.text).to.equal(0);
  }

  async function changedBehindItsBack(stack: PulumiProject, name: string): Promise<void> {
    const quiet = await stack.preview({}, "--expect-no-changes");
    expect(quiet.status, quiet.text).to.equal(0);
    docker("update", "--restart=no", "--memory", "128m", "--memory-swap", "256m", name);
    docker("stop", "-t", "0", name);
    const seen = await stack.preview();
    expect(seen.status, seen.text).to.equal(0);
    expect(seen.text).to.match(/~ 1 to update/);
    for (const property of ["memory", "mustRun", "restart"]) expect(seen.text).to.contain(property);
    const up = await stack.up();
    expect(up.status, up.text).to.equal(0);
    const mended = await inspectContainer(daemon.engine, name);
    expect(mended?.State?.Running).to.equal(true);
    expect(mended?.HostConfig).to.include({ Memory: 64 * 1024 * 1024 });
    expect(mended?.HostConfig?.RestartPolicy?.Name).to.equal("always");
    const again = await stack.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  }

  async function removedBehindItsBack(stack: PulumiProject, name: string): Promise<void> {
    docker("rm", "-f", name);
    const seen = await stack.preview();
    expect(seen.status, seen.text).to.equal(0);
    expect(seen.text).to.match(/to (create|replace)/);
    const up = await stack.up();
    expect(up.status, up.text).to.equal(0);
    expect((await inspectContainer(daemon.engine, name))?.State?.Running).to.equal(true);
    const again = await stack.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  }

  describe("as ours without the mark that asks for a look", () => {
    let stack: PulumiProject;
    const program = `import * as docker from "@pulumi/docker";
new docker.Container("c", { image: "slipway-test/busybox:1", name: "unmarked", command: ["sleep", "1000"], memory: 64, restart: "always", stopTimeout: 1 });
`;

    async function unmark(): Promise<void> {
      const { text } = await stack.pulumi(["stack", "export", "--show-secrets"]);
      const state: Exported = JSON.parse(text);
      for (const resource of state.deployment.resources) {
        delete resource.refreshBeforeUpdate;
        const meta = resource.outputs?.["__meta"];
        if (typeof meta !== "string") continue;
        const { slipway_daemon: _own, ...theirs } = JSON.parse(meta);
        Object.assign(resource.outputs ?? {}, { __meta: JSON.stringify(theirs) });
      }
      await importState(stack, state);
    }

    before(async () => {
      stack = project("unmarked", program);
      const up = await stack.up();
      expect(up.status, up.text).to.equal(0);
    });

    it("D2: a change behind the program's back shows in the first preview, and up mends it", async () => {
      await unmark();
      await changedBehindItsBack(stack, "unmarked");
    });

    it("D2: a container that is gone shows in the first preview, and up makes it anew", async () => {
      await unmark();
      await removedBehindItsBack(stack, "unmarked");
    });
  });

  describeRecordings("as recorded (c-drift)", () => {
    const folder = join(recordings, "c-drift");
    let stack: PulumiProject;

    /** The recorded state, and the container it speaks of. */
    async function recorded(): Promise<void> {
      const words = ["import", "-c", "ENV PATH=/bin", "-c", 'CMD ["sleep","100000"]', "-", "h7-busybox:1"];
      const root = docker("run", "-d", "slipway-test/busybox:1", "true").trim();
      const tar = execFileSync("docker", ["-H", daemon.host, "export", root], { maxBuffer: 1 << 28 });
      docker("rm", "-f", root);
      execFileSync("docker", ["-H", daemon.host, ...words], { input: tar, stdio: ["pipe", "ignore", "inherit"] });
      const limits = ["--restart=always", "--memory", "64m", "--label", "a=1"];
      const id = docker("run", "-d", "--name", "h7-c-drift", ...limits, "h7-busybox:1").trim();
      stack = project("h7-c-drift", readFileSync(join(folder, "program.ts"), "utf8"));
      const state: Exported = JSON.parse(readFileSync(join(folder, "state.up.json"), "utf8"));
      delete state.deployment.secrets_providers;
      const theirs = state.deployment.resources.find(({ type }) => type === containerType)?.id ?? "";
      await importState(stack, JSON.parse(JSON.stringify(state).replaceAll(theirs, id)));
    }

    it("shows no change at first, then drift, and up mends it with the smallest step", async () => {
      await recorded();
      const before = await inspectContainer(daemon.engine, "h7-c-drift");
      await changedBehindItsBack(stack, "h7-c-drift");
      expect((await inspectContainer(daemon.engine, "h7-c-drift"))?.Id).to.equal(before?.Id);
    });

    it("D2: the container gone, made anew", async () => {
      await removedBehindItsBack(stack, "h7-c-drift");
      const down = await stack.destroy();
      expect(down.status, down.text).to.equal(0);
    });
  });
});
