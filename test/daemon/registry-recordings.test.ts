import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { systemInfo } from "../../daemon/system";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { LiveReplay } from "../support/live-replay";
import { pushPlugin } from "../support/plugin";
import { describeRecordings } from "../support/recordings";
import { type PrivateRegistry, pushList, pushTo, startRegistry } from "../support/registry";
import type { Deliberate } from "../support/replay";

const login = { username: "h7user", password: "h7pass" };

const types = [
  "docker:index/remoteImage:RemoteImage",
  "docker:index/registryImage:RegistryImage",
  "docker:index/tag:Tag",
  "docker:index/plugin:Plugin",
  "docker:index/getPlugin:getPlugin",
  "docker:index/getRegistryImage:getRegistryImage",
  "docker:index/getRegistryImageManifests:getRegistryImageManifests",
  "docker:index/getRemoteImage:getRemoteImage",
];

/** Where ours answers otherwise: the row of the contract, and why. */
const refused = "C10: what can't work is refused in preview";
const gone = "D1: a name that is gone, or leads elsewhere, is seen";
const importable = "an import by name works; there it does not exist";
const plain =
  "plain HTTP is spoken where the daemon would, with or without a login; there only with a login of http://";
const anonymous = "a registry without a login is asked without one, as the daemon does; there that is an error";
const deliberate: Deliberate = {
  "ri-missing/grpc.preview.jsonl Create RemoteImage": refused,
  "ri-build/grpc.refresh.jsonl Read RemoteImage":
    "E6: a replaced image's deletion leaves the new one; there it took it along",
  "im-remoteimage/grpc.import@1.jsonl Read RemoteImage": importable,
  "im-remoteimage/grpc.import.jsonl Read RemoteImage": importable,
  "pr-configfile/grpc.refresh.jsonl Read RemoteImage":
    "`keepLocally: false` of the program stays what it is; there it becomes null",
  "pr-noauth/grpc.preview.jsonl Create RemoteImage": refused,
  "pr-explicit/grpc.preview.jsonl Invoke getRegistryImage": plain,
  "pr-explicit/grpc.up.jsonl Invoke getRegistryImage": plain,
  "pr-explicit/grpc.preview2.jsonl Invoke getRegistryImage": plain,
  "rg-push/grpc.up.jsonl Create RegistryImage": anonymous,
  "rg-push/grpc.change.up.jsonl Create RegistryImage": anonymous,
  "rg-push/grpc.refresh.jsonl Read Tag": gone,
  "t-gone/grpc.refresh@1.jsonl Read Tag": gone,
  "t-gone/grpc.preview2.jsonl Diff Tag": gone,
  "t-gone/grpc.refresh@2.jsonl Read Tag": gone,
  "t-missing/grpc.preview.jsonl Create Tag": refused,
  "im-tag/grpc.import.jsonl Read Tag": importable,
  "f-all/grpc.preview.jsonl Invoke getRegistryImage": plain,
  "f-all/grpc.up.jsonl Invoke getRegistryImage": plain,
  "f-all/grpc.preview2.jsonl Invoke getRegistryImage": plain,
  "f-errors/grpc.preview.jsonl Invoke getRegistryImage": plain,
  "f-errors/grpc.up.jsonl Invoke getRegistryImage": plain,
};

const cases = {
  RemoteImage: [
    "ri-pull",
    "ri-gone",
    "ri-gone-destroy",
    "ri-missing",
    "ri-build",
    "ri-build-buildkit",
    "im-remoteimage",
  ],
  "RemoteImage behind a login": ["pr-configfile", "pr-noauth", "pr-explicit", "pr-explicit-ok"],
  RegistryImage: ["rg-auth", "rg-push", "rg-push-provider", "rg-build"],
  Tag: ["t-basic", "t-gone", "t-missing", "im-tag"],
  Plugin: ["p-basic", "p-grants", "im-plugin"],
  functions: ["f-all", "f-ok", "f-errors"],
} as const;

describeRecordings("images, registries, tags and plugins against the official plugin's recordings", function () {
  this.timeout(300_000);
  let open: PrivateRegistry;
  let closed: PrivateRegistry;
  let daemon: PrivateDaemon;
  let replay: LiveReplay;
  let config: string;
  let hasDigests: boolean;
  const before_ = process.env["DOCKER_CONFIG"];

  before(async () => {
    [open, closed] = await Promise.all([startRegistry(), startRegistry({ login })]);
    daemon = await startDockerd();
    const { DriverStatus } = await systemInfo(daemon.engine);
    hasDigests = JSON.stringify(DriverStatus).includes("io.containerd.snapshotter");
    // As the README of the recordings describes its fixtures.
    makeBaseImage(daemon, "2", "3");
    const tag = (from: string, to: string): Buffer =>
      execFileSync("docker", ["-H", daemon.host, "tag", `slipway-test/busybox:${from}`, to]);
    tag("1", "h7-busybox:1");
    tag("2", "h7-busybox:2");
    tag("3", "h7-tool:1");
    const one = await pushTo(open, daemon, "h7-busybox:1", "h7/base:1");
    const two = await pushTo(open, daemon, "h7-busybox:2", "h7/base:2");
    await pushTo(open, daemon, "h7-tool:1", "h7/tool:1");
    await pushTo(closed, daemon, "h7-tool:1", "h7/tool:1", login);
    await pushTo(open, daemon, "h7-busybox:1", "h7/list:a");
    await pushTo(open, daemon, "h7-busybox:2", "h7/list:b");
    await pushList(open, "h7/list:1", { amd64: one, arm64: two });
    await pushPlugin(daemon, `${open.host}/h7/plug:1`);
    for (const name of ["1", "2", "3"]) {
      execFileSync("docker", ["-H", daemon.host, "rmi", `slipway-test/busybox:${name}`], { stdio: "ignore" });
    }
    config = mkdtempSync(join(tmpdir(), "slipway-docker-config-"));
    process.env["DOCKER_CONFIG"] = config;
    const hosts = { "127.0.0.1:25050": open.host, "127.0.0.1:25051": closed.host };
    replay = new LiveReplay(daemon, hosts, types, deliberate);
  });

  after(async () => {
    if (before_ === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = before_;
    if (config !== undefined) rmSync(config, { recursive: true, force: true });
    await daemon?.stop();
    await Promise.all([open, closed].map((registry) => registry?.stop()));
  });

  for (const [what, names] of Object.entries(cases)) {
    it(what, async () => {
      const different: string[] = [];
      for (const name of names) different.push(...(await replay.play(name)));
      // The recordings are of an Engine without containerd's store, where only what a registry has seen has a digest.
      const left = hasDigests ? different.filter((line) => !/: \S+\.repoDigest "[^"]+" not ""$/.test(line)) : different;
      expect(left.join("\n")).to.equal("");
    });
  }

  it("nothing is excused that does not differ", () => {
    const excused = replay.excused.size;
    console.log(`      ${replay.compared - excused} of ${replay.compared} recorded calls equal, ${excused} deliberate`);
    expect([...replay.excused].sort()).to.deep.equal(Object.keys(deliberate).sort());
  });
});
