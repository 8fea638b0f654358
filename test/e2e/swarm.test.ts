import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { inspectService, listServices } from "../../daemon/swarm";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

const canary = "canary-of-a-secret";

// The real CLI and engine on a real swarm of one node: all that a stack of services is made of.
describe("a swarm stack through the Pulumi CLI", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd({ isSwarmManager: true });
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "swarmcli",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const net = new docker.Network("net", { name: "swarmcli-net", driver: "overlay" });
const secret = new docker.Secret("secret", { data: base64(process.env["SECRET"] ?? "${canary}") });
const config = new docker.ServiceConfig("config", { data: base64("greeting=" + (process.env["GREETING"] ?? "hello")) });
export const id = new docker.Service("web", {
  name: "swarmcli-web",
  taskSpec: {
    containerSpec: {
      image: "slipway-test/busybox:1", commands: ["sleep", "1000"], env: { A: process.env["WEB_A"] ?? "1" }, stopGracePeriod: "1s",
      secrets: [{ secretId: secret.id, secretName: secret.name, fileName: "/run/secret" }],
      configs: [{ configId: config.id, configName: config.name, fileName: "/etc/greeting" }],
    },
    networksAdvanceds: [{ name: net.id }],
  },
  convergeConfig: { delay: "200ms", timeout: "60s" },
}).id;
`,
    });
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  function docker(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" }).trim();
  }

  function inTask(...words: string[]): string {
    const [container = ""] = docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=swarmcli-web").split(
      "\n",
    );
    return docker("exec", container, ...words);
  }

  it("comes up in order, hands secret and config to the tasks, and changes nothing the second time", async () => {
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    expect(up.text).not.to.contain(canary);
    expect(inTask("cat", "/run/secret", "/etc/greeting")).to.equal(`${canary}greeting=hello`);
    const again = await project.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    const refresh = await project.refresh();
    expect(refresh.status, refresh.text).to.equal(0);
    const third = await project.up({}, "--expect-no-changes");
    expect(third.status, third.text).to.equal(0);
  });

  it("E4: the secret is marked in the state by itself, and shows in no plan", async () => {
    const plain = await project.pulumi(["stack", "export"]);
    const encoded = Buffer.from(canary).toString("base64");
    expect(plain.text).not.to.contain(canary).and.not.to.contain(encoded);
    const plan = await project.preview({ SECRET: "another-canary" });
    expect(plan.text).not.to.contain("canary").and.not.to.contain(Buffer.from("another-canary").toString("base64"));
  });

  it("a changed variable, config and secret: the service changes in place and keeps its id", async () => {
    const before = await inspectService(daemon.engine, "swarmcli-web");
    const env = { WEB_A: "2", GREETING: "hi", SECRET: "second" };
    const up = await project.up(env);
    expect(up.status, up.text).to.equal(0);
    expect((await inspectService(daemon.engine, "swarmcli-web"))?.ID).to.equal(before?.ID);
    expect(inTask("sh", "-c", "cat /run/secret /etc/greeting; echo $A")).to.equal("secondgreeting=hi2");
    expect(docker("secret", "ls", "-q").split("\n"), "the old secret went after the service").to.have.length(1);
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  it("D1: changed by hand, the plan says what, and up puts it back", async () => {
    const env = { WEB_A: "2", GREETING: "hi", SECRET: "second" };
    docker("service", "update", "-d", "--no-resolve-image", "--env-add", "A=9", "swarmcli-web");
    const plan = await project.preview(env);
    expect(plan.text).to.match(/A\s*: "9" => "2"/);
    const up = await project.up(env);
    expect(up.status, up.text).to.equal(0);
    expect(inTask("sh", "-c", "echo $A")).to.equal("2");
  });

  it("destroy leaves nothing", async () => {
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await listServices(daemon.engine, {})).to.deep.equal([]);
    expect([docker("secret", "ls", "-q"), docker("config", "ls", "-q"), docker("ps", "-aq")]).to.deep.equal([
      "",
      "",
      "",
    ]);
    expect(docker("network", "ls", "-q", "--filter", "name=swarmcli-net")).to.equal("");
  });
});
