import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageInspect } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { createNetwork } from "../../daemon/network";
import { systemInfo } from "../../daemon/system";
import type { Properties } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ResourceLife } from "../support/life";
import { missing } from "../support/matching";

const isAll = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const base: Properties = {
  image: "slipway-test/busybox:1",
  command: ["sleep", "1000"],
  destroyGraceSeconds: 0,
  stopTimeout: 0,
};

// Inputs that Debian's Engine 20.10 is too old for: each is applied, shows no change afterwards, and goes again.
(isAll ? describe : describe.skip)("what a current Engine can do (test:all only)", function () {
  this.timeout(600_000);
  let daemon: PrivateDaemon;
  let folder: string;
  const lives: ResourceLife[] = [];

  before(async () => {
    daemon = await startDockerd({ engine: "current" });
    makeBaseImage(daemon);
    folder = mkdtempSync(join(tmpdir(), "slipway-current-"));
    mkdirSync(join(folder, "inner"));
    for (const name of ["now-net", "now-net2"]) await createNetwork(daemon.engine, { Name: name });
    docker(
      "run",
      "--rm",
      "-v",
      "now-data:/data",
      "slipway-test/busybox:1",
      "sh",
      "-c",
      "mkdir /data/a; echo x > /data/a/b",
    );
  });

  afterEach(async () => {
    for (const life of lives.splice(0)) await life.destroy();
  });

  after(async () => {
    await daemon?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const docker = (...words: string[]): string =>
    execFileSync("docker", ["-H", daemon.host, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();

  async function inspect(life: ResourceLife) {
    const seen = await inspectContainer(daemon.engine, life.id);
    if (seen === undefined) throw new Error("the container is gone");
    return seen;
  }

  it("speaks the newest API that Slipway knows, and keeps images in containerd", async () => {
    expect(daemon.engine.apiVersion).to.equal("1.56");
    const { DriverStatus } = await systemInfo(daemon.engine);
    expect(DriverStatus).to.deep.include(["driver-type", "io.containerd.snapshotter.v1"]);
    const image: ImageInspect = await daemon.engine.json("GET", "/images/slipway-test%2Fbusybox:1/json");
    // The id of an image is the digest of its manifest there.
    expect(Reflect.get(image, "Descriptor")).to.deep.include({ digest: image.Id });
  });

  /** Inputs, and what `docker inspect` says of them. */
  const steps: readonly { readonly what: string; readonly inputs: () => Properties; readonly seen: () => object }[] = [
    {
      what: "healthcheck.startInterval",
      inputs: () => ({
        healthcheck: { tests: ["CMD", "true"], interval: "30s", startPeriod: "20s", startInterval: "1s" },
      }),
      seen: () => ({ Config: { Healthcheck: { StartInterval: 1e9, StartPeriod: 20e9 } } }),
    },
    {
      what: "annotations",
      inputs: () => ({ annotations: { "org.example.owner": "me" } }),
      seen: () => ({ HostConfig: { Annotations: { "org.example.owner": "me" } } }),
    },
    {
      what: "a folder of a volume",
      inputs: () => ({
        mounts: [{ type: "volume", source: "now-data", target: "/part", volumeOptions: { subpath: "a" } }],
      }),
      seen: () => ({ HostConfig: { Mounts: [{ Source: "now-data", VolumeOptions: { Subpath: "a" } }] } }),
    },
    {
      what: "a folder of an image",
      inputs: () => ({
        mounts: [{ type: "image", source: "slipway-test/busybox:1", target: "/i", imageOptions: { subpath: "bin" } }],
      }),
      seen: () => ({ HostConfig: { Mounts: [{ Type: "image", ImageOptions: { Subpath: "bin" } }] } }),
    },
    {
      what: "a bind that is read-only, what is mounted below it not",
      inputs: () => ({
        mounts: [
          { type: "bind", source: folder, target: "/b", readOnly: true, bindOptions: { readOnlyNonRecursive: true } },
        ],
      }),
      seen: () => ({ HostConfig: { Mounts: [{ ReadOnly: true, BindOptions: { ReadOnlyNonRecursive: true } }] } }),
    },
    {
      what: "a bind that is read-only with all below it, or nothing",
      inputs: () => ({
        mounts: [
          {
            type: "bind",
            source: folder,
            target: "/b",
            readOnly: true,
            bindOptions: { readOnlyForceRecursive: true, propagation: "rprivate" },
          },
        ],
      }),
      seen: () => ({ HostConfig: { Mounts: [{ BindOptions: { ReadOnlyForceRecursive: true } }] } }),
    },
    {
      what: "macAddress and gwPriority of every network",
      inputs: () => ({
        networksAdvanced: [
          { name: "now-net", macAddress: "02:42:ac:11:00:10" },
          { name: "now-net2", macAddress: "02:42:ac:11:00:20", gwPriority: 5 },
        ],
      }),
      seen: () => ({
        NetworkSettings: {
          Networks: {
            "now-net": { MacAddress: "02:42:ac:11:00:10" },
            "now-net2": { MacAddress: "02:42:ac:11:00:20", GwPriority: 5 },
          },
        },
      }),
    },
  ];
  for (const { what, inputs, seen } of steps) {
    it(`${what}: applied, no change afterwards, and gone with the input`, async () => {
      const life = new ResourceLife(daemon.engine, "docker:index/container:Container", "now");
      lives.push(life);
      await life.up({ ...base, name: "now", ...inputs() });
      const made = await inspect(life);
      expect(missing(made, seen())).to.deep.equal([]);
      const again = await life.up({ ...base, name: "now", ...inputs() });
      expect(again.did, JSON.stringify(again.plan)).to.equal("nothing");
      expect((await inspect(life)).State?.StartedAt).to.equal(made.State?.StartedAt);
      expect((await life.up({ ...base, name: "now" })).did).to.be.oneOf(["update", "replace"]);
      expect(missing(await inspect(life), seen())).not.to.deep.equal([]);
      expect((await life.up({ ...base, name: "now" })).did).to.equal("nothing");
    });
  }

  it("gwPriority decides the gateway, and changes where the container runs", async () => {
    const life = new ResourceLife(daemon.engine, "docker:index/container:Container", "gw");
    lives.push(life);
    const program = (one: number, other: number): Properties => ({
      ...base,
      name: "gw",
      networksAdvanced: [
        { name: "now-net", gwPriority: one },
        { name: "now-net2", gwPriority: other },
      ],
    });
    const gateway = async (): Promise<string> => {
      const networks = (await inspect(life)).NetworkSettings?.Networks ?? {};
      const route = docker("exec", life.id, "ip", "route");
      const address = /default via (\S+)/.exec(route)?.[1];
      return Object.entries(networks).find(([, one]) => one.Gateway === address)?.[0] ?? route;
    };
    await life.up(program(1, 2));
    expect(await gateway()).to.equal("now-net2");
    const { id } = life;
    expect((await life.up(program(3, 2))).did).to.equal("update");
    expect(life.id).to.equal(id);
    expect(await gateway()).to.equal("now-net");
    expect((await life.up(program(3, 2))).did).to.equal("nothing");
  });

  it("what a folder of a volume or an image holds is what the container sees", async () => {
    const life = new ResourceLife(daemon.engine, "docker:index/container:Container", "sees");
    lives.push(life);
    await life.up({
      ...base,
      name: "sees",
      mounts: [
        { type: "volume", source: "now-data", target: "/part", volumeOptions: { subpath: "a" } },
        { type: "image", source: "slipway-test/busybox:1", target: "/image" },
      ],
    });
    expect(docker("exec", life.id, "cat", "/part/b")).to.equal("x");
    expect(docker("exec", life.id, "ls", "/image/bin/busybox")).to.equal("/image/bin/busybox");
  });
});
