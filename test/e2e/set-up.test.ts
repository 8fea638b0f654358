import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { findExecutables } from "../../toolchain/executable";
import { findPulumi } from "../../toolchain/pulumi-cli";
import { downloadPulumi } from "../../toolchain/pulumi-download";
import { pulumiVersion } from "../../toolchain/pulumi-version";
import { cacheFolder } from "../../values/cache-folder";
import { Checkout, startGroup } from "../support/checkout";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { DownloadSite } from "../support/download-site";
import type { Answer } from "../support/pulumi";

const whole = process.env["SLIPWAY_TEST_ALL"] !== undefined;

// What `slipway setup` finds, downloads and builds, on a machine whose cache is empty.
describe("set-up", function () {
  this.timeout(600_000);
  let folder: string;
  let daemon: PrivateDaemon;
  let site: DownloadSite;
  const checkouts: Checkout[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-set-up-"));
    daemon = await startDockerd();
    // The CLI that this machine has stands for the official one in the archive, an executable of a few lines for the host.
    const cli = await findPulumi();
    if (cli === undefined) throw new Error("There is no Pulumi CLI to serve. Run `npm run slipway -- setup`.");
    const host = join(folder, "pulumi-language-nodejs");
    writeFileSync(host, "#!/bin/sh\necho official\n", { mode: 0o755 });
    site = await DownloadSite.start(pulumiVersion, { pulumi: cli.path, "pulumi-language-nodejs": host });
  });

  after(async () => {
    for (const checkout of checkouts) checkout.remove();
    await site?.stop();
    if (daemon !== undefined) await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A checkout on a machine of its own: no CLI on PATH, a cache and a home that hold nothing, and no Go unless wanted. */
  function machine(name: string, env: NodeJS.ProcessEnv = {}, mounts = withoutGo()): Checkout {
    const home = join(folder, name);
    const checkout = Checkout.make({
      env: { HOME: home, SLIPWAY_CACHE: join(home, "cache"), DOCKER_HOST: daemon.host, ...env },
      mounts,
    });
    checkouts.push(checkout);
    return checkout;
  }

  const cached = (name: string, ...parts: string[]): string =>
    join(folder, name, "cache", "pulumi", pulumiVersion, ...parts);

  /** What is left in the folder where CLIs are made, besides what is finished. */
  function remains(name: string): string[] {
    const place = cached(name);
    const all = existsSync(place) ? readdirSync(place, { recursive: true, encoding: "utf8" }) : [];
    return all.filter((one) => /partial|download|lock/.test(one));
  }

  it("downloads the CLI with npm's package pulumi, with the language host beside it", async () => {
    const one = machine("download", site.env);
    const { status, text } = await one.slipway("setup");
    expect(status, text).to.equal(0);
    expect(site.asked).to.deep.equal(["/install.sh", `/releases/sdk/pulumi-v${pulumiVersion}.tar`]);
    expect(text).to.match(/^slipway: Pulumi CLI 3\.\d+\.0 or newer, which plans and applies/m);
    expect(text).to.contain("downloading the Pulumi CLI with npm's package pulumi, once");
    expect(text).to.match(/^slipway: {3}Pulumi CLI 3\.\d+\.0: \S+\/bin\/pulumi \(\d/m);
    expect(text).to.contain(`Language host (official): ${cached("download", "bin", "pulumi-language-nodejs")}`);
    expect(remains("download")).to.deep.equal([]);
    const doctor = await one.slipway("doctor");
    expect(doctor.text).to.match(/^ok +Pulumi CLI .*kept by slipway/m);
    expect(doctor.status, doctor.text).to.equal(0);
  });

  it("brings the CLI again when what is cached is not whole", async () => {
    const one = machine("download", site.env);
    truncateSync(cached("download", "bin", "pulumi"), 1000);
    site.asked.splice(0);
    const { status, text } = await one.slipway("setup");
    expect(status, text).to.equal(0);
    expect(site.asked).to.have.length(2);
    expect((await one.slipway("setup")).text).not.to.contain("downloading");
  });

  it("brings it once when two processes start at once", async () => {
    const two = ["a", "b"].map(() => machine("twice", site.env));
    site.asked.splice(0);
    const answers = await Promise.all(two.map((one) => one.slipway("setup")));
    for (const { status, text } of answers) expect(status, text).to.equal(0);
    expect(site.asked).to.have.length(2);
    expect(remains("twice")).to.deep.equal([]);
  });

  it("takes up after a run that was killed while it downloaded", async () => {
    const one = machine("killed", site.env);
    site.silent = true;
    const running = one.start([process.execPath, one.path("dist/bin/slipway.js"), "setup"]);
    await running.until(/downloading/);
    while (!site.asked.includes("/install.sh")) await new Promise((resolve) => setTimeout(resolve, 50));
    running.signal("SIGKILL");
    await running.ended;
    site.silent = false;
    expect(remains("killed")).not.to.deep.equal([]);
    const { status, text } = await one.slipway("setup");
    expect(status, text).to.equal(0);
    expect(remains("killed")).to.deep.equal([]);
  });

  it("gives a download up that does not go on, and leaves nothing of it", async () => {
    site.silent = true;
    const target = cached("stalled", "bin", "pulumi");
    const limits = { stalled: 4000, whole: 60_000 };
    const thrown: unknown = await downloadPulumi(target, () => {}, { ...process.env, ...site.env }, limits).catch(
      (error: unknown) => error,
    );
    site.silent = false;
    expect(String(thrown)).to.contain("can't be downloaded (nothing came for 4.0 s)");
    expect(remains("stalled")).to.deep.equal([]);
  });

  it("says what to do where there is neither a download nor Go", async () => {
    const one = machine("nothing", { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" });
    const { status, text } = await one.slipway("up");
    expect(status).to.equal(1);
    expect(text).to.match(
      /^slipway: Pulumi CLI is neither on PATH .* nor cached; it can't be downloaded \(.+\); and there is no Go .* Install the /m,
    );
    expect(remains("nothing")).to.deep.equal([]);
  });

  it("keeps the language hosts of two checkouts apart, and runs on when one is removed", async () => {
    const [first, second] = [machine("apart"), machine("apart")];
    const cache = cacheFolder();
    const launcher = async (one: Checkout): Promise<string> => {
      one.environment["SLIPWAY_CACHE"] = cache;
      const { status, text } = await one.slipway("setup");
      expect(status, text).to.equal(0);
      return /Language host \(slipway\): (\S+)/.exec(text)?.[1] ?? "";
    };
    const main = second.path("dist/toolchain/language-host/main.js");
    appendFileSync(main, "\n// other sources\n");
    const [before, other] = [await launcher(first), await launcher(second)];
    expect(other).not.to.equal(before);
    second.remove();
    expect(await launcher(first)).to.equal(before);
    first.remove();
    for (const path of [before, other]) {
      const host = startGroup([path, "127.0.0.1:1"], folder, process.env);
      await host.until(/^\d+\n/);
      host.signal("SIGKILL");
    }
  });

  (whole ? it : it.skip)(
    "builds the CLI from its Go module where it can't be downloaded, once for two processes",
    async () => {
      const dead = { HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
      const go = { GOCACHE: goEnv("GOCACHE"), GOMODCACHE: goEnv("GOMODCACHE"), GOPROXY: "off" };
      const two = ["a", "b"].map(() => machine("build", { ...go, ...dead }, "true"));
      const answers: Answer[] = await Promise.all(two.map((one) => one.slipway("setup")));
      for (const { status, text } of answers) expect(status, text).to.equal(0);
      const builders = answers.filter(({ text }) => text.includes("building the Pulumi CLI from its Go module"));
      expect(builders).to.have.length(1);
      expect(builders[0]?.text).to.match(/the Pulumi CLI can't be downloaded \(.+\)/);
      expect(remains("build")).to.deep.equal([]);
    },
  );
});

/** Commands that hide every Go of this machine: an empty folder in the place of the one it lies in. */
function withoutGo(): string {
  const places = findExecutables("go", process.env, ["/usr/local/go/bin"]).map((path) => dirname(realpathSync(path)));
  return ["true", ...places.map((place) => `mount -t tmpfs none ${place}`)].join("\n");
}

function goEnv(name: string): string {
  return execFileSync("go", ["env", name], { encoding: "utf8" }).trim();
}
