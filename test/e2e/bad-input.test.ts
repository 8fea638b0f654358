import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { expect } from "chai";
import { listContainers } from "../../daemon/container";
import { cachedCliPath } from "../../toolchain/pulumi-cli";
import { cacheFolder } from "../../values/cache-folder";
import { Checkout, mounted, type Running } from "../support/checkout";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import type { Answer } from "../support/pulumi";

const root = join(__dirname, "../..");
const port = 21020;
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

// What a user meets through `npm run up` when something is wrong: a few lines that say what and what to do, an exit code that
// is not 0, and nothing that the next run can't take up.
describe("bad input", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let checkout: Checkout;
  const folders: string[] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    checkout = Checkout.make({ env: { DOCKER_HOST: daemon.host } });
    checkout.configure({ port: String(port), baseImage: "slipway-test/busybox:1" });
    // A build that needs no registry and takes no time.
    writeFileSync(checkout.path("stacks/hello/app/Dockerfile"), "FROM slipway-test/busybox:1\nCMD sleep 1000\n");
  });

  afterEach(() => checkout.remove());

  /** It failed with this text, shortly, and with no trace of our own code. */
  function refused({ status, text }: Answer, ...expected: readonly (string | RegExp)[]): void {
    expect(status, text).not.to.equal(0);
    for (const one of expected) {
      const found = typeof one === "string" ? text.includes(one) : one.test(text);
      expect(found, `${one} in:\n${text}`).to.equal(true);
    }
    expect(text).not.to.match(/^\s+at .+:\d+:\d+\)?$/m);
    const shown = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("@ "));
    expect(shown.length, text).to.be.lessThan(40);
  }

  async function nothingIsThere(): Promise<void> {
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  }

  /** Runs `npm run up` as the user nobody, who sees a checkout and a cache of his own but may not reach into root's folders. */
  function forNobody(mounts: string, env: NodeJS.ProcessEnv): Running {
    chmodSync(checkout.folder, 0o755);
    const modules = checkout.path("node_modules");
    rmSync(modules);
    const cached = relative(cacheFolder(), dirname(cachedCliPath()));
    for (const folder of [modules, checkout.path("cache", cached)]) mkdirSync(folder, { recursive: true });
    const binds = `${mounts}
chown --recursive 65534:65534 ${checkout.path("cache")}
mount --bind ${join(root, "node_modules")} ${modules}
mount --bind ${dirname(cachedCliPath())} ${checkout.path("cache", cached)}`;
    const own = {
      SLIPWAY_CACHE: checkout.path("cache"),
      HOME: checkout.path("home"),
      PATH: "/usr/local/bin:/usr/bin:/bin",
    };
    return checkout.start(mounted(binds, [...nobody, "npm", "run", "--silent", "up"]), { ...own, ...env });
  }

  it("a port that is none", async () => {
    checkout.configure({ port: "99999" });
    refused(
      await checkout.npm("up"),
      'Container "hello": ports[0] "99999:3000" names a port that is none. Use numbers',
    );
    refused(await checkout.npm("preview"), 'Container "hello": ports[0] "99999:3000" names a port that is none.');
    await nothingIsThere();
  });

  it("a port that another process holds", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
    try {
      refused(await checkout.npm("up"), String(port), /\b(in use|taken|held|holds|allocated)\b/);
      expect((await listContainers(daemon.engine, {})).filter(({ State }) => State === "running")).to.deep.equal([]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    await checkout.npm("destroy");
    await nothingIsThere();
  });

  it("a stack of this checkout that there is not", async () => {
    checkout.configure({ stack: "nope" });
    refused(await checkout.npm("up"), 'Config: slipway:stack "nope" names no stack of this checkout. Use one of: ');
    await nothingIsThere();
  });

  it("settings that are not YAML", async () => {
    writeFileSync(checkout.path("Pulumi.dev.yaml"), "config:\n  slipway:port: [\n");
    refused(await checkout.npm("up"), "Pulumi.dev.yaml", /line \d|:\d+:/);
    await nothingIsThere();
  });

  it("a project file without a name", async () => {
    writeFileSync(checkout.path("Pulumi.yaml"), "runtime: nodejs\n");
    refused(await checkout.npm("up"), /name/);
    await nothingIsThere();
  });

  it("an option that Pulumi does not know, and --stack without a name", async () => {
    refused(await checkout.npm("up", "--nope"), "unknown flag: --nope");
    refused(await checkout.npm("up", "--stack"), "--stack names no stack. Write --stack NAME.");
    refused(await checkout.slipway("nope"), "unknown command 'nope'");
  });

  it("a Dockerfile that does not parse", async () => {
    writeFileSync(checkout.path("stacks/hello/app/Dockerfile"), "FROM slipway-test/busybox:1\nCOPPY . .\n");
    refused(await checkout.npm("up"), /COPPY/, /Dockerfile(:2| line 2|.*line 2)/i);
    await nothingIsThere();
  });

  it("a build context that is not there", async () => {
    renameSync(checkout.path("stacks/hello/app"), checkout.path("stacks/hello/gone"));
    refused(await checkout.npm("up"), "stacks/hello/app", /not there|no such|does not exist|is no folder/i);
    await nothingIsThere();
  });

  it("no daemon", async () => {
    checkout.environment["DOCKER_HOST"] = `unix://${checkout.path("none.sock")}`;
    const message = `Docker daemon at unix://${checkout.path("none.sock")} (from DOCKER_HOST) does not answer: there is no such`;
    refused(await checkout.npm("up"), message, "no such socket. Start Docker, or correct DOCKER_HOST.");
    const doctor = await checkout.slipway("doctor");
    refused(doctor, /^wrong +Docker daemon .*does not answer: there is no such socket\.\n +→ Start Docker/m);
  });

  it("a daemon that does not let this user in", async () => {
    const one = forNobody("true", { DOCKER_HOST: daemon.host });
    refused(await one.ended, "does not answer: this user may not open the socket. Add the user to the group");
  });

  it("no daemon on the default socket, for a user who can't start one", async () => {
    const one = forNobody("mount -t tmpfs tmpfs /run", { DOCKER_HOST: undefined });
    refused(await one.ended, "(from the default) does not run, and only root can start it. Start it (`sudo systemctl");
  });

  it("a full disk, and the run after some space was made", async () => {
    const disk = checkout.path("state");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    try {
      execFileSync("sh", ["-c", `cat /dev/zero > ${join(disk, "fill")} || true`], { stdio: "ignore" });
      refused(await checkout.npm("preview"), disk, "can't be written: the disk is full. Free some space there");
      rmSync(join(disk, "fill"));
      const { status, text } = await checkout.npm("preview");
      expect(status, text).to.equal(0);
      const passphrases = readdirSync(disk, { recursive: true, encoding: "utf8" }).filter((name) =>
        /passphrase/.test(name),
      );
      expect(passphrases).to.have.length(1);
      expect(readFileSync(join(disk, passphrases[0] ?? ""), "utf8")).to.match(/^[\w-]{32}\n$/);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  it("a cache on a disk that is too small for the CLI", async () => {
    const disk = checkout.path("cache");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    checkout.environment["SLIPWAY_CACHE"] = disk;
    try {
      const room = `Disk of ${disk}`;
      refused(
        await checkout.npm("up"),
        room,
        /has [01] MB free, and the Pulumi CLI takes about 700 MB there\. Free some/,
      );
      refused(await checkout.slipway("doctor"), /^wrong +Disk, cache +[01] MB free/m);
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  it("a Node that is too old, with npm's own copy and without", async () => {
    const old = mkdtempSync(join(tmpdir(), "slipway-node-"));
    folders.push(old);
    execFileSync("npm", ["install", "--prefix", old, "--no-audit", "--no-fund", "--silent", "node@18"]);
    const program = join(old, "node_modules/.bin/node");
    const path = [dirname(program), process.env["PATH"]].join(delimiter);
    const bootstrap = [program, checkout.path("bin/bootstrap.mjs")];
    const found = await checkout.start([...bootstrap, "doctor"], { PATH: path }).ended;
    expect(found.text).to.match(/^ok +Node +2\d\.\S+ \S+node_modules\/node\/bin\/node/m);
    // The same dependencies, without the Node among them.
    const modules = checkout.path("node_modules");
    rmSync(modules);
    mkdirSync(modules);
    for (const name of readdirSync(join(root, "node_modules"))) {
      if (name !== "node" && name !== ".bin") symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    const { status, text } = await checkout.start([...bootstrap, "up"], { PATH: path }).ended;
    refused(
      { status, text },
      /Node 18\.\S+ is too old: the Pulumi SDK needs 22 or newer.* Remove node_modules and run/,
    );
  });

  it("a package registry that can't be reached", async () => {
    const fresh = Checkout.make({
      installed: false,
      env: { npm_config_registry: "http://127.0.0.1:9/", npm_config_cache: "cache", npm_config_fetch_retries: "0" },
    });
    const { status, text } = await fresh.npm("up");
    fresh.remove();
    refused(
      { status, text },
      "slipway: Dependencies, from package-lock.json by npm ci, because there is no node_modules",
    );
    expect(text).to.match(/^slipway: Dependencies could not be installed; npm says why above/m);
  });

  it("a folder that is no project", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-empty-"));
    folders.push(folder);
    chmodSync(folder, 0o755);
    const words = ["sh", "-c", `cd ${folder} && exec ${process.execPath} ${checkout.path("dist/bin/slipway.js")} up`];
    const { status, text } = await checkout.start(words).ended;
    refused({ status, text }, `Project "${folder}" holds no Pulumi.yaml, nor does a folder above it. Change into`);
  });
});
