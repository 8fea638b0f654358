import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { Checkout } from "../support/checkout";
import { makeBaseImage } from "../support/dockerd";
import { type PrivatePodman, startPodman } from "../support/podman";
import { PulumiProject } from "../support/pulumi";

const isAll = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const port = 22581;
const check = (command: string) => ({
  healthcheck: { tests: ["CMD", command], interval: "1s", retries: 1 },
  wait: true,
  waitTimeout: 60,
});
const sick = check("false");

// Rows A and C of reconciliation.md that Podman's Docker API can keep, and what it says of those that it can't.
(isAll ? describe : describe.skip)("Podman's Docker API (test:all only)", function () {
  this.timeout(240_000);
  let daemon: PrivatePodman;
  let project: PulumiProject;

  before(async () => {
    daemon = await startPodman();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "pod",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const env = (name: string, otherwise: string) => process.env[name] ?? otherwise;
const net = new docker.Network("net", { name: "pod-net", ipamConfigs: [{ subnet: env("SUBNET", "10.89.7.0/24") }] });
const other = new docker.Network("other", { name: "pod-other" });
const data = new docker.Volume("data", { name: "pod-data" });
const networks = [{ name: net.name, aliases: ["web"] }, ...(process.env["TWO"] ? [{ name: other.id }] : [])];
const serve = "trap 'echo bye >> /data/said; exit 0' TERM; while :; do sleep 0.1; done";
new docker.Container(env("RESOURCE", "web"), {
  image: env("IMAGE", "slipway-test/busybox:1"),
  name: "pod-web",
  command: process.env["WEB_COMMAND"]?.split(" ") ?? ["sh", "-c", serve],
  envs: ["COLOUR=" + env("COLOUR", "red")],
  networksAdvanced: networks,
  volumes: [{ volumeName: data.name, containerPath: "/data" }, { containerPath: "/cache" }],
  ports: [
    { internal: 80, external: Number(env("PORT", "${port}")), protocol: env("PROTOCOL", "tcp") },
    { internal: 80, external: ${port + 1} },
    { internal: 81 },
  ],
  workingDir: process.env["WORKING_DIR"] ?? "/tmp",
  stopTimeout: 5,
  ...(process.env["MEMORY"] ? { memory: Number(process.env["MEMORY"]) } : {}),
  ...JSON.parse(env("MORE", "{}")),
}, { aliases: [] });
`,
    });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
  });

  type Env = Readonly<Record<string, string>>;

  async function serving() {
    const seen = await inspectContainer(daemon.engine, "pod-web");
    expect(seen?.State?.Running, "the container runs").to.equal(true);
    const { Config: config, NetworkSettings: network, State: state } = seen ?? {};
    const networks = Object.keys(network?.Networks ?? {}).sort();
    return { id: seen?.Id ?? "", env: config?.Env ?? [], user: config?.User, networks, startedAt: state?.StartedAt };
  }

  async function up(env: Env = {}): Promise<void> {
    const done = await project.up(env);
    expect(done.status, done.text).to.equal(0);
  }

  async function settled(env: Env = {}): Promise<void> {
    const before = await serving();
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    expect(await serving()).to.deep.equal(before);
  }

  it("the hello stack is built, serves, is left alone by a second up, and goes", async () => {
    const checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
    const slipway = (...words: string[]) =>
      checkout.start([...daemon.enter, process.execPath, checkout.path("dist/bin/slipway.js"), ...words]).ended;
    try {
      checkout.configure({ port: String(port + 2), greeting: "Hello" });
      const first = await slipway("up");
      expect(first.status, first.text).to.equal(0);
      expect(first.text).to.contain(`http://localhost:${port + 2} answers 200`);
      const second = await slipway("up", "--expect-no-changes");
      expect(second.status, second.text).to.equal(0);
      const gone = await slipway("destroy");
      expect(gone.status, gone.text).to.equal(0);
      expect(await listContainers(daemon.engine, {})).to.have.length(0);
    } finally {
      checkout.remove();
    }
  });

  it("C4: a container with networks, volumes and ports comes up, and other spellings change nothing", async () => {
    await up();
    await settled();
    await settled({ PROTOCOL: "TCP", WORKING_DIR: "/tmp/" });
  });

  it("A2: a changed variable replaces it, after its stop signal and with its anonymous volume", async () => {
    const cache = async () =>
      (await inspectContainer(daemon.engine, "pod-web"))?.Mounts?.find((one) => one.Destination === "/cache")?.Name;
    const [before, volume] = [await serving(), await cache()];
    await up({ COLOUR: "blue" });
    const after = await serving();
    expect(after.id).not.to.equal(before.id);
    expect(after.env).to.include("COLOUR=blue");
    expect(await cache()).to.equal(volume);
    expect(daemon.podman("exec", "pod-web", "cat", "/data/said")).to.equal("bye");
  });

  for (const [what, env, message] of [
    ["a command that is not there", { WEB_COMMAND: "nosuch" }, "nosuch"],
    ["a command that exits at once", { WEB_COMMAND: "ls /nowhere" }, 'Container "pod-web" stopped with exit code 1'],
    ["a port that is none", { PORT: "99999" }, 'ports[0].external "99999" is not a port.'],
    ["an unknown network", { MORE: '{"networksAdvanced":[{"name":"nosuch"}]}' }, '"nosuch"'],
    ["a variable without a value", { MORE: '{"envs":["BARE"]}' }, "Podman's Docker API drops it"],
    ["C12: a health check that fails", { MORE: JSON.stringify(sick) }, "is unhealthy"],
    ["C3: a new memory limit", { MEMORY: "64" }, "Podman has no POST /containers/…/update in its Docker API"],
  ] as const) {
    it(`A1: ${what} leaves the old container serving, same id, and is told`, async () => {
      const before = await serving();
      const failed = await project.up({ COLOUR: "blue", ...env });
      expect(failed.status).not.to.equal(0);
      expect(failed.text, failed.text).to.contain(message);
      if ("WEB_COMMAND" in env) expect(failed.text).to.contain("runs as before");
      expect((await serving()).id).to.equal(before.id);
      expect(await listContainers(daemon.engine, {})).to.have.length(1);
    });
  }

  it("C12: one that becomes healthy is waited for", async () => {
    const well = { COLOUR: "blue", MORE: JSON.stringify(check("true")) };
    await up(well);
    expect((await inspectContainer(daemon.engine, "pod-web"))?.State?.Health?.Status).to.equal("healthy");
    await settled(well);
    await up({ COLOUR: "blue" });
  });

  it("A3: after kill -9 of an up the next one converges", async () => {
    const run = await project.begin(["up", "--yes", "--skip-preview"], { COLOUR: "green" });
    for (let tries = 0; tries < 200 && (await listContainers(daemon.engine, {})).length < 2; tries++) await sleep(100);
    run.child.kill("SIGKILL");
    await run.answer;
    expect((await project.pulumi(["cancel", "--yes"])).status).to.equal(0);
    await up({ COLOUR: "green" });
    expect((await serving()).env).to.include("COLOUR=green");
    expect(await listContainers(daemon.engine, {})).to.have.length(1);
    await settled({ COLOUR: "green" });
    await up({ COLOUR: "blue" });
  });

  it("A8: another clone of the project touches nothing of this one", async () => {
    const before = await serving();
    const clone = PulumiProject.make({ name: "pod", daemon, program: project.read("index.ts") });
    try {
      const failed = await clone.up();
      expect(failed.status).not.to.equal(0);
      expect(failed.text, failed.text).to.match(/is the name of a (network|volume) that is there already/);
      expect((await clone.destroy()).status).to.equal(0);
    } finally {
      clone.remove();
    }
    expect(await serving()).to.deep.equal(before);
  });

  it("A9: another spelling of its address is the same Podman", async () => {
    await settled({ COLOUR: "blue", DOCKER_HOST: daemon.host.replace("unix:///", "unix:////") });
  });

  it("C8, C9: a preview of an image names the file that changed, and builds nothing", async () => {
    const image = `import * as docker from "@pulumi/docker";
new docker.Image("built", { imageName: "pod/built:1", skipPush: true, build: { context: "app" } });
`;
    const files = { "app/Dockerfile": "FROM slipway-test/busybox:1\nCOPY a.txt /\n", "app/a.txt": "one" };
    const images = PulumiProject.make({ name: "podimage", daemon, program: image, files });
    const id = () => daemon.podman("image", "inspect", "-f", "{{.Id}}", "pod/built:1");
    try {
      const made = await images.up();
      expect(made.status, made.text).to.equal(0);
      const before = id();
      images.write("app/a.txt", "two");
      const plan = await images.preview();
      expect(plan.text).to.contain("will be rebuilt").and.to.contain("a.txt");
      expect(id()).to.equal(before);
      const again = await images.up();
      expect(again.status, again.text).to.equal(0);
      expect(id()).not.to.equal(before);
      expect((await images.destroy()).status).to.equal(0);
    } finally {
      images.remove();
    }
  });

  it("A4: the container moves to another resource", async () => {
    await up({ COLOUR: "blue", RESOURCE: "site" });
    expect(await listContainers(daemon.engine, {})).to.have.length(1);
    await settled({ COLOUR: "blue", RESOURCE: "site" });
    await up({ COLOUR: "blue" });
    await settled({ COLOUR: "blue" });
  });

  it("A7: a network gets another subnet, and the container on it runs on", async () => {
    const { id } = await serving();
    await up({ COLOUR: "blue", SUBNET: "10.89.8.0/24" });
    expect((await serving()).id).to.equal(id);
    await settled({ COLOUR: "blue", SUBNET: "10.89.8.0/24" });
    await up({ COLOUR: "blue" });
  });

  it("C1, C2: inputs are applied, and gone with the program's word for them", async () => {
    const more = {
      COLOUR: "blue",
      MORE: '{"user":"1000","tmpfs":{"/scratch":"size=1m"},"labels":[{"label":"a","value":"1"}]}',
    };
    await up(more);
    expect((await serving()).user).to.equal("1000");
    await settled(more);
    await up({ COLOUR: "blue" });
    expect((await serving()).user).to.be.oneOf(["", undefined]);
    await settled({ COLOUR: "blue" });
  });

  it("C6: a network is attached and detached where the container runs", async () => {
    const { id } = await serving();
    await up({ COLOUR: "blue", TWO: "1" });
    expect(await serving())
      .to.include({ id })
      .and.to.deep.include({ networks: ["pod-net", "pod-other"] });
    await settled({ COLOUR: "blue", TWO: "1" });
    await up({ COLOUR: "blue" });
    expect(await serving())
      .to.include({ id })
      .and.to.deep.include({ networks: ["pod-net"] });
  });

  it("C7: one that was stopped is started, one that was renamed gets its name back", async () => {
    const { id } = await serving();
    daemon.podman("stop", "-t", "0", "pod-web");
    await up({ COLOUR: "blue" });
    expect((await serving()).id).to.equal(id);
    execFileSync("docker", ["-H", daemon.host, "rename", "pod-web", "pod-elsewhere"]);
    await up({ COLOUR: "blue" });
    expect((await serving()).id).to.equal(id);
  });

  it("a swarm, a plugin and a question to a registry: refused, in words", async () => {
    const refused = async (path: string): Promise<string> =>
      daemon.engine.json("GET", path).then(
        () => "answered",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    expect(await refused("/services")).to.equal("Podman has no GET /services in its Docker API");
    expect(await refused("/plugins")).to.equal("Podman has no GET /plugins in its Docker API");
    expect(await refused("/distribution/alpine/json")).to.equal(
      "Podman has no GET /distribution/…/json in its Docker API",
    );
  });

  it("destroy leaves nothing", async () => {
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.have.length(0);
  });
});
