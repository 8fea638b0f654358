import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectVolume } from "../../daemon/volume";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

// The real CLI and engine: what happens to data, and to the container that serves it.
describe("a volume through the Pulumi CLI", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "volcli",
      daemon,
      program: `import * as docker from "@pulumi/docker";
import { EngineVolume, Volume } from "slipway";
const data = new EngineVolume("data", {
  name: process.env["VOL_NAME"] ?? "volcli-data",
  labels: [{ label: "v", value: process.env["VOL_LABEL"] ?? "1" }],
  ...(process.env["VOL_GIVE_UP"] ? { replaceDeletesData: true } : {}),
});
if (process.env["VOL_ADOPT"]) new Volume("old", { name: "volcli-old", adopt: process.env["VOL_ADOPT"] === "yes" });
new docker.Container("app", {
  name: "volcli-app", image: "slipway-test/busybox:1", command: ["sleep", "1000"], stopTimeout: 1, destroyGraceSeconds: 1,
  volumes: [{ volumeName: data.name, containerPath: "/data" }],
});
`,
    });
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function docker(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" }).trim();
  }

  it("comes up, and the second up changes nothing", async () => {
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    docker("exec", "volcli-app", "sh", "-c", "echo precious > /data/file");
    const again = await project.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    const { outputs, inputs } = await project.resource("docker:index/volume:Volume", "data");
    expect({ ...inputs, ...outputs }, "unused extras leave no trace").not.to.have.any.keys(
      "adopt",
      "replaceDeletesData",
    );
  });

  for (const [what, env, text] of [
    [
      "label",
      { VOL_LABEL: "2" },
      'labels is [{"label":"v","value":"1"}] on the daemon and [{"label":"v","value":"2"}]',
    ],
    ["name", { VOL_NAME: "volcli-other" }, 'name "volcli-other" is another volume than "volcli-data"'],
  ] as const) {
    it(`B1: another ${what}: the preview fails and says that data would go, up refuses, the container serves on`, async () => {
      const before = await inspectContainer(daemon.engine, "volcli-app");
      const plan = await project.preview(env);
      expect(plan.status, plan.text).not.to.equal(0);
      expect(plan.text).to.contain(text).and.to.contain("replaceDeletesData: true");
      const up = await project.up(env);
      expect(up.status).not.to.equal(0);
      const after = await inspectContainer(daemon.engine, "volcli-app");
      expect([after?.Id, after?.State?.StartedAt]).to.deep.equal([before?.Id, before?.State?.StartedAt]);
      expect(docker("exec", "volcli-app", "cat", "/data/file")).to.equal("precious");
      expect(docker("volume", "ls", "-q")).to.equal("volcli-data");
    });
  }

  it("B1: where the program gives the data up, the preview says so, and up makes it anew", async () => {
    const env = { VOL_LABEL: "2", VOL_GIVE_UP: "1" };
    const plan = await project.preview(env);
    expect(plan.status, plan.text).to.equal(0);
    expect(plan.text).to.contain('Volume "volcli-data" is deleted with its data.');
    expect(docker("exec", "volcli-app", "cat", "/data/file"), "a preview changes nothing").to.equal("precious");
    const up = await project.up(env);
    expect(up.status, up.text).to.equal(0);
    expect((await inspectVolume(daemon.engine, "volcli-data"))?.Labels).to.include({ v: "2" });
    expect(docker("exec", "volcli-app", "ls", "/data")).to.equal("");
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  it("B2: a volume that is there is refused, adopted on request, and survives the destroy", async () => {
    docker("volume", "create", "volcli-old");
    docker("run", "--rm", "-v", "volcli-old:/data", "slipway-test/busybox:1", "sh", "-c", "echo precious > /data/file");
    const env = { VOL_LABEL: "2", VOL_GIVE_UP: "1" };
    const refused = await project.preview({ ...env, VOL_ADOPT: "no" });
    expect(refused.status).not.to.equal(0);
    expect(refused.text).to.contain(
      'Volume "volcli-old": name "volcli-old" is the name of a volume that is there already',
    );
    const up = await project.up({ ...env, VOL_ADOPT: "yes" });
    expect(up.status, up.text).to.equal(0);
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(gone.text).to.contain('Volume "volcli-old" stays with its data: it was there before the stack.');
    expect(docker("volume", "ls", "-q")).to.equal("volcli-old");
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  });
});
