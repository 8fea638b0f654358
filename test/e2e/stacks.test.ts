import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { Checkout } from "../support/checkout";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { makeHaproxyImage } from "../support/haproxy";
import { makePostgresImage } from "../support/postgres";
import { makeRegistryImage } from "../support/registry-image";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

// The stacks of stacks/ in a copy of this checkout, on a private daemon, with images that stand in for the official ones.
describe("the stacks", function () {
  this.timeout(400_000);
  let daemon: PrivateDaemon;
  let checkout: Checkout;
  let base: string;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    makeHaproxyImage(daemon);
    base = await ensureStandInBase(daemon.engine, () => {});
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
  });

  after(async () => {
    checkout?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  /** Writes over settings of a stack's file, `key: value` line by line. */
  function setting(stack: string, values: Readonly<Record<string, string | number>>): void {
    const file = checkout.path("stacks", stack, "settings.yaml");
    let text = readFileSync(file, "utf8");
    for (const [key, value] of Object.entries(values)) {
      expect(text, key).to.match(new RegExp(`^ +${key}: `, "m"));
      text = text.replace(new RegExp(`^( +${key}: ).*$`, "m"), `$1${value}`);
    }
    writeFileSync(file, text);
  }

  function edit(path: string, from: string, to: string): void {
    const file = checkout.path(path);
    const text = readFileSync(file, "utf8");
    expect(text).to.contain(from);
    writeFileSync(file, text.replace(from, to));
  }

  async function make(stack: string, program: string): Promise<void> {
    const made = await checkout.pulumi("stack", "init", stack);
    expect(made.status, made.text).to.equal(0);
    checkout.configure({ stack: program }, stack);
  }

  async function up(stack: string, ...words: string[]): Promise<string> {
    const { status, text } = await checkout.slipway("up", "--stack", stack, ...words);
    expect(status, text).to.equal(0);
    return text;
  }

  async function preview(stack: string, ...words: string[]): Promise<string> {
    const { status, text } = await checkout.slipway("preview", "--stack", stack, "--diff", ...words);
    expect(status, text).to.equal(0);
    return text;
  }

  async function destroy(stack: string): Promise<string> {
    const { status, text } = await checkout.slipway("destroy", "--stack", stack);
    expect(status, text).to.equal(0);
    return text;
  }

  /** What a gateway's port answers for a host. */
  function ask(port: number, host: string, path = "/"): Promise<string> {
    return new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, headers: { host } }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += String(chunk);
        });
        response.on("end", () => resolve(`${response.statusCode} ${text.trim()}`));
      }).on("error", reject);
    });
  }

  const docker = (...words: string[]): string[] =>
    execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" })
      .split("\n")
      .filter(Boolean);

  /** Everything that a stack could have left: containers, networks, volumes, and images that it made. */
  function left(): string[] {
    const networks = docker("network", "ls", "--format", "network {{.Name}}");
    return [
      ...docker("ps", "-a", "--format", "container {{.Names}}"),
      ...networks.filter((line) => !/ (bridge|host|none)$/.test(line)),
      ...docker("volume", "ls", "--format", "volume {{.Name}}"),
      ...docker("images", "--format", "image {{.Repository}}").filter((line) => !/ slipway(-test)?\//.test(line)),
    ];
  }

  async function ids(): Promise<Record<string, string>> {
    const running = await listContainers(daemon.engine, {});
    return Object.fromEntries(running.map(({ Names, Id }) => [Names?.[0]?.slice(1) ?? "", Id ?? ""]));
  }

  describe("platform and shop", () => {
    const [http, registry] = [21_510, 21_511];

    it("are deployed, the shop's image through the platform's registry, and answer", async () => {
      makeRegistryImage(daemon);
      setting("platform", { http, registry: `${registry}` });
      edit("stacks/platform/settings.yaml", "registry: registry:3", "registry: slipway-test/registry:1");
      setting("platform", { gateway: "slipway-test/haproxy:1" });
      setting("shop", { node: base });
      await make("platform-dev", "platform");
      await make("shop-dev", "shop");
      const began = performance.now();
      await up("platform-dev");
      await up("shop-dev");
      console.log(`      both deployed in ${Math.round((performance.now() - began) / 1000)} s`);
      expect(await ask(http, "shop.localhost")).to.match(/^200 Hello from the shop, served by [0-9a-f]{12}$/);
      expect(await ask(http, "other.localhost")).to.equal("404 No route leads here.");
      const image = (await inspectContainer(daemon.engine, "slipway-shop-dev-shop-1"))?.Config?.Image;
      expect(image).to.match(new RegExp(`^127\\.0\\.0\\.1:${registry}/slipway-shop-dev-shop@sha256:[0-9a-f]{64}$`));
      const tags = await fetch(`http://127.0.0.1:${registry}/v2/slipway-shop-dev-shop/tags/list`);
      expect(await tags.json()).to.deep.equal({ name: "slipway-shop-dev-shop", tags: ["latest"] });
    });

    it("show a change of the platform in the preview of the shop", async () => {
      setting("platform", { network: "common" });
      // The old network can go only when the other stack has left it: it says by whom it is used, and nothing is down.
      const first = await checkout.slipway("up", "--stack", "platform-dev");
      expect(first.text).to.contain('Network "platform" is still in use by slipway-shop-dev-shop-1.');
      expect(await ask(http, "shop.localhost")).to.contain("200 Hello from the shop");
      const plan = await preview("shop-dev");
      expect(plan).to.match(/name *: "platform" => "common"/);
    });

    it("are updated: the shop's networks and its sources", async () => {
      edit("stacks/shop/app/index.js", ", served by", " once more, served by");
      await up("shop-dev");
      expect(await ask(http, "shop.localhost")).to.contain("200 Hello from the shop once more");
      const networks = (await inspectContainer(daemon.engine, "slipway-shop-dev-shop-1"))?.NetworkSettings?.Networks;
      expect(Object.keys(networks ?? {}).sort()).to.deep.equal(["common", "slipway-platform-dev-gateway"]);
      await up("platform-dev");
      expect(docker("network", "ls", "--format", "{{.Name}}")).not.to.include("platform");
    });

    it("are left alone by a second up", async () => {
      const before = await ids();
      await up("platform-dev", "--expect-no-changes");
      await up("shop-dev", "--expect-no-changes");
      expect(await ids()).to.deep.equal(before);
    });

    it("leave nothing on the daemon", async () => {
      await destroy("shop-dev");
      await destroy("platform-dev");
      expect(left()).to.deep.equal([]);
    });
  });

  (all ? describe : describe.skip)("web-and-database", () => {
    const port = 21_512;
    const host = "web.localhost";

    it("is deployed, migrated, and answers", async () => {
      makePostgresImage(daemon);
      mkdirSync(checkout.path("stacks/second"));
      writeFileSync(checkout.path("stacks/second/Dockerfile"), "FROM slipway-test/postgres:1\nLABEL second=1\n");
      setting("web-and-database", { port, gateway: "slipway-test/haproxy:1", node: base });
      setting("web-and-database", { postgres: "slipway-test/postgres:1" });
      await make("web-dev", "web-and-database");
      await up("web-dev");
      expect(await ask(port, host)).to.match(/^200 Hello from [0-9a-f]{12}$/);
      const tables = docker(
        "exec",
        "slipway-web-dev-database",
        "sh",
        "-c",
        query("SELECT tablename FROM pg_tables WHERE tablename = 'visits'"),
      );
      expect(tables).to.deep.equal(["visits"]);
    });

    it("is left alone by a second up", async () => {
      const before = await ids();
      await up("web-dev", "--expect-no-changes");
      expect(await ids()).to.deep.equal(before);
    });

    it("shows a change of the database as its own: what connects to it does not seem to change", async () => {
      setting("web-and-database", { postgres: "slipway-test/postgres:2" });
      docker("build", "-q", "-t", "slipway-test/postgres:2", checkout.path("stacks/second"));
      const plan = await preview("web-dev");
      const replaced = [...plan.matchAll(/Container: \(replace\)\n(?:.*\n){0,3}?.*\[urn=\S+::(\S+)\]/g)].map(
        ([, name]) => name,
      );
      expect(replaced, plan).to.have.members(["database", "schema"]);
      setting("web-and-database", { postgres: "slipway-test/postgres:1" });
    });

    it("rolls changed sources and settings out, and the database stays", async () => {
      const before = await ids();
      docker("exec", "slipway-web-dev-database", "sh", "-c", query("INSERT INTO visits VALUES (now())"));
      edit("stacks/web-and-database/app/index.js", "} from $", "} again from $");
      setting("web-and-database", { replicas: 2, greeting: "Good day" });
      await up("web-dev");
      // The second replica is new: the gateway finds it when Docker's name server tells of it.
      const answers = new Set<string>();
      for (let tries = 0; tries < 100 && answers.size < 2; tries++) {
        answers.add(await ask(port, host));
        await sleep(100);
      }
      expect(answers).to.have.lengthOf(2);
      for (const answer of answers) expect(answer).to.match(/^200 Good day again from/);
      const after = await ids();
      expect(after["slipway-web-dev-database"]).to.equal(before["slipway-web-dev-database"]);
      expect(after["slipway-web-dev-web-1"]).not.to.equal(before["slipway-web-dev-web-1"]);
    });

    it("keeps the data of a database that is protected: a destroy stops before anything is deleted", async () => {
      setting("web-and-database", { keepData: "true" });
      await up("web-dev");
      const before = await ids();
      const { status, text } = await checkout.slipway("destroy", "--stack", "web-dev");
      expect(status, text).not.to.equal(0);
      expect(text).to.contain("protected");
      expect(await ids()).to.deep.equal(before);
      expect(await ask(port, host)).to.contain("200 Good day");
      setting("web-and-database", { keepData: "false" });
      await up("web-dev");
      const count = docker("exec", "slipway-web-dev-database", "sh", "-c", query("SELECT count(*) FROM visits"));
      expect(count).to.deep.equal(["1"]);
    });

    it("leaves nothing on the daemon", async () => {
      await destroy("web-dev");
      expect(left()).to.deep.equal([]);
    });

    function query(sql: string): string {
      return `PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U app -d app -tAc "${sql}"`;
    }
  });
});
