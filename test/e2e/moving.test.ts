import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

const plain = `import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { movedToDocker } from "slipway";
pulumi.runtime.registerStackTransformation(movedToDocker);
const image = new docker.Image("app", { imageName: "moving-app", skipPush: true, build: { context: "app" } });
const net = new docker.Network("net", { name: "moving-net" });
const data = new docker.Volume("data", { name: "moving-data" });
new docker.Container("web", {
  name: "moving-web", image: image.repoDigest, restart: "unless-stopped", envs: ["COLOUR=red"],
  networksAdvanced: [{ name: net.name, aliases: ["web"] }],
  volumes: [{ volumeName: data.name, containerPath: "/data" }],
  ports: [{ internal: 80, external: 21921 }],
});
`;

const components = `import * as pulumi from "@pulumi/pulumi";
import { Container, Image, movedFromDocker, Network, Volume } from "slipway";
pulumi.runtime.registerStackTransformation(movedFromDocker);
const image = new Image("app", { name: "moving-app", context: "app" });
const net = new Network("net", { name: "moving-net" });
const data = new Volume("data", { name: "moving-data" });
new Container("web", {
  name: "moving-web", image, env: { COLOUR: "red" },
  networks: [{ network: net, aliases: ["web"] }],
  mounts: [{ volume: data, target: "/data" }],
  ports: ["21921:80"],
});
`;

// The page docs/moving.md, both ways.
describe("a stack of @pulumi/docker", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    const dockerfile = 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n';
    project = PulumiProject.make({ name: "moving", daemon, program: plain, files: { "app/Dockerfile": dockerfile } });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  const identity = async () => {
    const seen = await inspectContainer(daemon.engine, "moving-web");
    return { id: seen?.Id, started: seen?.State?.StartedAt };
  };

  for (const [way, program] of [
    ["moves to the components", components],
    ["and back", plain],
  ] as const) {
    it(`${way} without a replacement, a deletion or a restart`, async () => {
      const before = await identity();
      project.write("index.ts", program);
      const up = await project.up();
      expect(up.status, up.text).to.equal(0);
      expect(up.text, "no replacement, no update").not.to.match(/\d+ (replaced|updated)|\+-\d/);
      expect(up.text, "only components go").not.to.match(/docker:index:\w+ \w+ delet/);
      expect(await identity()).to.deep.equal(before);
      const again = await project.up({}, "--expect-no-changes");
      expect(again.status, again.text).to.equal(0);
    });
  }
});
