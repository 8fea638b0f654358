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

const names = ["db-1", "once-1", "side-1", "web-1", "worker-1", "worker-2"].map((name) => `shop-${name}`);

// The same files serve both tools, on the same objects.
describe("ComposeProject beside docker compose", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  let compose: ComposeCli;
  const projects: PulumiProject[] = [];

  before(async () => {
    compose = ComposeCli.make();
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
  });

  after(async () => {
    for (const project of projects) project.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function make(name: string, args: string): PulumiProject {
    const program = `import { ComposeProject } from "slipway";
const shop = new ComposeProject("shop", { files: ["compose.yaml"], projectName: "shop"${args} });
export const url = shop.services["web"]?.containers[0]?.url;
`;
    const project = PulumiProject.make({ name, daemon, program, files: { "compose.yaml": file, "conf/a": "1" } });
    projects.push(project);
    return project;
  }

  async function identities(): Promise<Record<string, string>> {
    const seen = await Promise.all(names.map((name) => inspectContainer(daemon.engine, name)));
    return Object.fromEntries(seen.map((one, at) => [names[at] ?? "", `${one?.Id} ${one?.State?.StartedAt}`]));
  }

  function isFine(answer: Answer): void {
    expect(answer.status, answer.text).to.equal(0);
  }

  it("is up for docker compose: up changes nothing; ps, logs, exec and down work on it", async () => {
    const shop = make("both", "");
    const docker = (...words: string[]) => compose.run(daemon.host, shop.folder, ["-p", "shop", ...words]);
    isFine(await shop.up());
    isFine(await shop.up({}, "--expect-no-changes"));
    const before = await identities();
    const labelsBefore = Object.fromEntries(await Promise.all(names.map(async (n) => [n, (await inspectContainer(daemon.engine, n))?.Config?.Labels])));
    const up = await docker("up", "-d");
    isFine(up); for (const n of names) console.log(n, JSON.stringify(labelsBefore[n]), JSON.stringify((await inspectContainer(daemon.engine, n))?.Config?.Labels));
    console.log(up.text, (await docker("config", "--hash", "*")).text, JSON.stringify((await inspectContainer(daemon.engine, "shop-db-1"))?.Config?.Labels), JSON.stringify((await inspectContainer(daemon.engine, "shop-db-1"))?.NetworkSettings?.Networks));
    expect(up.text).not.to.match(/Recreat|Creat/);
    const { "shop-once-1": once, ...running } = await identities();
    // Compose runs what has ended again at each up; the container is the same.
    expect(once?.split(" ")[0]).to.equal(before["shop-once-1"]?.split(" ")[0]);
    expect(running).to.deep.equal(Object.fromEntries(Object.entries(before).filter(([name]) => name !== "shop-once-1")));
    const ps = await docker("ps", "--format", "{{.Service}} {{.State}}");
    expect(ps.text.trim().split("\n").sort()).to.deep.equal(
      ["db running", "side running", "web running", "worker running", "worker running"],
    );
    expect((await docker("logs", "db")).text).to.contain("ready");
    expect((await docker("exec", "-T", "web", "sh", "-c", "echo $PRICE; cat /conf/a")).text).to.equal("$5\n1\n");
    expect((await docker("exec", "-T", "db", "cat", "/etc/greeting")).text).to.equal("hello");
    isFine(await docker("down", "-t", "1"));
    expect(await inspectContainer(daemon.engine, "shop-web-1")).to.equal(undefined);

    // What compose took down comes back, and the volumes are those that were there.
    isFine(await shop.up());
    isFine(await shop.destroy());
    expect(await inspectContainer(daemon.engine, "shop-web-1")).to.equal(undefined);
    expect((await inspectVolume(daemon.engine, "shop_data"))?.Name).to.equal("shop_data");
  });

  it("takes over what docker compose runs, without a restart, and finds what compose made anew in between", async () => {
    const shop = make("takes", ", adopt: process.env.ADOPT === 'yes'");
    const docker = (...words: string[]) => compose.run(daemon.host, shop.folder, ["-p", "shop", ...words]);
    isFine(await docker("up", "-d"));
    const before = await identities();

    const refused = await shop.preview();
    expect(refused.status).to.not.equal(0);
    console.log(refused.text);
    expect(refused.text).to.contain('belongs to container');

    const plan = await shop.preview({ ADOPT: "yes" });
    isFine(plan);
    isFine(await shop.up({ ADOPT: "yes" }));
    expect(await identities()).to.deep.equal(before);
    isFine(await shop.up({ ADOPT: "yes" }, "--expect-no-changes"));

    isFine(await docker("up", "-d", "--force-recreate", "--no-deps", "-t", "1", "worker"));
    const between = await identities();
    expect(between["shop-worker-1"]).not.to.equal(before["shop-worker-1"]);
    const next = await shop.preview({ ADOPT: "yes" }, "--expect-no-changes");
    isFine(next);
    isFine(await shop.up({ ADOPT: "yes" }));
    expect(await identities()).to.deep.equal(between);
    isFine(await shop.destroy());
  });
});
