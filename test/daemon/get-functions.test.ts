import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { minorOf } from "../../provider/container/abilities";
import { textsOf } from "../../provider/value";
import type { ProviderUnderTest } from "../support/provider";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// What the official plugin answers: recordings f-ok, f-all and f-errors beside the checkout.
describe("getNetwork and getLogs", function () {
  this.timeout(60_000);
  let world: World;
  let provider: ProviderUnderTest;
  let id: string;

  before(async () => {
    world = await World.start("docker:index/network:Network");
    provider = await world.provider();
    const script = "echo line1; sleep 0.2; echo err1 >&2; sleep 0.2; echo line2; echo; sleep 1000";
    id = world.docker("run", "-d", "--name", "talker", "slipway-test/busybox:1", "sh", "-c", script);
    await sleep(1200);
  });
  after(() => world?.stop());

  it("getNetwork answers the daemon's own bridge with its containers", async () => {
    const { options, ipamConfigs, containers, ...rest } = await provider.invoke("getNetwork", { name: "bridge" });
    const seen = await world.network("bridge");
    expect(rest).to.deep.equal({ driver: "bridge", id: seen.Id, internal: false, name: "bridge", scope: "local" });
    expect(options).to.deep.equal(seen.Options);
    const [config] = seen.IPAM?.Config ?? [];
    const { Subnet: subnet, Gateway: gateway = "" } = config ?? {};
    expect(ipamConfigs).to.deep.equal([{ auxAddress: {}, gateway, ipRange: "", subnet }]);
    const endpoint = seen.Containers?.[id];
    expect(containers).to.deep.equal([
      {
        containerId: id,
        endpointId: endpoint?.EndpointID,
        ipv4Address: endpoint?.IPv4Address,
        ipv6Address: "",
        macAddress: endpoint?.MacAddress,
        name: "talker",
      },
    ]);
  });

  it("getNetwork answers by id too, and the host network, which has no addresses", async () => {
    const host = await provider.invoke("getNetwork", { name: "host" });
    expect(host).to.include({ driver: "host", name: "host", scope: "local" });
    expect([host["containers"], host["ipamConfigs"], host["options"]]).to.deep.equal([[], [], {}]);
    const byId = await provider.invoke("getNetwork", { name: host["id"] ?? null });
    expect(byId["driver"]).to.equal("host");
  });

  it("getNetwork says what is not there, and what is there twice", async () => {
    const absent = await provider.invoke("getNetwork", { name: "nonet" }).catch(message);
    expect(absent).to.contain('getNetwork: name "nonet" is no network here. `docker network ls`');
    const { engine } = world.daemon;
    const make = () => engine.json("POST", "/networks/create", { body: { Name: "twin" } });
    await make();
    const again = await make().then(() => "made", message);
    // Engines from API 1.44 on have no two networks of one name.
    if (minorOf(engine.apiVersion) >= 44) {
      expect(again).to.contain("already exists");
      return;
    }
    const twin = await provider.invoke("getNetwork", { name: "twin" }).catch(message);
    expect(twin).to.contain("ambiguous").and.to.contain("Name it by its id.");
  });

  const filled = {
    details: false,
    discardHeaders: true,
    follow: false,
    logsListStringEnabled: true,
    showStderr: true,
    showStdout: true,
    timestamps: false,
  };

  it("getLogs answers both streams in the order they were written, with the plugin's defaults", async () => {
    const lines = ["line1", "err1", "line2", ""];
    expect(await provider.invoke("getLogs", { name: "talker" })).to.deep.equal({
      ...filled,
      id: "talker",
      logsListStrings: lines,
      name: "talker",
    });
    const all = { ...filled, name: id, since: "", tail: "10", until: "" };
    const { since: _, until: __, ...answered } = all;
    expect(await provider.invoke("getLogs", all)).to.deep.equal({ ...answered, id, logsListStrings: lines });
  });

  it("getLogs takes one stream, the last lines, times and their spellings", async () => {
    const lines = async (args: object): Promise<string[]> =>
      textsOf((await provider.invoke("getLogs", { name: "talker", ...args }))["logsListStrings"]);
    expect(await lines({ showStderr: false })).to.deep.equal(["line1", "line2", ""]);
    expect(await lines({ showStdout: false })).to.deep.equal(["err1"]);
    expect(await lines({ showStdout: false, showStderr: false })).to.deep.equal([]);
    expect(await lines({ tail: "2" })).to.deep.equal(["line2", ""]);
    expect(await lines({ tail: "all" })).to.have.length(4);
    expect(await lines({ since: "10m" })).to.have.length(4);
    expect(await lines({ since: "2020-01-01T00:00:00Z" })).to.have.length(4);
    expect(await lines({ since: String(Math.floor(Date.now() / 1000) + 60) })).to.have.length(0);
    expect(await lines({ until: "2020-01-01T00:00:00Z" })).to.have.length(0);
    expect((await lines({ timestamps: true }))[0]).to.match(/^\d{4}-\d\d-\d\dT.*Z line1$/);
    expect((await lines({ discardHeaders: false }))[0]).to.equal("\u0001\0\0\0\0\0\0\u0006line1");
  });

  it("getLogs reads a terminal's log, which has no headers, and waits with follow", async () => {
    world.docker(
      "run",
      "-d",
      "-t",
      "--name",
      "tty",
      "slipway-test/busybox:1",
      "sh",
      "-c",
      "echo one; sleep 1; echo two",
    );
    const { logsListStrings } = await provider.invoke("getLogs", { name: "tty", follow: true });
    expect(logsListStrings).to.deep.equal(["one", "two"]);
    const quiet = await provider.invoke("getLogs", { name: "tty", logsListStringEnabled: false });
    expect(quiet).not.to.have.property("logsListStrings");
  });

  it("getLogs names all faults at once, and a container that is not there", async () => {
    const wrong = await provider.invoke("getLogs", { name: "talker", since: "yesterday", tail: "few" }).catch(message);
    expect(wrong)
      .to.contain('getLogs: since "yesterday" is no time.')
      .and.to.contain('tail "few" is no number of lines');
    const absent = await provider.invoke("getLogs", { name: "noctr" }).catch(message);
    expect(absent).to.contain('getLogs: name "noctr" is no container here.');
  });
});
