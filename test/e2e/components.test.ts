import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectNetwork } from "../../daemon/network";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

/** An App by each name and place that it has had. */
const renamed = `import * as pulumi from "@pulumi/pulumi";
import { App } from "slipway";
const own = process.env["OWN_NAME"] === "1" ? { name: "kept-web" } : {};
const args = { ...own, image: { context: "app" }, replicas: 2, stopTimeout: "1s" } as const;
const step = process.env["STEP"];
if (step === "renamed") new App("shop", args, { aliases: [{ name: "web" }] });
else if (step === "moved") {
  const team = new pulumi.ComponentResource("acme:index:Team", "team");
  new App("shop", args, { parent: team, aliases: [{ name: "shop", parent: pulumi.rootStackResource }] });
} else new App("web", args);
`;

const faulty = `import * as pulumi from "@pulumi/pulumi";
import { App, Gateway, Job } from "slipway";
const one = new Gateway("one", { http: 8080, routes: { web: { port: 3000 } } });
new Gateway("two", { http: 8080, routes: { web: { port: 3000 } } });
new App("lost", { image: "nginx", route: one.routes[process.env["ROUTE"] as "web"] });
new App("many", { image: "nginx", replicas: 3, ports: ["9000:80"] });
new App("slip", { image: "nginx", enviroment: { A: "b" } } as { image: string });
const later: { app?: App } = {};
new Job("circle", { image: "nginx", dependsOn: [later.app as App] });
new App("elsewhere", { image: "nginx", route: pulumi.output({} as never) });
`;

const certificates = `import { readFileSync } from "node:fs";
import { Gateway } from "slipway";
new Gateway("door", {
  routes: { web: { port: 3000 } },
  certificates: [{ certificate: readFileSync("one.pem", "utf8"), key: readFileSync("other.key", "utf8") }],
});
`;

const settings = `import { readSettings } from "slipway";
import { z } from "zod";
export const { replicas } = readSettings("settings.yaml", z.strictObject({ replicas: z.int() }));
`;

const twice = `import { App, DockerHost } from "slipway";
const places = { here: process.env["HERE"], there: process.env["THERE"] };
export const urls = Object.entries(places).map(([name, host], index) => {
  const provider = new DockerHost(name, { host: host ?? "" });
  const ports = [\`\${21520 + index}:80\`];
  const args = { name: "web", image: { context: "app" }, ports, command: ["httpd", "-f", "-p", "80"] };
  return new App(\`web-\${name}\`, args, { provider }).url;
});
`;

const dockerfile = 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n';

// Components in a user's project, by the real CLI on a private daemon.
describe("components", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  const projects: PulumiProject[] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    for (const project of projects) project.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function make(name: string, program: string, files: Readonly<Record<string, string>> = {}): PulumiProject {
    const project = PulumiProject.make({ name, daemon, program, files: { "app/Dockerfile": dockerfile, ...files } });
    projects.push(project);
    return project;
  }

  async function up(project: PulumiProject, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, text } = await project.up(env);
    expect(status, text).to.equal(0);
    return text;
  }

  async function ids(prefix: string): Promise<(string | undefined)[]> {
    const containers = await Promise.all(
      [1, 2].map((number) => inspectContainer(daemon.engine, `${prefix}-${number}`)),
    );
    return containers.map((one) => one?.Id);
  }

  it("an App that is renamed, and then moved into another component, replaces nothing", async () => {
    const project = make("kept", renamed);
    await up(project, { OWN_NAME: "1" });
    const [before, network] = [await ids("kept-web"), await inspectNetwork(daemon.engine, "kept-web")];
    expect(before).not.to.include(undefined);
    for (const STEP of ["renamed", "moved"]) {
      const text = await up(project, { OWN_NAME: "1", STEP });
      expect(text, text).not.to.match(/^ +(-|\+-) ?\d+ (deleted|replaced)/m);
      expect(await ids("kept-web")).to.deep.equal(before);
      expect((await inspectNetwork(daemon.engine, "kept-web"))?.Id).to.equal(network?.Id);
    }
    const aliases = (await inspectContainer(daemon.engine, "kept-web-1"))?.NetworkSettings?.Networks?.["kept-web"];
    expect(aliases?.Aliases, "its name on the network follows the program's").to.include("shop");
    await project.up({ OWN_NAME: "1", STEP: "moved" }, "--expect-no-changes").then(({ status, text }) => {
      expect(status, text).to.equal(0);
    });
    expect((await project.destroy()).status).to.equal(0);
  });

  (all ? it : it.skip)("a renamed App without names of its own keeps its containers too", async () => {
    const project = make("plain", renamed);
    await up(project);
    const before = await ids("plain-dev-web");
    expect(before).not.to.include(undefined);
    await up(project, { STEP: "renamed" });
    expect(await ids("plain-dev-shop")).to.deep.equal(before);
    const networks = (await inspectContainer(daemon.engine, "plain-dev-shop-1"))?.NetworkSettings?.Networks ?? {};
    expect(Object.keys(networks)).to.deep.equal(["plain-dev-shop"]);
    expect((await project.destroy()).status).to.equal(0);
  });

  it("say everything that can't be in one preview, before anything is touched", async () => {
    const project = make("faulty", faulty);
    const { status, text } = await project.preview({ ROUTE: "wbe" });
    expect(status, text).not.to.equal(0);
    for (const words of [
      'Container "two": ports "0.0.0.0:8080/tcp" is taken by Container "one" of this program. Publish another host port. (index.ts:4:1)',
      'Gateway "one": routes.wbe is no route of it. It has: web. (index.ts:5:',
      'App "many": ports[0] "9000:80" can\'t be published by 3 replicas at once.',
      'App "slip": enviroment is no argument that is known. It takes: ',
      'Job "circle": dependsOn[0] is not there. Make it before what waits for it',
      'App "elsewhere": route is no route of a gateway. Take `gateway.routes.NAME`, or have the other stack export it. (index.ts:10:1)',
    ]) {
      expect(text).to.contain(words);
    }
    expect(text, "messages, no stacks").not.to.match(/^ +at .*node:/m);
    const up = await project.up({ ROUTE: "web" });
    expect(up.status).not.to.equal(0);
    expect(up.text).to.contain('Container "two": ports "0.0.0.0:8080/tcp" is taken by Container "one"');
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
    await project.destroy();
  });

  (all ? it : it.skip)("refuse settings and certificates with their place, in preview and in up", async () => {
    const wrong = make("wrong", settings, { "settings.yaml": "dev:\n  replicas: 2\n  replica: 3\n" });
    expect((await wrong.preview()).text).to.contain(
      'Settings: dev.replica "3" is no setting that is known. Remove it, or correct its name. (settings.yaml:3:12)',
    );
    const project = make("tls", certificates);
    for (const name of ["one", "other"]) {
      const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", `/CN=${name}`];
      execFileSync("openssl", [...words, "-keyout", `${name}.key`, "-out", `${name}.pem`], {
        cwd: project.folder,
        stdio: "ignore",
      });
    }
    for (const { status, text } of [await project.preview(), await project.up()]) {
      expect(status, text).not.to.equal(0);
      expect(text).to.contain('Gateway "door": certificates[0].key does not belong to the certificate.');
      expect(text).not.to.contain("PRIVATE KEY");
      expect(text, "messages, no stacks").not.to.match(/^ +at .*node:/m);
    }
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
    await project.destroy();
  });

  (all ? it : it.skip)("are the same on two daemons in one program", async () => {
    const other = await startDockerd();
    try {
      makeBaseImage(other);
      const env = { HERE: daemon.host, THERE: other.host };
      const project = make("twice", twice, {
        "app/Dockerfile": "FROM slipway-test/busybox:1\nCOPY index.html /index.html\n",
        "app/index.html": "here and there\n",
      });
      await up(project, env);
      const found = await Promise.all([daemon, other].map(({ engine }) => inspectContainer(engine, "web-1")));
      expect(found.map((one) => one?.State?.Running)).to.deep.equal([true, true]);
      expect(found[0]?.Id).not.to.equal(found[1]?.Id);
      for (const port of [21_520, 21_521]) {
        expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).to.equal("here and there\n");
      }
      expect((await project.up(env, "--expect-no-changes")).status).to.equal(0);
      expect((await project.destroy(env)).status).to.equal(0);
      for (const { engine } of [daemon, other]) expect(await listContainers(engine, {})).to.deep.equal([]);
    } finally {
      await other.stop();
    }
  });
});
