import { execFileSync } from "node:child_process";
import { expect } from "chai";
import {
  createContainer,
  inspectContainer,
  listContainers,
  removeContainer,
  startContainer,
} from "../../daemon/container";
import { inspectImage, tagImage } from "../../daemon/image";
import { createNetwork } from "../../daemon/network";
import type { Properties } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ResourceLife } from "../support/life";
import { canonical } from "../support/recordings";

const type = "docker:index/container:Container";
const image = "slipway-test/busybox:1";
const base: Properties = { image, command: ["sleep", "1000"], destroyGraceSeconds: 0, stopTimeout: 0 };

// What somebody else changed on the daemon: reconciliation.md, C7 and D1 to D4.
describe("drift of a container", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  const lives: ResourceLife[] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
    for (const name of ["drift-net", "drift-net2"]) await createNetwork(daemon.engine, { Name: name });
  });

  afterEach(async () => {
    for (const life of lives.splice(0)) await life.destroy();
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  function docker(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" }).trim();
  }

  async function begin(name: string, program: Properties): Promise<ResourceLife> {
    const life = new ResourceLife(daemon.engine, type, name);
    lives.push(life);
    await life.up(program);
    return life;
  }

  async function inspect(life: ResourceLife) {
    const seen = await inspectContainer(daemon.engine, life.id);
    if (seen === undefined) throw new Error("the container is gone");
    return seen;
  }

  /** One change behind the program's back: the plan names the input, shows what is there, and `up` repairs it in place. */
  interface Case {
    readonly row: string;
    readonly program: Properties;
    readonly change: (id: string) => void;
    readonly plan: Readonly<Record<string, string>>;
    readonly seen: Properties;
    /** How the container shows that it is repaired. */
    readonly repaired: (life: ResourceLife) => Promise<unknown>;
    readonly equal: unknown;
  }

  const hosts = async (life: ResourceLife) => (await inspect(life)).HostConfig;
  const networks = async (life: ResourceLife) =>
    Object.keys((await inspect(life)).NetworkSettings?.Networks ?? {}).sort();
  const state = async (life: ResourceLife) => (await inspect(life)).State?.Status;
  const file = async (life: ResourceLife) => docker("exec", life.id, "sh", "-c", "cat /etc/a; stat -c %a /etc/a");

  const cases: readonly Case[] = [
    {
      row: "D1: taken off its network",
      program: { ...base, networksAdvanced: [{ name: "drift-net", aliases: ["a"] }, { name: "drift-net2" }] },
      change: (id) => docker("network", "disconnect", "drift-net", id),
      plan: { "networksAdvanced[0]": "ADD" },
      seen: { networksAdvanced: [{ name: "drift-net2" }] },
      repaired: async (life) => (await inspect(life)).NetworkSettings?.Networks?.["drift-net"]?.Aliases?.includes("a"),
      equal: true,
    },
    {
      row: "D1: taken off the default bridge",
      program: base,
      change: (id) => docker("network", "disconnect", "bridge", id),
      plan: { networkMode: "UPDATE" },
      seen: { networkMode: "bridge (disconnected)" },
      repaired: networks,
      equal: ["bridge"],
    },
    {
      row: "D1: a further network attached",
      program: { ...base, networksAdvanced: [{ name: "drift-net" }] },
      change: (id) => docker("network", "connect", "--alias", "x", "drift-net2", id),
      plan: { "networksAdvanced[1]": "DELETE" },
      seen: { networksAdvanced: [{ name: "drift-net" }, { name: "drift-net2", aliases: ["x"] }] },
      repaired: networks,
      equal: ["drift-net"],
    },
    {
      row: "D1: connected again without its alias",
      program: { ...base, networksAdvanced: [{ name: "drift-net", aliases: ["a"] }] },
      change: (id) => {
        docker("network", "disconnect", "drift-net", id);
        docker("network", "connect", "drift-net", id);
      },
      plan: { "networksAdvanced[0]": "UPDATE" },
      seen: { networksAdvanced: [{ name: "drift-net" }] },
      repaired: async (life) => (await inspect(life)).NetworkSettings?.Networks?.["drift-net"]?.Aliases?.includes("a"),
      equal: true,
    },
    {
      row: "D1: paused",
      program: base,
      change: (id) => docker("pause", id),
      plan: { mustRun: "UPDATE" },
      seen: { mustRun: false },
      repaired: state,
      equal: "running",
    },
    {
      row: "C7: stopped",
      program: { ...base, ports: [{ internal: 80, external: 22201 }] },
      change: (id) => docker("stop", "-t", "0", id),
      plan: { mustRun: "UPDATE" },
      seen: { mustRun: false },
      repaired: state,
      equal: "running",
    },
    {
      row: "C7: renamed",
      program: { ...base, name: "drift-renamed" },
      change: (id) => docker("rename", id, "somebody-elses-name"),
      plan: { name: "UPDATE" },
      seen: { name: "somebody-elses-name" },
      repaired: async (life) => (await inspect(life)).Name,
      equal: "/drift-renamed",
    },
    {
      row: "D1: an uploaded file overwritten",
      program: {
        ...base,
        uploads: [
          { file: "/etc/a", content: "good\n" },
          { file: "/etc/b", content: "b" },
        ],
      },
      change: (id) => docker("exec", id, "sh", "-c", "echo evil > /etc/a"),
      plan: { "uploads[0]": "UPDATE" },
      seen: {
        uploads: [
          { file: "/etc/a", content: "sha256:… (overwritten in the container)" },
          { file: "/etc/b", content: "b" },
        ],
      },
      repaired: file,
      equal: "good\n644",
    },
    {
      row: "D1: an uploaded file removed",
      program: { ...base, uploads: [{ file: "/etc/a", contentBase64: "Z29vZAo=", permissions: "0600" }] },
      change: (id) => docker("exec", id, "rm", "/etc/a"),
      plan: { "uploads[0]": "UPDATE" },
      seen: { uploads: [{ file: "/etc/a", contentBase64: "/etc/a (gone from the container)", permissions: "0600" }] },
      repaired: file,
      equal: "good\n600",
    },
    {
      row: "D1: the mode of an uploaded file changed",
      program: { ...base, uploads: [{ file: "/etc/a", content: "good\n" }] },
      change: (id) => docker("exec", id, "chmod", "4755", "/etc/a"),
      plan: { "uploads[0]": "UPDATE" },
      seen: { uploads: [{ file: "/etc/a", content: "good\n", permissions: "4755 (changed in the container)" }] },
      repaired: file,
      equal: "good\n644",
    },
    {
      row: "D2: docker update of declared limits and of the restart policy",
      program: { ...base, memory: 64, cpuShares: 512, cpus: "0.5", restart: "unless-stopped", pidsLimit: 100 },
      change: (id) =>
        docker(
          "update",
          "--memory",
          "32m",
          "--memory-swap",
          "64m",
          "--cpu-shares",
          "100",
          "--cpus",
          "0.1",
          "--restart",
          "no",
          "--pids-limit",
          "7",
          id,
        ),
      plan: { cpuShares: "UPDATE", cpus: "UPDATE", memory: "UPDATE", pidsLimit: "UPDATE", restart: "UPDATE" },
      seen: { memory: 32, cpuShares: 100, cpus: "0.1", restart: "no", pidsLimit: 7 },
      repaired: async (life) => {
        const { Memory, MemorySwap, CpuShares, NanoCpus, PidsLimit, RestartPolicy } = (await hosts(life)) ?? {};
        return [Memory, MemorySwap, CpuShares, NanoCpus, PidsLimit, RestartPolicy?.Name];
      },
      equal: [64 * 2 ** 20, 128 * 2 ** 20, 512, 5e8, 100, "unless-stopped"],
    },
    {
      row: "D2: docker update of limits that the program does not name",
      program: base,
      change: (id) =>
        docker(
          "update",
          "--memory",
          "64m",
          "--memory-swap",
          "100m",
          "--pids-limit",
          "7",
          "--cpu-quota",
          "5000",
          "--restart",
          "always",
          id,
        ),
      plan: { cpuQuota: "DELETE", memory: "DELETE", memorySwap: "DELETE", pidsLimit: "DELETE", restart: "UPDATE" },
      seen: { memory: 64, memorySwap: 100, pidsLimit: 7, cpuQuota: 5000, restart: "always" },
      repaired: async (life) => {
        const { MemorySwap, PidsLimit, CpuQuota, RestartPolicy } = (await hosts(life)) ?? {};
        return [MemorySwap, PidsLimit, CpuQuota, RestartPolicy?.Name];
      },
      equal: [-1, 0, -1, "no"],
    },
  ];

  for (const one of cases) {
    it(`${one.row}: seen, and repaired in place`, async () => {
      const life = await begin("case", one.program);
      const { id } = life;
      one.change(id);
      const did = await life.up(one.program);
      expect(did.plan).to.deep.equal(one.plan);
      expect(did.did).to.equal("update");
      for (const [name, value] of Object.entries(one.seen)) {
        const text = canonical(did.seen[name] ?? null).replace(/"__defaults":\[[^\]]*\],?/g, "");
        expect(text.replace(/sha256:[0-9a-f]{64}/g, "sha256:…"), name).to.equal(canonical(value ?? null));
      }
      expect(life.id).to.equal(id);
      expect(await one.repaired(life)).to.deep.equal(one.equal);
      expect((await life.up(one.program)).did, "settles in one up").to.equal("nothing");
    });
  }

  it("D1: an image that was retagged is seen, and the container replaced by one of the new image", async () => {
    const { engine } = daemon;
    await tagImage(engine, "slipway-test/busybox:1", "slipway-test/moving", "1");
    const program = { ...base, image: "slipway-test/moving:1" };
    const life = await begin("moved", program);
    await tagImage(engine, "slipway-test/busybox:2", "slipway-test/moving", "1");
    const did = await life.up(program);
    expect(did.plan).to.deep.equal({ image: "UPDATE_REPLACE" });
    expect(did.seen["image"]).to.match(/^[0-9a-f]{12} \(slipway-test\/moving:1 is now [0-9a-f]{12}\)$/);
    expect((await inspect(life)).Image).to.equal((await inspectImage(engine, "slipway-test/busybox:2"))?.Id);
    expect((await life.up(program)).did).to.equal("nothing");
  });

  it("D1: a reference that is gone from the daemon is seen, and given back to the image that runs", async () => {
    const { engine } = daemon;
    await tagImage(engine, "slipway-test/busybox:1", "slipway-test/going", "1");
    const program = { ...base, image: "slipway-test/going:1" };
    const life = await begin("gone", program);
    const { id } = life;
    docker("rmi", "-f", "slipway-test/going:1");
    const did = await life.up(program);
    expect(did.plan).to.deep.equal({ image: "UPDATE" });
    expect(did.seen["image"]).to.match(/^[0-9a-f]{12} \(slipway-test\/going:1 is gone from this daemon\)$/);
    expect((await inspectImage(engine, "slipway-test/going:1"))?.Id).to.equal((await inspect(life)).Image);
    expect(life.id).to.equal(id);
    expect((await life.up(program)).did).to.equal("nothing");
    docker("rmi", "-f", "slipway-test/going:1");
  });

  it("D1: a container that somebody made anew with its labels is known again, and everything that differs is in the plan", async () => {
    const program: Properties = {
      ...base,
      name: "drift-anew",
      envs: ["A=1", "B=2"],
      labels: [{ label: "a", value: "1" }],
      ports: [{ internal: 80, external: 22202 }],
      volumes: [{ volumeName: "drift-volume", containerPath: "/v" }],
      healthcheck: { tests: ["CMD", "true"], interval: "60s" },
      user: "1000",
      init: true,
    };
    const life = await begin("anew", program);
    const { Config = {}, HostConfig = {} } = await inspect(life);
    await removeContainer(daemon.engine, life.id, { force: true, volumes: false });
    const body = {
      ...Config,
      Hostname: "",
      Env: ["A=1", "B=3", "C=4"],
      Labels: { ...Config.Labels, a: "2" },
      User: "2000",
      WorkingDir: "/tmp",
      Healthcheck: { Test: ["NONE"] },
      StopSignal: "SIGUSR1",
      ExposedPorts: { "81/tcp": {} },
      HostConfig: {
        ...HostConfig,
        Init: false,
        Binds: ["drift-volume:/w"],
        PortBindings: { "81/tcp": [{ HostPort: "22203" }] },
        CapAdd: ["NET_ADMIN"],
        Dns: ["10.1.1.1"],
        ReadonlyRootfs: true,
        ShmSize: 2 ** 20,
        Tmpfs: { "/run": "" },
        LogConfig: { Type: "local" as const, Config: {} },
        Ulimits: [{ Name: "nofile", Soft: 100, Hard: 100 }],
      },
    };
    const made = await createContainer(daemon.engine, "drift-anew", body);
    await startContainer(daemon.engine, made.Id ?? "");
    const did = await life.up(program);
    expect(did.did).to.equal("replace");
    expect([...new Set(Object.keys(did.plan).map((path) => path.replace(/[.[].*/, "")))].sort()).to.deep.equal(
      "capabilities dns envs healthcheck init labels logDriver ports readOnly shmSize stopSignal tmpfs ulimits user volumes workingDir".split(
        " ",
      ),
    );
    expect(did.plan).to.include({
      "envs[1]": "UPDATE_REPLACE",
      "envs[2]": "DELETE_REPLACE",
      "labels[0]": "UPDATE_REPLACE",
    });
    expect((await inspect(life)).Config?.Env).to.include.members(["A=1", "B=2"]);
    expect((await life.up(program)).did).to.equal("nothing");
    expect(await listContainers(daemon.engine, { name: ["drift-anew"] })).to.have.length(1);
  });

  it("D2: a removed container is made again", async () => {
    const life = await begin("removed", { ...base, name: "drift-removed" });
    docker("rm", "-f", life.id);
    expect((await life.up({ ...base, name: "drift-removed" })).did).to.equal("create");
    expect((await inspect(life)).State?.Running).to.equal(true);
  });

  it("D3: a stranger that took the name is refused, named and left alone", async () => {
    const program = { ...base, name: "drift-name" };
    const life = await begin("stranger", program);
    docker("rm", "-f", life.id);
    const stranger = docker("run", "-d", "--name", "drift-name", image, "sleep", "1000");
    const error = await life.up(program).catch((failure: unknown) => String(failure));
    expect(error).to.contain(stranger.slice(0, 12)).and.to.contain("drift-name");
    expect((await inspectContainer(daemon.engine, stranger))?.State?.Running).to.equal(true);
    docker("rm", "-f", stranger);
    expect((await life.up(program)).did).to.equal("create");
  });

  it("D4: the outputs have the port that the daemon chose last", async () => {
    const program = { ...base, ports: [{ internal: 80 }, { internal: 81 }] };
    const life = await begin("port", program);
    const taken = (index: number) => JSON.stringify(life.state["ports"]).match(/"external":(\d+)/g)?.[index];
    const before = [taken(0), taken(1)];
    docker("stop", "-t", "0", life.id);
    docker("start", life.id);
    expect((await life.up(program)).did).to.equal("nothing");
    const bound = (await inspect(life)).NetworkSettings?.Ports ?? {};
    const now = [bound["80/tcp"], bound["81/tcp"]].map((list) => `"external":${list?.[0]?.HostPort}`);
    expect([taken(0), taken(1)]).to.deep.equal(now);
    expect(now, "the daemon gave others").not.to.deep.equal(before);
  });

  it("one that is meant to end and to go is not made again", async () => {
    const program = { ...base, command: ["true"], rm: true, mustRun: false };
    const life = await begin("done", program);
    for (let tries = 0; tries < 50 && (await inspectContainer(daemon.engine, life.id)) !== undefined; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await inspectContainer(daemon.engine, life.id)).to.equal(undefined);
    expect((await life.up(program)).did).to.equal("nothing");
  });
});
