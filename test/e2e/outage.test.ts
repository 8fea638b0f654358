import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { createContainer, inspectContainer, listContainers, startContainer } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { Prober } from "../support/prober";
import { type Answer, PulumiProject } from "../support/pulumi";

/** One bad edit of the serving container: inputs that are laid over the good ones, and options of the resource. */
interface Edit {
  readonly what: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
  /** True where it is among those of `npm test`. */
  readonly isShort?: true;
  /** Ends the command like Ctrl-C, so many milliseconds after the new container has started. */
  readonly cancelAfter?: number;
}

const serve = "httpd -f -p 80 -h /www & trap 'kill $!; exit' TERM; wait";
const health = (test: string, more: object = {}) => ({
  wait: true,
  healthcheck: { tests: ["CMD-SHELL", test], interval: "300ms", timeout: "1s", retries: 2, ...more },
});

const edits: readonly Edit[] = [
  // What can be known is refused in preview.
  { what: "host port 99999", args: { ports: [{ internal: 80, external: 99999 }] } },
  { what: "a host port of another container", args: { ports: [{ internal: 80, external: 24311 }] }, isShort: true },
  { what: "a host port of a process of this host", args: { ports: [{ internal: 80, external: 24312 }] } },
  { what: "a network that is not there", args: { networksAdvanced: [{ name: "outage-nowhere" }] } },
  { what: "the network of a container that is not there", args: { networkMode: "container:outage-nobody" } },
  { what: "the name of another container", args: { name: "outage-stranger" } },
  { what: "a variable without a name", args: { envs: ["=1"] } },
  { what: "a restart policy that is none", args: { restart: "sometimes" } },
  {
    what: "a container path that is not absolute",
    args: { volumes: [{ volumeName: "outage-data", containerPath: "data" }] },
  },
  // The rest fails only when work has begun.
  { what: "an image that is nowhere", args: { image: "127.0.0.1:24313/nobody/nothing:1" } },
  { what: "a command that is not there", args: { command: ["/no/such/binary"] }, isShort: true },
  { what: "an entrypoint that is not there", args: { entrypoints: ["/no/such/entry"] } },
  {
    what: "a command that exits with 3",
    args: { command: ["sh", "-c", "echo config is broken; exit 3"] },
    isShort: true,
  },
  { what: "a command that exits with 0", args: { command: ["true"] } },
  { what: "a command that exits after 0.8 s", args: { command: ["sh", "-c", "sleep 0.8; exit 4"] } },
  {
    what: "a crash loop under restart: always",
    args: { command: ["sh", "-c", "sleep 0.2; exit 5"], restart: "always" },
    isShort: true,
  },
  {
    what: "a crash loop under restart: on-failure",
    args: { command: ["false"], restart: "on-failure", maxRetryCount: 20 },
  },
  { what: "a health check that fails", args: health("echo not yet; exit 1"), isShort: true },
  { what: "a health check that is not there", args: health("/no/such/check") },
  { what: "a health check that hangs", args: health("sleep 10", { timeout: "500ms" }) },
  { what: "not healthy in its time", args: { ...health("exit 1", { startPeriod: "60s" }), waitTimeout: 2 } },
  {
    what: "healthy only after its custom timeout",
    args: health("exit 1", { startPeriod: "60s" }),
    options: { customTimeouts: { create: "3s" } },
  },
  {
    what: "exits while its health is awaited",
    args: { ...health("exit 1", { startPeriod: "60s" }), command: ["sh", "-c", "sleep 1; exit 6"] },
  },
  { what: "cancelled while its health is awaited", args: health("exit 1", { startPeriod: "60s" }), cancelAfter: 700 },
  { what: "a user that is not there", args: { user: "nobody-of-that-name" } },
  { what: "a working folder that is a file", args: { workingDir: "/bin/busybox" } },
  { what: "a file mounted over a folder", args: { volumes: [{ hostPath: "/etc/hostname", containerPath: "/www" }] } },
  {
    what: "a volume driver that is not there",
    args: {
      mounts: [
        { type: "volume", source: "outage-odd", target: "/odd", volumeOptions: { driverName: "no-such-driver" } },
      ],
    },
  },
  { what: "an upload below a file", args: { uploads: [{ file: "/bin/busybox/page", content: "x" }] } },
  {
    what: "a static address outside of the subnet",
    args: { networksAdvanced: [{ name: "outage-net", ipv4Address: "10.99.1.1" }] },
  },
  {
    what: "a static address that is in use",
    args: { networksAdvanced: [{ name: "outage-net", ipv4Address: "10.214.77.50" }] },
  },
  { what: "a sysctl that the kernel lacks", args: { sysctls: { "net.ipv4.no_such_thing": "1" } } },
  { what: "a device that is not there", args: { devices: [{ hostPath: "/dev/no-such-device" }] } },
  { what: "a runtime that is not there", args: { runtime: "no-such-runtime" } },
  { what: "an option its log driver lacks", args: { logDriver: "json-file", logOpts: { "no-such-option": "1" } } },
  { what: "a stop signal that is none", args: { stopSignal: "SIGNOTHING" } },
  { what: "a host name longer than the kernel takes", args: { hostname: "h".repeat(90) } },
  { what: "a tmpfs option that is none", args: { tmpfs: { "/scratch": "no_such_option=1" } } },
];

const program = `import * as docker from "@pulumi/docker";
const edit = JSON.parse(process.env["EDIT"] ?? "{}");
const net = new docker.Network("net", { name: "outage-net", ipamConfigs: [{ subnet: "10.214.77.0/24" }] });
const data = new docker.Volume("data", { name: "outage-data" });
new docker.Container("published", {
  image: "slipway-test/busybox:1",
  name: "outage-published",
  command: ["sh", "-c", ${JSON.stringify(serve)}],
  ports: [{ internal: 80, external: 24310 }],
  networksAdvanced: [{ name: net.name }],
  volumes: [{ volumeName: data.name, containerPath: "/data" }, { containerPath: "/cache" }],
  uploads: [{ file: "/www/index.html", content: "published" }],
  stopTimeout: 3,
  ...(process.env["TARGET"] === "published" ? edit.args : {}),
}, process.env["TARGET"] === "published" ? edit.options : {});
new docker.Container("beside", {
  image: "slipway-test/busybox:1",
  name: "outage-beside",
  command: ["sh", "-c", ${JSON.stringify(serve)}],
  networksAdvanced: [{ name: net.name }],
  uploads: [{ file: "/www/index.html", content: "beside" }],
  stopTimeout: 3,
  ...(process.env["TARGET"] === "beside" ? edit.args : {}),
}, process.env["TARGET"] === "beside" ? edit.options : {});
`;

const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const tried = isWhole ? edits : edits.filter((edit) => edit.isShort);
const title = `${tried.length} bad edits of a serving container (reconciliation.md, A1)`;

describe(isWhole ? title : `${title} (shortened: ${tried.length} of ${edits.length})`, function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;
  let server: Server;
  const rows: string[][] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({ name: "outage", daemon, program });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    const image = "slipway-test/busybox:1";
    const taken = { PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "24311" }] } };
    const published = { ExposedPorts: { "80/tcp": {} }, HostConfig: taken };
    await stranger("outage-stranger", { Image: image, Cmd: ["sleep", "10000"], ...published });
    const endpoint = { "outage-net": { IPAMConfig: { IPv4Address: "10.214.77.50" } } };
    const inNet = { HostConfig: { NetworkMode: "outage-net" }, NetworkingConfig: { EndpointsConfig: endpoint } };
    await stranger("outage-neighbour", { Image: image, Cmd: ["sleep", "10000"], ...inNet });
    server = createServer().listen(24312, "0.0.0.0");
    await once(server, "listening");
  });

  after(async () => {
    server?.close();
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
    print();
  });

  async function stranger(name: string, body: object): Promise<void> {
    const made = await createContainer(daemon.engine, name, body);
    await startContainer(daemon.engine, made.Id ?? "");
  }

  for (const target of ["published", "beside"] as const) {
    // Beside each other nothing needs to stop, so a sample of the edits says as much as all of them.
    const some = target === "published" ? tried : tried.filter((edit, index) => edit.isShort && index % 2 === 1);
    for (const edit of some) {
      it(`${target}: ${edit.what}`, async () => {
        const name = `outage-${target}`;
        const before = await inspectContainer(daemon.engine, name);
        const address = before?.NetworkSettings?.Networks?.["outage-net"]?.IPAddress ?? "";
        const prober = new Prober(target === "published" ? "http://127.0.0.1:24310/" : `http://${address}/`);
        await sleep(300);
        prober.reset();
        const env = { EDIT: JSON.stringify({ args: edit.args, options: edit.options ?? {} }), TARGET: target };
        const failed = await up(env, edit.cancelAfter);
        await sleep(300);
        const watch = prober.watch();
        prober.stop();
        const after = await inspectContainer(daemon.engine, name);
        const isSame = after?.Id === before?.Id;
        const starts = after?.State?.StartedAt === before?.State?.StartedAt ? 0 : 1;
        const phase = /^Updating /m.test(failed.text) ? "up" : "preview";
        const reason = reasonOf(failed.text);
        rows.push([
          target,
          edit.what,
          phase,
          String(watch.longestGap),
          isSame ? "same" : "OTHER",
          String(starts),
          reason,
        ]);

        expect(failed.status, failed.text).not.to.equal(0);
        expect(isSame, failed.text).to.equal(true);
        expect(after?.State?.Running, failed.text).to.equal(true);
        if (phase === "preview") expect(starts, "a preview touches nothing").to.equal(0);
        if (target === "beside") expect(starts, "nothing collides, so nothing is stopped").to.equal(0);
        expect(watch.answered, "answers after the failure").to.be.greaterThan(10);
        const left = await listContainers(daemon.engine, { label: ["io.slipway.urn"] });
        expect(left.map((one) => one.Names?.[0]).sort()).to.deep.equal(["/outage-beside", "/outage-published"]);
        expect(reason, failed.text).not.to.equal("");
      });
    }
  }

  it("and after all of them the good program has nothing to do", async () => {
    const up = await project.up({}, "--expect-no-changes");
    expect(up.status, up.text).to.equal(0);
    if (isWhole) {
      expect(rows.length).to.be.greaterThan(29);
      expect(rows.filter((row) => row[2] === "up").length).to.be.greaterThan(14);
    }
  });

  /** Preview and update in one command; the cancel waits for the new container. */
  async function up(env: Readonly<Record<string, string>>, cancelAfter: number | undefined): Promise<Answer> {
    if (cancelAfter === undefined) return project.pulumi(["up", "--yes"], env);
    const run = await project.begin(["up", "--yes"], env);
    for (;;) {
      const found = await listContainers(daemon.engine, { status: ["running"], label: ["io.slipway.replaces"] });
      if (found.some((one) => one.Names?.[0]?.includes("-next-"))) break;
      await sleep(50);
    }
    await sleep(cancelAfter);
    run.child.kill("SIGINT");
    return run.answer;
  }

  function print(): void {
    const head = ["target", "edit", "fails in", "longest gap, ms", "container id", "restarts", "reason"];
    const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
    for (const row of [head, ...rows]) {
      console.log(
        `      ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}`,
      );
    }
  }
});

/** The first line of the diagnostics that says what is wrong. */
function reasonOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim().replace(/^error: (Preview failed: )?/, ""));
  const line = lines.find((one) => /^(Container|Image) "/.test(one)) ?? lines.find((one) => /has a problem/.test(one));
  return (line ?? "").slice(0, 150);
}
