import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

// What runs already moves under Pulumi without a restart, and a stack whose state is lost is found again by its labels.
describe("slipway adopt", function () {
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

  function project(name: string, program: string): PulumiProject {
    const made = PulumiProject.make({ name, daemon, program });
    projects.push(made);
    return made;
  }

  const docker = (...words: string[]): string =>
    execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" });

  async function identity(name: string): Promise<{ id: string | undefined; started: string | undefined }> {
    const seen = await inspectContainer(daemon.engine, name);
    return { id: seen?.Id, started: seen?.State?.StartedAt };
  }

  /** The command that the answer tells the user to run. */
  function importWords(text: string): string[] {
    const line = /^ {2}pulumi (import .*)$/m.exec(text)?.[1];
    if (line === undefined) throw new Error(text);
    return line.split(" ");
  }

  it("takes over what docker run made; the first up changes nothing", async () => {
    docker("network", "create", "--label", "com.docker.compose.project=old", "old_back");
    docker("volume", "create", "--label", "com.docker.compose.project=old", "old_data");
    const labels = ["--label", "com.docker.compose.project=old", "--label", "com.docker.compose.service=db"];
    const settings = ["--restart", "unless-stopped", "--memory", "64m", "--health-cmd", "true", "--stop-timeout", "3"];
    const places = [
      "--network",
      "old_back",
      "--network-alias",
      "db",
      "-v",
      "old_data:/data",
      "-p",
      "127.0.0.1:21911:80",
    ];
    const words = [...labels, ...settings, ...places, "-e", "DB_PASSWORD=hush=1", "-e", "MODE=fast"];
    docker("run", "-d", "--name", "old-db-1", ...words, "slipway-test/busybox:1", "sleep", "1000");
    const before = await identity("old-db-1");
    const shop = project("adopting", "export {};\n");

    const adopted = await shop.slipway(["adopt", "--compose", "old"]);
    expect(adopted.status, adopted.text).to.equal(0);
    const program = shop.read("adopted.ts");
    expect(program).to.match(/const \w+ = new docker\.Network\("old_back"/);
    expect(program).to.contain('config.requireSecret("db-DB_PASSWORD")');
    expect(program + adopted.text + shop.read("adopted.import.json")).not.to.contain("hush");

    const imported = await shop.pulumi(importWords(adopted.text));
    expect(imported.status, imported.text).to.equal(0);
    shop.write("index.ts", 'import "./adopted";\n');
    const plan = await shop.preview({}, "--expect-no-changes");
    expect(plan.status, plan.text).to.equal(0);
    const up = await shop.up({}, "--expect-no-changes");
    expect(up.status, up.text).to.equal(0);
    expect(await identity("old-db-1")).to.deep.equal(before);
  });

  it("says everything that fits nothing, and leaves what Slipway manages", async () => {
    const shop = project("nothing", "export {};\n");
    const refused = await shop.slipway(["adopt", "nosuch", "--label", "a=b", "--compose", "none"]);
    expect(refused.status).to.equal(1);
    for (const wanted of [
      'Name "nosuch" fits nothing',
      'Label "a=b" fits nothing',
      'Compose project "none" fits nothing',
    ]) {
      expect(refused.text).to.contain(wanted);
    }
    const silent = await shop.slipway(["adopt"]);
    expect(silent.text).to.contain("was not told what to adopt");
  });

  it("rebuilds a lost state from ownership labels: nothing is made again", async () => {
    const stack = project(
      "losing",
      `import { Container, Network, Volume } from "slipway";
const net = new Network("net");
const data = new Volume("data");
new Container("web", {
  image: "slipway-test/busybox:1", command: ["sleep", "1000"], stopTimeout: "1s",
  networks: [net], mounts: [{ volume: data, target: "/data" }],
});
`,
    );
    const up = await stack.up();
    expect(up.status, up.text).to.equal(0);
    const before = await identity("losing-dev-web");
    const lost = await stack.pulumi(["stack", "rm", "--force", "--yes", "--preserve-config"]);
    expect(lost.status, lost.text).to.equal(0);
    await stack.pulumi(["stack", "init", "dev"]);

    const found = await stack.slipway(["adopt", "--lost"]);
    expect(found.status, found.text).to.equal(0);
    expect(found.text).to.contain("Found again:");
    const imported = await stack.pulumi(importWords(found.text));
    expect(imported.status, imported.text).to.equal(0);
    // What the program leaves open, such as the subnet, is in the state now as the daemon has it: that is settled by the first up.
    const first = await stack.up();
    expect(first.status, first.text).to.equal(0);
    expect(first.text, first.text).not.to.match(/\d (replaced|created)/);
    const again = await stack.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    expect(await identity("losing-dev-web")).to.deep.equal(before);

    const gone = await stack.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await identity("losing-dev-web")).to.deep.equal({ id: undefined, started: undefined });
  });
});
