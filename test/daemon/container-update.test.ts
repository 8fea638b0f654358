import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { createNetwork } from "../../daemon/network";
import type { Properties } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ResourceLife } from "../support/life";
import { missing } from "../support/matching";

const type = "docker:index/container:Container";
const mebibyte = 2 ** 20;
const base: Properties = {
  image: "slipway-test/busybox:1",
  command: ["sleep", "1000"],
  destroyGraceSeconds: 0,
  stopTimeout: 0,
};

// What the program changes: reconciliation.md, C1, C3, C6, C7.
describe("changes of a container in place", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  const lives: ResourceLife[] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    for (const name of ["update-net", "update-net2", "update-net3"]) await createNetwork(daemon.engine, { Name: name });
  });

  afterEach(async () => {
    for (const life of lives.splice(0)) await life.destroy();
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  it("restartTriggers: one that changes restarts it in its place, the first ones do not", async () => {
    const life = new ResourceLife(daemon.engine, type, "triggered");
    lives.push(life);
    const inputs = { ...base, name: "triggered" };
    await life.up(inputs);
    const started = async () => (await inspectContainer(daemon.engine, "triggered"))?.State?.StartedAt;
    const first = await started();
    const { id } = life;
    await life.up({ ...inputs, restartTriggers: ["a"] });
    expect(await started()).to.equal(first);
    expect(await life.up({ ...inputs, restartTriggers: ["b"] })).to.include({ did: "update" });
    expect(life.id).to.equal(id);
    const second = await started();
    expect(second).not.to.equal(first);
    await life.up({ ...inputs, restartTriggers: ["b"] });
    await life.up(inputs);
    expect(await started()).to.equal(second);
  });

  it("securityOpts: systempaths=unconfined hides nothing, is there without drift, and goes by a replacement", async () => {
    const life = begin("open-paths");
    const inputs = { ...base, name: "open-paths", securityOpts: ["systempaths=unconfined", "no-new-privileges"] };
    await life.up(inputs);
    const { HostConfig } = await inspect(life);
    expect(HostConfig).to.deep.include({ MaskedPaths: [], ReadonlyPaths: [], SecurityOpt: ["no-new-privileges"] });
    const mounted = (path: string) => within(life, "cat", "/proc/mounts").includes(` ${path} `);
    expect(mounted("/proc/sys")).to.equal(false);
    expect(await life.up(inputs)).to.include({ did: "nothing" });
    expect(await life.up({ ...inputs, securityOpts: ["no-new-privileges"] })).to.include({ did: "replace" });
    expect(mounted("/proc/sys")).to.equal(true);
    expect(await life.up({ ...inputs, securityOpts: ["no-new-privileges"] })).to.include({ did: "nothing" });
  });

  function begin(name: string): ResourceLife {
    const life = new ResourceLife(daemon.engine, type, name);
    lives.push(life);
    return life;
  }

  async function inspect(life: ResourceLife) {
    const seen = await inspectContainer(daemon.engine, life.id);
    if (seen === undefined) throw new Error("the container is gone");
    return seen;
  }

  /** A command in the container, as the kernel shows it there. */
  function within(life: ResourceLife, ...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, "exec", life.id, ...words], { encoding: "utf8" }).trim();
  }

  function cgroup(life: ResourceLife, file: string): string {
    const controller = file.split(".")[0] ?? "";
    return within(life, "cat", `/sys/fs/cgroup/${controller}/${file}`);
  }

  // The files are those of cgroup v1; with v2 `docker inspect` alone is the oracle.
  const hasFiles = existsSync("/sys/fs/cgroup/memory");
  const none = "9223372036854771712";
  /** Steps of one container: inputs, what `docker inspect` says then, and the kernel's files; it is never replaced. */
  const series: readonly {
    readonly row: string;
    readonly steps: readonly {
      readonly inputs: Properties;
      readonly host: object;
      readonly kernel?: Readonly<Record<string, string>>;
    }[];
  }[] = [
    {
      row: "C3: memory 64 to 256, removed, unset to 64, with memorySwap, without limit",
      steps: [
        { inputs: { memory: 64 }, host: { Memory: 64 * mebibyte, MemorySwap: 128 * mebibyte } },
        {
          inputs: { memory: 256 },
          host: { Memory: 256 * mebibyte, MemorySwap: 512 * mebibyte },
          kernel: { "memory.limit_in_bytes": `${256 * mebibyte}`, "memory.memsw.limit_in_bytes": `${512 * mebibyte}` },
        },
        { inputs: {}, host: { MemorySwap: -1 }, kernel: { "memory.limit_in_bytes": `${2 ** 52}` } },
        {
          inputs: { memory: 64 },
          host: { Memory: 64 * mebibyte, MemorySwap: 128 * mebibyte },
          kernel: { "memory.limit_in_bytes": `${64 * mebibyte}`, "memory.memsw.limit_in_bytes": `${128 * mebibyte}` },
        },
        { inputs: { memory: 64, memorySwap: 80 }, host: { Memory: 64 * mebibyte, MemorySwap: 80 * mebibyte } },
        {
          inputs: { memory: 64, memorySwap: -1 },
          host: { Memory: 64 * mebibyte, MemorySwap: -1 },
          kernel: { "memory.memsw.limit_in_bytes": `${2 ** 53}` },
        },
        { inputs: { memoryBytes: 50_000_000 }, host: { Memory: 50_000_000 } },
        {
          inputs: { memory: 128, memoryReservation: 32 },
          host: { Memory: 128 * mebibyte, MemoryReservation: 32 * mebibyte },
        },
      ],
    },
    {
      row: "C1: cpuQuota and cpuPeriod, removed, and cpus on a container that had a quota",
      steps: [
        { inputs: { cpuQuota: 50_000 }, host: { CpuQuota: 50_000 } },
        {
          inputs: { cpuQuota: 20_000, cpuPeriod: 50_000 },
          host: { CpuQuota: 20_000, CpuPeriod: 50_000 },
          kernel: { "cpu.cfs_quota_us": "20000", "cpu.cfs_period_us": "50000" },
        },
        { inputs: {}, host: {}, kernel: { "cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000" } },
        { inputs: { cpus: "0.25" }, host: {}, kernel: { "cpu.cfs_quota_us": "25000", "cpu.cfs_period_us": "100000" } },
      ],
    },
    {
      row: "C1: cpus, cpuSet, cpuShares, pidsLimit and restart policy",
      steps: [
        { inputs: {}, host: { NanoCpus: 0 } },
        {
          inputs: { cpus: "0.5", cpuSet: "0", cpuShares: 512, pidsLimit: 50 },
          host: { NanoCpus: 5e8, CpusetCpus: "0", CpuShares: 512, PidsLimit: 50 },
          kernel: { "cpu.cfs_quota_us": "50000", "cpu.shares": "512", "pids.max": "50" },
        },
        {
          inputs: { cpus: "1.5", cpuSet: "0-1", cpuShares: 256, restart: "on-failure", maxRetryCount: 3 },
          host: { NanoCpus: 1.5e9, CpusetCpus: "0-1", RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } },
          kernel: { "pids.max": "max" },
        },
        {
          inputs: { cpus: "1.5", cpuSet: "0-1", cpuShares: 256, restart: "unless-stopped" },
          host: { RestartPolicy: { Name: "unless-stopped", MaximumRetryCount: 0 } },
        },
        { inputs: { cpus: "1.5", cpuSet: "0-1", cpuShares: 256 }, host: { RestartPolicy: { Name: "no" } } },
      ],
    },
  ];

  for (const { row, steps } of series) {
    it(`${row}: all in place, each settles`, async () => {
      const life = begin("series");
      for (const [index, { inputs, host, kernel = {} }] of steps.entries()) {
        const before = life.id;
        const did = await life.up({ ...base, ...inputs });
        const at = `step ${index}, ${JSON.stringify(inputs)}`;
        expect(did.did, at).to.equal(index === 0 ? "create" : "update");
        if (index > 0) expect(life.id, at).to.equal(before);
        expect(missing((await inspect(life)).HostConfig, host), at).to.deep.equal([]);
        for (const [file, value] of Object.entries(hasFiles ? kernel : {}))
          expect(cgroup(life, file), `${at}: ${file}`).to.equal(value);
        expect(await life.preview({ ...base, ...inputs }), `${at}, once more`).to.deep.equal({});
      }
    });
  }

  it("C3: what was lifted in place stays lifted when the container is started again", async () => {
    const life = begin("lifted");
    await life.up({ ...base, memory: 64 });
    await life.up(base);
    execFileSync("docker", ["-H", daemon.host, "restart", "-t", "0", life.id]);
    if (hasFiles) {
      expect(cgroup(life, "memory.limit_in_bytes")).to.equal(`${2 ** 52}`);
      expect(cgroup(life, "memory.memsw.limit_in_bytes")).to.equal(none);
    }
    expect(await life.preview(base)).to.deep.equal({});
  });

  // The Engine takes zero for "as it is", so these come back with a new container only.
  for (const inputs of [{ cpuShares: 512 }, { cpuSet: "0" }, { cpus: "0.5" }, { memoryReservation: 32 }]) {
    it(`C2: ${Object.keys(inputs)[0]} removed: a new container, the daemon's default`, async () => {
      const life = begin("removed");
      await life.up({ ...base, ...inputs });
      expect((await life.up(base)).did).to.equal("replace");
      const host = (await inspect(life)).HostConfig;
      const left = [host?.CpuShares, host?.NanoCpus, host?.MemoryReservation, host?.CpusetCpus?.length];
      expect(left).to.deep.equal([0, 0, 0, 0]);
    });
  }

  it("C1: a limit that the daemon refuses is named, and the container stays as it was", async () => {
    const life = begin("refused");
    await life.up({ ...base, name: "update-refused", cpuSet: "0" });
    const { id } = life;
    const error = await life
      .up({ ...base, name: "update-refused", cpuSet: "0,77" })
      .catch((failure: unknown) => String(failure));
    expect(error).to.match(/Container "update-refused" can't have its limits changed in place: .*77/);
    expect((await inspect(life)).State?.Running).to.equal(true);
    expect((await life.up({ ...base, name: "update-refused", cpuSet: "0" })).did).to.equal("nothing");
    expect(life.id).to.equal(id);
  });

  it("C6: networks are connected and disconnected live, aliases and addresses changed", async () => {
    const life = begin("networks");
    const program = (...networksAdvanced: Properties[]): Properties => ({ ...base, networksAdvanced });
    await life.up(program({ name: "update-net", aliases: ["one"] }));
    const { id } = life;
    const started = (await inspect(life)).State?.StartedAt;
    const networks = async () => Object.keys((await inspect(life)).NetworkSettings?.Networks ?? {}).sort();

    const added = await life.up(program({ name: "update-net", aliases: ["one"] }, { name: "update-net2" }));
    expect(added.did).to.equal("update");
    expect(added.plan).to.deep.equal({ "networksAdvanced[1]": "ADD" });
    expect(await networks()).to.deep.equal(["update-net", "update-net2"]);

    const alias = await life.up(program({ name: "update-net", aliases: ["two", "one"] }, { name: "update-net2" }));
    expect(alias.did).to.equal("update");
    expect((await inspect(life)).NetworkSettings?.Networks?.["update-net"]?.Aliases).to.include.members(["one", "two"]);

    // The network that it was made on is no exception.
    expect((await life.up(program({ name: "update-net3", aliases: ["three"] }))).did).to.equal("update");
    expect(await networks()).to.deep.equal(["update-net3"]);
    expect(within(life, "nslookup", "three", "127.0.0.11")).to.contain("Address:");

    // Back to the default bridge: no list of networks any more.
    expect((await life.up(base)).did).to.equal("update");
    expect(await networks()).to.deep.equal(["bridge"]);
    expect(life.id).to.equal(id);
    expect((await inspect(life)).State?.StartedAt).to.equal(started);
    expect((await life.up(base)).did).to.equal("nothing");
    execFileSync("docker", ["-H", daemon.host, "restart", "-t", "0", id]);
    expect(await networks()).to.deep.equal(["bridge"]);
  });

  it("C6: a network that is not there is named, and the container keeps its old one", async () => {
    const life = begin("nowhere");
    const program = { ...base, name: "update-nowhere", networksAdvanced: [{ name: "update-net" }] };
    await life.up(program);
    const wrong = { ...program, networksAdvanced: [{ name: "update-none" }] };
    const error = await life.up(wrong).catch((failure: unknown) => String(failure));
    expect(error).to.contain("update-none");
    expect(Object.keys((await inspect(life)).NetworkSettings?.Networks ?? {})).to.deep.equal(["update-net"]);
    expect((await life.up(program)).did).to.equal("nothing");
  });

  it("E7: a folder of the host that is not there is refused in preview, unless the daemon is asked to make it", async () => {
    const folder = join(tmpdir(), `slipway-bind-${process.pid}`);
    const life = begin("folder");
    const volumes = (more: Properties): Properties => ({
      ...base,
      name: "update-folder",
      volumes: [{ hostPath: folder, containerPath: "/b", ...more }],
    });
    for (const attempt of [() => life.preview(volumes({})), () => life.up(volumes({}))]) {
      const error = await attempt().catch((failure: unknown) => String(failure));
      expect(error).to.contain(
        `Container "update-folder": volumes[0].hostPath "${folder}" is not there. Make it, or let`,
      );
    }
    const mounts = { ...base, name: "update-folder", mounts: [{ type: "bind", source: folder, target: "/b" }] };
    const error = await life.preview(mounts).catch((failure: unknown) => String(failure));
    expect(error).to.contain(`mounts[0].source "${folder}" is not there.`).and.to.contain("bindOptions");
    expect(existsSync(folder)).to.equal(false);
    await life.up(volumes({ createHostPath: true }));
    expect(existsSync(folder)).to.equal(true);
    expect((await life.up(volumes({ createHostPath: true }))).did).to.equal("nothing");
    rmSync(folder, { recursive: true });
    // As a mount it is made too, by whatever version of the Engine API.
    const options = { propagation: "rprivate", createHostPath: true };
    const asked = { ...mounts, mounts: [{ ...mounts.mounts[0], bindOptions: options, readOnly: true }] };
    expect((await life.up(asked)).did).to.equal("replace");
    expect((await inspect(life)).HostConfig?.Binds).to.deep.equal([`${folder}:/b:ro,rprivate`]);
    expect((await life.up(asked)).did).to.equal("nothing");
    rmSync(folder, { recursive: true });
  });

  it("C10: what this daemon is too old for is refused in preview, or said to have no effect", async function () {
    if (Number(daemon.engine.apiVersion.split(".")[1]) >= 43) this.skip();
    const life = begin("old");
    const asked = {
      ...base,
      annotations: { a: "b" },
      mounts: [
        { type: "image", source: "slipway-test/busybox:1", target: "/i" },
        { type: "volume", source: "update-volume", target: "/s", volumeOptions: { subpath: "x" } },
      ],
    };
    const error = await life.preview(asked).catch((failure: unknown) => String(failure));
    expect(error).to.contain("annotations needs Engine 24 (API 1.43), and the daemon speaks API 1.41");
    expect(error)
      .to.contain("mounts[0].type needs Engine 28")
      .and.to.contain("mounts[1].volumeOptions.subpath needs Engine 26");
  });

  it("C7: another name is given in place", async () => {
    const life = begin("name");
    await life.up({ ...base, name: "update-name" });
    const { id } = life;
    expect((await life.up({ ...base, name: "update-other" })).did).to.equal("update");
    expect(life.id).to.equal(id);
    expect((await inspect(life)).Name).to.equal("/update-other");
  });

  it("C1: start taken back stops it, given back starts it", async () => {
    const life = begin("start");
    await life.up({ ...base, mustRun: false });
    expect((await life.up({ ...base, mustRun: false, start: false })).did).to.equal("update");
    expect((await inspect(life)).State?.Running).to.equal(false);
    expect((await life.up({ ...base, mustRun: false, start: false })).did).to.equal("nothing");
    expect((await life.up(base)).did).to.equal("update");
    expect((await inspect(life)).State?.Running).to.equal(true);
  });
});
