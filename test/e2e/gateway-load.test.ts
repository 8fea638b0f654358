import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { addGatewayApp, setVersion } from "../support/gateway-app";
import { makeHaproxyImage, makeNewestHaproxyImage } from "../support/haproxy";
import { Load, originOf, report } from "../support/load";
import { PulumiProject } from "../support/pulumi";

const port = 22010;
const rate = 500;
const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const shortened = isWhole ? "" : " (shortened)";

const program = (base: string, image: string): string => `import { App, Gateway, Job } from "slipway";
const { MODE = "", REPLICAS = "2", MIGRATION = "0" } = process.env;
const gateway = new Gateway("door", {
  http: ${port}, image: "${image}", drainTimeout: "15s",
  routes: { web: { port: 3000, health: "/healthz" } },
});
const migration = new Job("migration", {
  image: "slipway-test/busybox:1",
  command: ["sh", "-c", "echo table is locked; exit $CODE"], env: { CODE: MIGRATION },
});
new App("web", {
  image: { context: "app", args: { BASE: "${base}" } },
  replicas: Number(REPLICAS),
  env: { MODE },
  ...(MODE === "missing" ? { command: ["/no/such/binary"] } : {}),
  route: gateway.routes.web,
  health: { http: "/healthz", port: MODE === "elsewhere" ? 3001 : 3000, interval: "1s", retries: 2 },
  healthTimeout: "20s",
  stopTimeout: "10s",
  dependsOn: [migration],
});
`;

// The promise that Slipway is for (issue 5, 2): whatever is rolled out, well or badly, no request is lost.
describe(`an App behind a Gateway under ${rate} requests a second`, function () {
  this.timeout(900_000);
  // The tests follow upon each other under one load.
  this.retries(0);
  let daemon: PrivateDaemon;
  let project: PulumiProject;
  let load: Load | undefined;
  let version = 1;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    // In full on what users get by default, shortened on what this machine's Debian has.
    const image = isWhole ? makeNewestHaproxyImage(daemon) : makeHaproxyImage(daemon);
    const base = await ensureStandInBase(daemon.engine, () => {});
    project = PulumiProject.make({
      name: "load",
      daemon,
      program: program(base, image),
    });
    addGatewayApp(project);
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    load = await Load.start({ origin: await originOf(daemon, "load-dev-door"), rate });
  });

  after(async () => {
    load?.kill();
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  async function ids(count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, index) => `load-dev-web-${index + 1}`);
    return Promise.all(names.map(async (name) => (await inspectContainer(daemon.engine, name))?.Id ?? "none"));
  }

  const updates = isWhole ? 10 : 2;
  it(`${updates} image updates go through${shortened}`, async () => {
    load?.mark(`${updates} updates of two replicas`);
    for (let count = 0; count < updates; count++) {
      const before = await ids(2);
      version++;
      setVersion(project, `${version}`);
      const up = await project.up();
      expect(up.status, up.text).to.equal(0);
      expect(await ids(2)).to.not.include.members(before);
    }
  });

  const failing = [
    ["crashes at its start", { MODE: "crash" }, "stopped with exit code 7|keeps ending"],
    ["never becomes healthy", { MODE: "sick" }, "is unhealthy"],
    ["listens on another port than the routed one", { MODE: "elsewhere" }, "does not see the new container healthy"],
    ["has no such binary", { MODE: "missing" }, "is no program of the image"],
    ["has a migration that fails", { MIGRATION: "3", MODE: "new" }, "exit code 3"],
  ] as const;
  for (const [what, env, reason] of isWhole ? failing : failing.slice(0, 1)) {
    it(`a version that ${what} changes nothing${shortened}`, async () => {
      load?.mark(`a version that ${what}`);
      const before = await ids(2);
      const up = await project.up(env);
      expect(up.status, up.text).not.to.equal(0);
      expect(up.text, up.text).to.match(new RegExp(reason));
      expect(await ids(2)).to.deep.equal(before);
    });
  }

  it("it is scaled from 2 to 5 to 1", async () => {
    load?.mark("scaled from 2 to 5 to 1");
    for (const count of [5, 1]) {
      const up = await project.up({ REPLICAS: `${count}` });
      expect(up.status, up.text).to.equal(0);
      expect(await listContainers(daemon.engine, { status: ["running"] })).to.have.length(count + 1);
    }
  });

  it("no request was lost", async () => {
    if (load === undefined) throw new Error("no load");
    const seconds = load.seconds;
    const { all, parts } = await load.stop();
    load = undefined;
    for (const [what, part] of parts) report(what, part);
    report(`all, ${Math.round(seconds)} s`, all);
    expect(all.failed).to.deep.equal([]);
    expect(all.sent / seconds).to.be.greaterThan(rate * 0.95);
    expect([...all.bodies].sort()).to.deep.equal(Array.from({ length: version }, (_, index) => `${index + 1}`).sort());
  });
});
