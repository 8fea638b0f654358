import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

// The real CLI, language host, provider and a real daemon: what `npm run up` is made of.
describe("a container through the Pulumi CLI", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "swap",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const net = new docker.Network("net", { name: "swap-net" });
const data = new docker.Volume("data", { name: "swap-data" });
new docker.Container("web", {
  image: "slipway-test/busybox:1",
  name: "swap-web",
  command: (process.env["WEB_COMMAND"] ?? "sleep 1000").split(" "),
  envs: ["COLOUR=" + (process.env["WEB_COLOUR"] ?? "red")],
  networksAdvanced: [{ name: net.name, aliases: ["web"] }],
  volumes: [{ volumeName: data.name, containerPath: "/data" }, { containerPath: "/cache" }],
  ports: [{ internal: 80, external: Number(process.env["WEB_PORT"] ?? 23481) }],
  stopTimeout: 1,
});
`,
    });
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  async function serving(): Promise<{ id: string; env: readonly string[] }> {
    const seen = await inspectContainer(daemon.engine, "swap-web");
    expect(seen?.State?.Running, "the container runs").to.equal(true);
    return { id: seen?.Id ?? "", env: seen?.Config?.Env ?? [] };
  }

  async function cacheVolume(): Promise<string | undefined> {
    const seen = await inspectContainer(daemon.engine, "swap-web");
    return seen?.Mounts?.find((mount) => mount.Destination === "/cache")?.Name;
  }

  it("comes up, and the second up changes nothing", async () => {
    const first = await project.up();
    expect(first.status, first.text).to.equal(0);
    const { id } = await serving();
    const second = await project.up({}, "--expect-no-changes");
    expect(second.status, second.text).to.equal(0);
    expect((await serving()).id).to.equal(id);
  });

  it("names the changed variable in the plan, and replaces the container", async () => {
    const env = { WEB_COLOUR: "blue" };
    const plan = await project.preview(env);
    expect(plan.text).to.contain('"COLOUR=red" => "COLOUR=blue"');
    const { id } = await serving();
    const cache = await cacheVolume();
    expect((await project.up(env)).status).to.equal(0);
    // reconciliation.md, B4: an anonymous volume outlives the replacement.
    expect(await cacheVolume()).to.equal(cache);
    const after = await serving();
    expect(after.id).not.to.equal(id);
    expect(after.env).to.contain("COLOUR=blue");
  });

  // reconciliation.md, A1: edits whose preview is green and that fail only when work has begun.
  for (const [what, env, message] of [
    [
      "a command that is not there",
      { WEB_COMMAND: "nosuch" },
      'Container "swap-web": command[0] "nosuch" is no program of the image',
    ],
    ["a command that exits at once", { WEB_COMMAND: "ls /nowhere" }, 'Container "swap-web" stopped with exit code 1'],
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

  it("C10: refuses in preview a port that is none", async () => {
    const refused = await project.preview({ WEB_COLOUR: "blue", WEB_PORT: "99999" });
    expect(refused.status).not.to.equal(0);
    expect(refused.text).to.contain('ports[0].external "99999" is not a port. Use a number from 1 to 65535.');
  });

  it("destroys everything it made", async () => {
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.have.length(0);
  });
});
