import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { inspectVolume } from "../../daemon/volume";
import { ComposeCli } from "../support/compose-cli";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import type { Answer } from "../support/pulumi";
import { PulumiProject } from "../support/pulumi";

const file = `services:
  web:
    image: slipway-test/busybox:1
    command: [httpd, -f, -p, "80"]
    ports: ["21080:80"]
    environment: { MODE: fast, PRICE: "$$5", DB_PASSWORD: hush }
    volumes: ["./conf:/conf:ro", "cache:/cache", "/anonymous"]
    depends_on:
      db: { condition: service_healthy }
      once: { condition: service_completed_successfully }
    deploy: { resources: { limits: { memory: 64m, cpus: "0.5" } } }
    labels: { "traefik.enable": "true" }
    cap_add: [NET_ADMIN]
    stop_grace_period: 1s
    expose: ["9000"]
  db:
    image: slipway-test/busybox:1
    command: [sh, -c, "echo ready; touch /tmp/ready; sleep 1000"]
    healthcheck: { test: test -f /tmp/ready, interval: 200ms, timeout: 5s, retries: 50 }
    restart: unless-stopped
    stop_grace_period: 1s
    volumes: ["data:/data"]
    networks: { default: { aliases: [database] }, back: { priority: 10 } }
    extra_hosts: ["up=10.0.0.1"]
    configs: [{ source: greeting, target: /etc/greeting }]
  once:
    image: slipway-test/busybox:1
    command: ["true"]
  side:
    image: slipway-test/busybox:1
    command: [sleep, "1000"]
    stop_grace_period: 1s
    network_mode: service:web
    init: true
  worker:
    image: slipway-test/busybox:1
    command: [sleep, "1000"]
    stop_grace_period: 1s
    deploy: { replicas: 2 }
    tmpfs: ["/run:size=1m"]
volumes: { data: {}, cache: {} }
networks: { back: { internal: true } }
configs: { greeting: { content: "hello" } }
`;

const containers = ["db-1", "once-1", "side-1", "web-1", "worker-1", "worker-2"];

const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;

// The same files serve both tools, on the same objects.
describe("ComposeProject beside docker compose", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  let compose: ComposeCli;
  const projects: PulumiProject[] = [];

  before(async function () {
    // The first time docker compose is built from its Go module, beside other builds.
    this.timeout(1_200_000);
    compose = await ComposeCli.make();
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
  });

  after(async () => {
    for (const project of projects) project.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function make(name: string, args: string): PulumiProject {
    const program = `import { ComposeProject } from "slipway";
const shop = new ComposeProject("shop", { files: ["compose.yaml"], projectName: "${name}"${args} });
export const url = shop.services["web"]?.containers[0]?.url;
`;
    const project = PulumiProject.make({ name, daemon, program, files: { "compose.yaml": file, "conf/a": "1" } });
    projects.push(project);
    return project;
  }

  /** Ids and starts of a project's containers, by their names without the project's. */
  async function identities(project: string): Promise<Record<string, string>> {
    const seen = containers.map(async (name) => {
      const found = await inspectContainer(daemon.engine, `${project}-${name}`);
      return [name, `${found?.Id} ${found?.State?.StartedAt}`] as const;
    });
    return Object.fromEntries(await Promise.all(seen));
  }

  function isFine(answer: Answer): void {
    expect(answer.status, answer.text).to.equal(0);
  }

  it("is up for docker compose: up changes nothing; ps, logs, exec and down work on it", async () => {
    const shop = make("both", "");
    const docker = (...words: string[]) => compose.run(daemon.host, shop.folder, ["-p", "both", ...words]);
    isFine(await shop.up());
    isFine(await shop.up({}, "--expect-no-changes"));
    const { "once-1": done = "", ...before } = await identities("both");
    const up = await docker("up", "-d");
    isFine(up);
    expect(up.text).not.to.match(/Recreat|Creat/);
    const { "once-1": again = "", ...after } = await identities("both");
    expect(after).to.deep.equal(before);
    // Compose runs what has ended again at each up, in the same container.
    expect(again.split(" ")[0]).to.equal(done.split(" ")[0]);
    const ps = await docker("ps", "--format", "{{.Service}} {{.State}}");
    const running = ["db", "side", "web", "worker", "worker"].map((service) => `${service} running`);
    expect(ps.text.trim().split("\n").sort()).to.deep.equal(running);
    expect((await docker("logs", "db")).text).to.contain("ready");
    expect((await docker("exec", "-T", "web", "sh", "-c", "echo $PRICE; cat /conf/a")).text).to.equal("$5\n1");
    expect((await docker("exec", "-T", "db", "cat", "/etc/greeting")).text).to.equal("hello");
    isFine(await docker("down", "-t", "1"));
    expect(await inspectContainer(daemon.engine, "both-web-1")).to.equal(undefined);

    // What compose took down comes back, and what the stack takes down leaves the data.
    isFine(await shop.up());
    isFine(await shop.destroy());
    expect(await inspectContainer(daemon.engine, "both-web-1")).to.equal(undefined);
    expect((await inspectVolume(daemon.engine, "both_data"))?.Name).to.equal("both_data");
  });

  it("takes over what docker compose runs without a restart, and finds what compose made anew in between", async () => {
    const shop = make("takes", ', adopt: process.env["ADOPT"] === "yes"');
    const docker = (...words: string[]) => compose.run(daemon.host, shop.folder, ["-p", "takes", ...words]);
    isFine(await docker("up", "-d"));
    isFine(await docker("exec", "-T", "web", "sh", "-c", "echo kept > /anonymous/file"));
    const before = await identities("takes");

    const refused = await shop.preview();
    expect(refused.status).to.not.equal(0);
    expect(refused.text).to.contain("take it over with `adopt: true` of its ComposeProject");

    const adopting = { ADOPT: "yes" };
    isFine(await shop.preview(adopting));
    isFine(await shop.up(adopting));
    expect(await identities("takes")).to.deep.equal(before);
    isFine(await shop.up(adopting, "--expect-no-changes"));

    isFine(await docker("up", "-d", "--force-recreate", "--no-deps", "-t", "1", "worker", "web"));
    const between = await identities("takes");
    expect(between["worker-1"]).not.to.equal(before["worker-1"]);
    const next = await shop.preview(adopting);
    isFine(next);
    // It shares the name space of the container that compose made anew.
    expect(next.text).to.match(/1 to replace/);
    expect(next.text).not.to.match(/to (create|delete)/);
    isFine(await shop.up(adopting));
    const { "side-1": side, ...others } = await identities("takes");
    const { "side-1": stale, ...left } = between;
    expect(others).to.deep.equal(left);
    expect(side).not.to.equal(stale);
    expect((await docker("exec", "-T", "web", "cat", "/anonymous/file")).text).to.equal("kept\n");
    isFine(await shop.destroy());
  });

  (isWhole ? it : it.skip)(
    "slipway adopt --compose writes the program that takes over what runs, with its profiles and scale",
    async () => {
      const project = PulumiProject.make({
        name: "adopting",
        daemon,
        program: "export {};\n",
        files: { "compose/compose.yaml": adopted },
      });
      projects.push(project);
      const call = ["-p", "running", "-f", "compose/compose.yaml"];
      const docker = (...words: string[]) => compose.run(daemon.host, project.folder, [...call, ...words]);
      isFine(await docker("--profile", "tools", "up", "-d", "--scale", "worker=2"));
      const names = ["running-tool-1", "running-worker-1", "running-worker-2"];
      const idsOf = () => Promise.all(names.map(async (name) => (await inspectContainer(daemon.engine, name))?.Id));
      const before = await idsOf();

      isFine(await project.slipway(["adopt", "--compose", "running"]));
      expect(project.read("adopted.ts")).to.contain(`export const running = new ComposeProject("running", {
  files: ["compose/compose.yaml"],
  projectName: "running",
  profiles: ["tools"],
  scale: { worker: 2 },
  adopt: true,
});`);
      project.write("index.ts", 'import "./adopted";\n');
      isFine(await project.up());
      expect(await idsOf()).to.deep.equal(before);
      isFine(await project.up({}, "--expect-no-changes"));
      isFine(await project.destroy());
    },
  );
});

const adopted = `services:
  worker:
    image: slipway-test/busybox:1
    command: [sleep, "1000"]
    stop_grace_period: 1s
  tool:
    image: slipway-test/busybox:1
    command: [sleep, "1000"]
    stop_grace_period: 1s
    profiles: [tools]
`;
