import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

describe("the schema through the Pulumi CLI", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    project = PulumiProject.make({ name: "schema", daemon, program: "export {};\n" });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
  });

  it("is what the CLI's own binder accepts", async () => {
    // By name the CLI looks among installed plugins only, never at what a project serves itself.
    const plugin = join(__dirname, "../../toolchain/plugin/pulumi-resource-docker");
    const answer = await project.pulumi(["package", "get-schema", plugin]);
    expect(answer.status, answer.text.slice(-2000)).to.equal(0);
    const text = answer.text.slice(answer.text.indexOf("{"), answer.text.lastIndexOf("}") + 1);
    expect(JSON.parse(text)).to.include({ name: "docker", version: "5.2.0" });
    project.write("schema.json", text);
    const checked = await project.pulumi(["schema", "check", "schema.json"]);
    expect(checked.status, checked.text).to.equal(0);
  });

  it("lets pulumi import take over by id, by name and from a list", async () => {
    const docker = (...words: string[]): string =>
      execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8" }).trim();
    docker("volume", "create", "schema-volume");
    const network = docker("network", "create", "schema-network");
    const imported = await project.pulumi(["import", "docker:index/volume:Volume", "v", "schema-volume", "--yes"]);
    expect(imported.text).to.match(/1 imported/);
    project.write(
      "list.json",
      JSON.stringify({ resources: [{ type: "docker:index/network:Network", name: "n", id: network }] }),
    );
    const words = ["import", "--file", "list.json", "--generate-code=false", "--yes"];
    const listed = await project.pulumi(words);
    expect(listed.status, listed.text).to.equal(0);
    expect((await project.resource("docker:index/network:Network", "n")).id).to.equal(network);
  });
});
