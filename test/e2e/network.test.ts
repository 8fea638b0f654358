import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectNetwork, listNetworks } from "../../daemon/network";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

// Several test runs may be under way on one machine, and their bridges share its routes.
const net = `10.${130 + (process.pid % 100)}`;

// The real CLI and engine: containers that name their network by reference, by literal, and one that nobody declared.
describe("a network through the Pulumi CLI", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "netcli",
      daemon,
      program: `import * as docker from "@pulumi/docker";
const net = new docker.Network("net", {
  name: "netcli",
  labels: [{ label: "v", value: process.env["NET_LABEL"] ?? "1" }],
  ipamConfigs: [{ subnet: process.env["NET_SUBNET"] ?? "${net}.7.0/24" }],
});
const shared = { image: "slipway-test/busybox:1", command: ["sleep", "1000"], destroyGraceSeconds: 2, stopTimeout: 2 };
new docker.Container("byref", { ...shared, name: "netcli-byref", networksAdvanced: [{ name: net.name, aliases: ["one"] }] });
if (process.env["NET_LITERAL"]) {
  new docker.Container("literal", { ...shared, name: "netcli-literal", networksAdvanced: [{ name: "netcli", aliases: ["two"] }] });
}
export const id = net.id;
`,
    });
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  async function running(): Promise<
    Record<string, { id: string; started: string; aliases: string[]; address: string }>
  > {
    const all = await listContainers(daemon.engine, {});
    const seen = await Promise.all(all.map((one) => inspectContainer(daemon.engine, one.Id ?? "")));
    const entries = seen.map((one) => {
      const endpoint = one?.NetworkSettings?.Networks?.["netcli"];
      expect(one?.State?.Running, `${one?.Name} runs`).to.equal(true);
      const aliases = (endpoint?.Aliases ?? []).filter((alias) => !alias.match(/^[0-9a-f]{12}$/));
      const started = one?.State?.StartedAt ?? "";
      return [one?.Name ?? "", { id: one?.Id ?? "", started, aliases, address: endpoint?.IPAddress ?? "" }] as const;
    });
    return Object.fromEntries(entries);
  }

  it("comes up, with a container that names it by literal only in the second up", async () => {
    expect((await project.up()).status).to.equal(0);
    const literal = await project.up({ NET_LITERAL: "1" });
    expect(literal.status, literal.text).to.equal(0);
    const { execFileSync } = await import("node:child_process");
    const words = ["run", "-d", "--name", "foreign", "--network", "netcli", "slipway-test/busybox:1", "sleep", "1000"];
    execFileSync("docker", ["-H", daemon.host, ...words], { stdio: "ignore" });
    expect(Object.keys(await running()).sort()).to.deep.equal(["/foreign", "/netcli-byref", "/netcli-literal"]);
  });

  it("C6: a label change replaces no container and keeps every address; the preview says what it interrupts", async () => {
    const env = { NET_LITERAL: "1", NET_LABEL: "2" };
    const before = await running();
    const old = await inspectNetwork(daemon.engine, "netcli");
    const plan = await project.preview(env);
    expect(plan.status, plan.text).to.equal(0);
    expect(plan.text).to.match(
      /warning: Network "netcli" is replaced under .*: detached and attached again, not restarted/,
    );
    expect(plan.text).to.contain('"1" => "2"').and.not.to.contain("docker:index/container:Container: (replace)");
    expect(await inspectNetwork(daemon.engine, "netcli"), "a preview touches nothing").to.deep.equal(old);
    const up = await project.up(env);
    expect(up.status, up.text).to.equal(0);
    expect(await running()).to.deep.equal(before);
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
    const seen = await listNetworks(daemon.engine, { name: ["netcli"] });
    expect(seen.map((one) => one.Id)).to.deep.equal([
      (await project.resource("docker:index/network:Network", "net")).id,
    ]);
  });

  it("A7: a subnet change: literal or not or foreign, none replaced, none lost; the preview says that addresses change", async () => {
    const env = { NET_LITERAL: "1", NET_LABEL: "2", NET_SUBNET: `${net}.8.0/24` };
    const before = await running();
    const plan = await project.preview(env);
    expect(plan.text).to.contain(`Addresses change: ${net}.7.0/24 → ${net}.8.0/24.`);
    const up = await project.up(env);
    expect(up.status, up.text).to.equal(0);
    const after = await running();
    expect(Object.keys(after)).to.deep.equal(Object.keys(before));
    for (const [name, one] of Object.entries(after)) {
      expect({ ...one, address: "" }).to.deep.equal({ ...before[name], address: "" });
      expect(one.address).to.match(/\.8\.\d+$/);
    }
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  it("a refresh finds nothing to tell, and the up after it changes nothing", async () => {
    const env = { NET_LITERAL: "1", NET_LABEL: "2", NET_SUBNET: `${net}.8.0/24` };
    const refresh = await project.refresh(env);
    expect(refresh.status, refresh.text).to.equal(0);
    const again = await project.up(env, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  it("E2: destroy names who holds the network; a container that names it by literal is waited for", async () => {
    const failed = await project.destroy({ NET_LITERAL: "1" });
    expect(failed.status).not.to.equal(0);
    expect(failed.text).to.contain('Network "netcli" is still in use by foreign. Remove or disconnect them');
    const { execFileSync } = await import("node:child_process");
    execFileSync("docker", ["-H", daemon.host, "rm", "-f", "foreign"], { stdio: "ignore" });
    const up = await project.up({ NET_LITERAL: "1" });
    expect(up.status, up.text).to.equal(0);
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect(await listNetworks(daemon.engine, { name: ["netcli"] })).to.deep.equal([]);
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  });
});
