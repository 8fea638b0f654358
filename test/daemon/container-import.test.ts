import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { listOf, objectOf, type Properties, type Value } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ResourceLife } from "../support/life";

const type = "docker:index/container:Container";
const image = "slipway-test/busybox:1";

// Issue 4: import by full id, short id and name; a program written from the answer changes nothing.
describe("import of a container", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    docker("network", "create", "import-net");
    docker("network", "create", "import-net2");
    docker("run", "-d", "--name", "import-peer", image, "sleep", "1000");
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
  });

  function docker(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" }).trim();
  }

  /** The inputs as a user would write them down: without what the provider fills in. */
  function programOf(inputs: Properties): Properties {
    const strip = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(strip);
      if (typeof value !== "object" || value === null) return value;
      const filled: unknown = Reflect.get(value, "__defaults");
      const left = Object.entries(value).filter(
        ([name]) => name !== "__defaults" && !(Array.isArray(filled) && filled.includes(name)),
      );
      return Object.fromEntries(left.map(([name, item]) => [name, strip(item)]));
    };
    return strip(inputs) as Properties;
  }

  const runs: readonly { readonly words: readonly string[]; readonly program: Properties }[] = [
    { words: [], program: {} },
    {
      words: [
        "-e",
        "A=1",
        "--label",
        "a=1",
        "-p",
        "22301:80",
        "-p",
        "127.0.0.1::81/udp",
        "--restart",
        "always",
        "-m",
        "64m",
        "--cpus",
        "0.5",
      ],
      program: {
        cpus: "0.5",
        envs: ["A=1"],
        labels: [{ label: "a", value: "1" }],
        memory: 64,
        ports: [
          { internal: 80, external: 22301, protocol: "tcp" },
          { internal: 81, ip: "127.0.0.1", protocol: "udp" },
        ],
        restart: "always",
      },
    },
    {
      words: [
        "--network",
        "import-net",
        "--network-alias",
        "x",
        "--hostname",
        "h",
        "--workdir",
        "/tmp",
        "-u",
        "1000",
        "--init",
      ],
      program: {
        hostname: "h",
        init: true,
        networksAdvanced: [{ aliases: ["x"], name: "import-net" }],
        user: "1000",
        workingDir: "/tmp",
      },
    },
    { words: ["--network", "host", "--pid", "host"], program: { networkMode: "host", pidMode: "host" } },
    {
      words: [
        "-v",
        "import-volume:/v:ro",
        "-v",
        "/tmp:/t",
        "-v",
        "/anonymous",
        "--tmpfs",
        "/run:size=1m",
        "--mount",
        "type=tmpfs,target=/m",
      ],
      program: {
        mounts: [{ target: "/m", type: "tmpfs" }],
        tmpfs: { "/run": "size=1m" },
        volumes: [
          { containerPath: "/v", readOnly: true, volumeName: "import-volume" },
          { containerPath: "/t", hostPath: "/tmp" },
          { containerPath: "/anonymous" },
        ],
      },
    },
    {
      words: [
        "--cap-add",
        "NET_ADMIN",
        "--security-opt",
        "no-new-privileges",
        "--ulimit",
        "nofile=100:200",
        "--log-opt",
        "max-size=1m",
        "--shm-size",
        "1m",
        "--read-only",
        "--health-cmd",
        "true",
        "--health-interval",
        "60s",
        "--stop-signal",
        "USR1",
        "--stop-timeout",
        "3",
      ],
      program: {
        capabilities: { adds: ["CAP_NET_ADMIN"] },
        healthcheck: {
          interval: "1m0s",
          retries: 0,
          startInterval: "0s",
          startPeriod: "0s",
          tests: ["CMD-SHELL", "true"],
          timeout: "0s",
        },
        logOpts: { "max-size": "1m" },
        readOnly: true,
        securityOpts: ["no-new-privileges"],
        shmSize: 1,
        stopSignal: "USR1",
        stopTimeout: 3,
        ulimits: [{ hard: 200, name: "nofile", soft: 100 }],
      },
    },
    {
      words: [
        "--pids-limit",
        "50",
        "--expose",
        "90",
        "--oom-score-adj",
        "10",
        "--link",
        "import-peer:db",
        "--uts",
        "host",
        "-m",
        "50000000b",
      ],
      program: {
        exposedPorts: ["90/tcp"],
        links: ["import-peer:db"],
        memoryBytes: 50_000_000,
        oomScoreAdj: 10,
        pidsLimit: 50,
        utsMode: "host",
      },
    },
  ];

  /** Volumes are a set, and Engines list binds and named volumes in different orders. */
  function sorted({ volumes, ...rest }: Properties): Properties {
    const path = (volume: Value): string => String(objectOf(volume)["containerPath"]);
    return { ...rest, volumes: [...listOf(volumes)].sort((a, b) => path(a).localeCompare(path(b))) };
  }

  for (const [index, { words, program }] of runs.entries()) {
    it(`docker run ${words.join(" ")}: a program that says just that changes nothing`, async () => {
      const name = `imported-${index}`;
      const id = docker("run", "-d", "--name", name, ...words, image, "sleep", "1000");
      const life = new ResourceLife(daemon.engine, type, "imported");
      const forms = [id, id.slice(0, 12), name];
      for (const form of forms) {
        const inputs = await life.import(form);
        expect(life.id, form).to.equal(id);
        const written = programOf(inputs);
        const expected = { ...program, command: ["sleep", "1000"], image, name };
        expect(sorted(written)).to.deep.equal(sorted(expected));
        expect(await life.preview(written)).to.deep.equal({});
        expect((await life.up(written)).did).to.equal("nothing");
      }
      docker("rm", "-f", id);
    });
  }

  it("keeps what was imported when the program changes it: limits in place, the rest by a new container", async () => {
    const id = docker("run", "-d", "--name", "import-change", "-v", "/kept", image, "sleep", "1000");
    const life = new ResourceLife(daemon.engine, type, "change");
    const written = programOf(await life.import("import-change"));
    expect((await life.up({ ...written, memory: 64 })).did).to.equal("update");
    expect(life.id).to.equal(id);
    docker("exec", id, "sh", "-c", "echo data > /kept/file");
    expect((await life.up({ ...written, memory: 64, envs: ["A=1"], destroyGraceSeconds: 0 })).did).to.equal("replace");
    expect(docker("exec", life.id, "cat", "/kept/file")).to.equal("data");
    await life.destroy();
  });

  it("answers nothing for what is not there, also where another container of the resource is", async () => {
    const life = new ResourceLife(daemon.engine, type, "absent");
    await life.up({ image, command: ["sleep", "1000"], destroyGraceSeconds: 0 });
    const other = new ResourceLife(daemon.engine, type, "absent");
    await other.import("no-such-container");
    expect(other.id).to.equal("");
    await life.destroy();
  });
});
