import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { daemonId } from "../../daemon/identity";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { startRegistry } from "../support/registry";

// Provider instances and the daemons they lead to, through the real CLI: reconciliation.md, A9 and E1.
describe("provider instances through the Pulumi CLI", function () {
  this.timeout(300_000);
  let one: PrivateDaemon;
  let two: PrivateDaemon;
  const projects: PulumiProject[] = [];

  before(async () => {
    one = await startDockerd();
    two = await startDockerd();
    for (const daemon of [one, two]) makeBaseImage(daemon);
  });

  after(async () => {
    for (const project of projects) project.remove();
    await Promise.all([one?.stop(), two?.stop()]);
  });

  function project(name: string, program: string): PulumiProject {
    const made = PulumiProject.make({
      name,
      daemon: one,
      program: `import * as docker from "@pulumi/docker";\n${program}`,
    });
    projects.push(made);
    return made;
  }

  const container = (name: string, options = ""): string =>
    `new docker.Container("${name}", { name: "${name}", image: "slipway-test/busybox:1", command: ["sleep", "1000"], stopTimeout: 1 }${options});\n`;

  const names = async (daemon: PrivateDaemon): Promise<(string | undefined)[]> =>
    (await listContainers(daemon.engine, {})).map((found) => found.Names?.[0]);

  it("two instances in one program, each on its own daemon, beside the default one", async () => {
    const both = project(
      "instances",
      `const other = new docker.Provider("other", { host: process.env["OTHER_HOST"] });
${container("here")}${container("there", ", { provider: other }")}`,
    );
    const up = await both.up({ OTHER_HOST: two.host });
    expect(up.status, up.text).to.equal(0);
    expect(await names(one)).to.deep.equal(["/here"]);
    expect(await names(two)).to.deep.equal(["/there"]);
    const again = await both.up({ OTHER_HOST: two.host.replace("/tmp/", "//tmp/./") }, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    const down = await both.destroy({ OTHER_HOST: two.host });
    expect(down.status, down.text).to.equal(0);
    expect([...(await names(one)), ...(await names(two))]).to.deep.equal([]);
  });

  it("what one instance makes is not missing for another: on its daemon, and through a registry on a second one", async () => {
    // The names are known in preview, before anything is there.
    const shared = project(
      "shared",
      `const login = new docker.Provider("login", { registryAuth: [{ address: process.env["REGISTRY"], username: "u", password: "p" }] });
const far = new docker.Provider("far", { host: process.env["OTHER_HOST"] });
const net = new docker.Network("net", { name: "shared-net" });
const app = new docker.Image("app", { imageName: process.env["REGISTRY"] + "/shared/app:1", build: { context: "app" }, registry: { server: process.env["REGISTRY"] } });
new docker.Tag("tag", { sourceImage: app.imageName, targetImage: process.env["REGISTRY"] + "/shared/app:stable" }, { provider: login });
new docker.RegistryImage("stable", { name: process.env["REGISTRY"] + "/shared/app:stable" }, { provider: login, dependsOn: [app] });
new docker.Container("near", { name: "near", image: app.imageName, networksAdvanced: [{ name: net.name }], stopTimeout: 1 }, { provider: login });
new docker.Container("away", { name: "away", image: app.imageName, stopTimeout: 1 }, { provider: far });
`,
    );
    shared.write("app/Dockerfile", 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n');
    const registry = await startRegistry();
    try {
      const env = { REGISTRY: registry.host, OTHER_HOST: two.host };
      const preview = await shared.preview(env);
      expect(preview.status, preview.text).to.equal(0);
      expect(preview.text).to.contain("is not there yet; another provider instance of this program makes it.");
      const up = await shared.up(env);
      expect(up.status, up.text).to.equal(0);
      expect([...(await names(one)), ...(await names(two))]).to.deep.equal(["/near", "/away"]);
      const again = await shared.up(env, "--expect-no-changes");
      expect(again.status, again.text).to.equal(0);
      const down = await shared.destroy(env);
      expect(down.status, down.text).to.equal(0);
    } finally {
      await registry.stop();
    }
  });

  it("a network that another instance makes on another daemon is missing all the same", async () => {
    const apart = project(
      "apart",
      `const far = new docker.Provider("far", { host: process.env["OTHER_HOST"] });
const net = new docker.Network("net", { name: "apart-net" });
new docker.Container("away", { name: "away", image: "slipway-test/busybox:1", networksAdvanced: [{ name: net.name }] }, { provider: far });
`,
    );
    const preview = await apart.preview({ OTHER_HOST: two.host });
    expect(preview.status, preview.text).not.to.equal(0);
    expect(preview.text).to.contain('networksAdvanced[0].name "apart-net"');
  });

  it("the default one is set by stack config, which wins over the environment", async () => {
    const configured = project("configured", container("set"));
    await configured.pulumi(["config", "set", "docker:host", two.host]);
    const up = await configured.up();
    expect(up.status, up.text).to.equal(0);
    expect(await names(one)).to.deep.equal([]);
    expect(await names(two)).to.deep.equal(["/set"]);
    await configured.pulumi(["config", "set", "docker:host", "gopher://x"]);
    await configured.pulumi(["config", "set", "docker:registryAuth", '[{"password":"hunter2"}]']);
    const wrong = await configured.preview();
    expect(wrong.status).not.to.equal(0);
    expect(wrong.text).to.contain(
      'host "gopher://x" is not understood. Use unix:///path, tcp://host:port or ssh://user@host.',
    );
    expect(wrong.text).to.contain("registryAuth[0].address is missing.").and.not.to.contain("hunter2");
    await configured.pulumi(["config", "rm", "docker:registryAuth"]);
    await configured.pulumi(["config", "set", "docker:host", two.host]);
    const down = await configured.destroy();
    expect(down.status, down.text).to.equal(0);
  });

  describe("A9: a stack that is led to another daemon", () => {
    let stack: PulumiProject;
    let program: (host: string) => Record<string, string>;

    before(async () => {
      stack = project(
        "led",
        `const p = new docker.Provider("p", { host: process.env["P_HOST"] });
${container("kept", ", { provider: p }")}${container("plain")}`,
      );
      program = (host) => ({ P_HOST: host });
      const up = await stack.up(program(one.host));
      expect(up.status, up.text).to.equal(0);
    });

    it("by DOCKER_HOST: every command refuses, and nothing is made or lost", async () => {
      const env = { ...program(one.host), DOCKER_HOST: two.host };
      const [oneId, twoId] = [await daemonId(one.engine), await daemonId(two.engine)];
      for (const answer of [
        await stack.preview(env),
        await stack.up(env),
        await stack.refresh(env),
        await stack.destroy(env),
      ]) {
        expect(answer.status).not.to.equal(0);
        expect(answer.text).to.contain(
          `Container "plain" is on another Docker daemon (${oneId}); this is ${twoId} at ${two.host}. Check DOCKER_HOST,`,
        );
      }
      expect(await names(two)).to.deep.equal([]);
      expect((await inspectContainer(one.engine, "plain"))?.State?.Running).to.equal(true);
    });

    it("by a changed setting: refused in preview, with both", async () => {
      const refused = await stack.preview(program(two.host));
      expect(refused.status).not.to.equal(0);
      expect(refused.text).to.contain(`Provider "p": host "${two.host}" leads to another Docker daemon`);
    });

    it("moves where that is allowed: made anew there, removed here", async () => {
      const id = (await daemonId(two.engine)) ?? "";
      const up = await stack.up({ ...program(two.host), SLIPWAY_MOVE_TO: id });
      expect(up.status, up.text).to.equal(0);
      expect(await names(two)).to.deep.equal(["/kept"]);
      expect(await names(one)).to.deep.equal(["/plain"]);
      const again = await stack.up(program(two.host), "--expect-no-changes");
      expect(again.status, again.text).to.equal(0);
    });

    it("a daemon that is gone is answered with the way to forget it, which works", async () => {
      const gone = { ...program("unix:///nowhere/docker.sock") };
      const refused = await stack.preview(gone);
      expect(refused.status).not.to.equal(0);
      expect(refused.text).to.contain(
        "Docker daemon at unix:///nowhere/docker.sock (from the provider's setting host)",
      );
      const command = /forget what was there: `pulumi (state delete --target-dependents) '(.+)'`/.exec(refused.text);
      const forgotten = await stack.pulumi([...(command?.[1] ?? "").split(" "), command?.[2] ?? "", "--yes"]);
      expect(forgotten.status, forgotten.text).to.equal(0);
      expect((await stack.state()).map(({ urn }) => urn.split("::").at(-1)))
        .to.include("plain")
        .and.not.include("kept");
      const anew = await stack.up(program(one.host));
      expect(anew.status, anew.text).to.equal(0);
      expect(await names(one)).to.have.members(["/plain", "/kept"]);
    });
  });
});
