import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { listContainers } from "../../daemon/container";
import { Checkout } from "../support/checkout";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";

// A backend of the user's own, stacks of other names, and what `slipway env` leaves alone.
describe("stacks and backends", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let checkout: Checkout;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host, PULUMI_CONFIG_PASSPHRASE: "known to all" } });
    mkdirSync(checkout.path("backend"));
    checkout.environment["PULUMI_BACKEND_URL"] = pathToFileURL(checkout.path("backend")).href;
    for (const stack of ["dev", "staging"]) {
      checkout.configure({ baseImage: "slipway-test/busybox:1", port: "21045" }, stack);
    }
  });

  after(async () => {
    checkout?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  async function plain(words: string): Promise<string> {
    const script = `eval "$(node dist/bin/slipway.js env 2>env.log)" && pulumi --non-interactive ${words}`;
    const { status, text } = await checkout.start(["sh", "-c", script]).ended;
    expect(status, text).to.equal(0);
    return text;
  }

  it("are the user's: nothing is kept in the folder of our own backend", async () => {
    expect(await plain("stack --show-name")).to.equal("dev\n");
    expect(readFileSync(checkout.path("env.log"), "utf8")).to.equal(
      "slipway: selected stack dev; its settings are kept in Pulumi.dev.yaml\n",
    );
    expect(readdirSync(checkout.path("backend", ".pulumi", "stacks", "slipway")).join()).to.contain("dev");
    expect(() => readdirSync(checkout.path("state"))).to.throw("ENOENT");
    expect((await checkout.slipway("doctor")).text).to.match(
      /^ok +State +file:\S+\/backend \(from PULUMI_BACKEND_URL\)/m,
    );
  });

  it("are served by every verb with --stack, and a selection stays as it was", async () => {
    await plain("stack init staging");
    expect(await plain("stack --show-name")).to.equal("staging\n");
    expect(readFileSync(checkout.path("env.log"), "utf8")).to.equal("");
    const dev = await checkout.slipway("preview", "--stack", "dev");
    expect(dev.status, dev.text).to.equal(0);
    expect(dev.text).to.contain("Previewing update (dev)");
    // Without --stack it is the selected one, as with plain pulumi.
    const selected = await checkout.slipway("preview", "--diff");
    expect(selected.status, selected.text).to.equal(0);
    expect(selected.text).to.contain("Previewing update (staging)");
    for (const words of [["refresh", "--stack=dev"], ["ps", "--stack", "dev"], ["ps"], ["destroy", "-s", "dev"]]) {
      const { status, text } = await checkout.slipway(...words);
      expect(status, `${words}\n${text}`).to.equal(0);
      if (words[0] === "ps")
        expect(text.trim()).to.equal("CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES");
    }
    expect(await plain("stack --show-name")).to.equal("staging\n");
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
    const missing = await checkout.slipway("up", "--stack", "nope");
    expect(missing.status).not.to.equal(0);
    expect(missing.text).to.contain("no stack named 'nope' found");
  });

  it("ask for a passphrase instead of making one up that nobody else has", async () => {
    const { PULUMI_CONFIG_PASSPHRASE: _, ...rest } = checkout.environment;
    const words = [process.execPath, checkout.path("dist/bin/slipway.js"), "preview", "--stack", "dev"];
    const { status, text } = await checkout.start(words, { ...rest, PULUMI_CONFIG_PASSPHRASE: undefined }).ended;
    expect(status).not.to.equal(0);
    expect(text).to.contain("PULUMI_CONFIG_PASSPHRASE");
  });
});
