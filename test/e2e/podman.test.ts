import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage } from "../support/dockerd";
import { type PrivatePodman, startPodman } from "../support/podman";
import { PulumiProject } from "../support/pulumi";

const isAll = process.env["SLIPWAY_TEST_ALL"] !== undefined;

// Rows A and C of reconciliation.md that Podman's Docker API can keep, and what it says of those that it can't.
(isAll ? describe : describe.skip)("Podman's Docker API (test:all only)", function () {
  this.timeout(240_000);
  let daemon: PrivatePodman;
  let project: PulumiProject;

  before(async () => {
    daemon = await startPodman();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "pod",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const net = new docker.Network("net", { name: "pod-net" });
const data = new docker.Volume("data", { name: "pod-data" });
new docker.Container("web", {
  image: "slipway-test/busybox:1",
  name: "pod-web",
  command: (process.env["WEB_COMMAND"] ?? "sleep 1000").split(" "),
  envs: ["COLOUR=" + (process.env["WEB_COLOUR"] ?? "red")],
  networksAdvanced: [{ name: net.name, aliases: ["web"] }],
  volumes: [{ volumeName: data.name, containerPath: "/data" }, { containerPath: "/cache" }],
  ports: [{ internal: 80, external: Number(process.env["WEB_PORT"] ?? 22581) }],
  stopTimeout: 1,
});
`,
    });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
  });

  async function serving(): Promise<{ id: string; env: readonly string[]; startedAt: string }> {
    const seen = await inspectContainer(daemon.engine, "pod-web");
    expect(seen?.State?.Running, "the container runs").to.equal(true);
    return { id: seen?.Id ?? "", env: seen?.Config?.Env ?? [], startedAt: seen?.State?.StartedAt ?? "" };
  }

  it("a container with a network, volumes and a port comes up, and the second up changes nothing", async () => {
    const first = await project.up();
    expect(first.status, first.text).to.equal(0);
    const before = await serving();
    const second = await project.up({}, "--expect-no-changes");
    expect(second.status, second.text).to.equal(0);
    expect(await serving()).to.deep.equal(before);
  });

  it("a changed variable replaces it, with its anonymous volume", async () => {
    const before = await serving();
    const env = { WEB_COLOUR: "blue" };
    const done = await project.up(env);
    expect(done.status, done.text).to.equal(0);
    const after = await serving();
    expect(after.id).not.to.equal(before.id);
    expect(after.env).to.include("COLOUR=blue");
    expect(await listContainers(daemon.engine, {})).to.have.length(1);
  });

  for (const [what, env, message] of [
    ["a command that is not there", { WEB_COMMAND: "nosuch" }, 'Container "pod-web" can\'t start: '],
    ["a command that exits at once", { WEB_COMMAND: "ls /nowhere" }, 'Container "pod-web" stopped with exit code 1'],
    ["a port that is none", { WEB_PORT: "99999" }, 'ports[0].external "99999" is not a port.'],
  ] as const) {
    it(`A1: ${what} leaves the old container serving, same id`, async () => {
      const before = await serving();
      const failed = await project.up({ WEB_COLOUR: "blue", ...env });
      expect(failed.status).not.to.equal(0);
      expect(failed.text).to.contain(message);
      expect((await serving()).id).to.equal(before.id);
      expect(await listContainers(daemon.engine, {})).to.have.length(1);
    });
  }

  it("destroy leaves nothing", async () => {
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.have.length(0);
  });
});
