import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { messageOf } from "../../values/fault";
import type { Lifecycle } from "../support/lifecycle";
import { pushRandom, pushTo } from "../support/registry";
import { login, RegistryWorld } from "../support/registry-world";
import { slowProxy } from "../support/slow-proxy";

const type = "remoteImage:RemoteImage";

// What the CLI shows of it is in test/e2e/remote-image.test.ts.
describe("docker.RemoteImage", function () {
  this.timeout(120_000);
  let world: RegistryWorld;
  let life: Lifecycle;
  let name: string;

  before(async () => {
    world = await RegistryWorld.start();
    name = `${world.open.host}/h/base:1`;
    await pushTo(world.open, world.daemon, "slipway-test/busybox:1", "h/base:1");
    await pushTo(world.closed, world.daemon, "slipway-test/busybox:2", "h/own:1", login);
  });
  after(() => world?.stop());
  beforeEach(async () => {
    life = await world.lifecycle(type);
  });
  afterEach(async () => {
    await world.destroy(life, type);
    life.provider.close();
  });

  const run = (container: string, image: string, ...words: string[]): string =>
    world.docker("run", "-d", "--name", container, ...words, image, "sleep", "1000");

  describe("goes", () => {
    it("with its image when nobody else uses it", async () => {
      await life.apply("r", { name });
      await world.destroy(life, type);
      expect(await world.imageId(name)).to.equal("none");
    });

    it("not where keepLocally says so", async () => {
      await life.apply("r", { name, keepLocally: true });
      await world.destroy(life, type);
      expect(await world.imageId(name)).not.to.equal("none");
    });

    it("E2: not while containers use the image, which are named", async () => {
      await life.apply("r", { name });
      run("first", name);
      run("second", name);
      world.docker("stop", "-t", "0", "second");
      await world.destroy(life, type);
      expect((await life.provider.said()).join()).to.match(
        /^warning: Image ".*h\/base:1" stays on the daemon: containers (first, second|second, first) use it\.$/,
      );
      expect(await world.imageId(name)).not.to.equal("none");
      world.docker("rm", "-f", "first", "second");
    });

    it("by force from stopped containers, and not from running ones", async () => {
      await life.apply("r", { name, forceRemove: true });
      const id = run("runs", name);
      await world.destroy(life, type);
      expect((await life.provider.said()).join()).to.contain("stays on the daemon: container runs uses it.");
      expect(await world.imageId(name)).not.to.equal("none");
      await life.apply("r", { name, forceRemove: true });
      world.docker("stop", "-t", "0", id);
      await world.destroy(life, type);
      expect(await world.imageId(name)).to.equal("none");
      world.docker("rm", "runs");
    });

    it("waits for the stack's own containers that are going too", async () => {
      await life.apply("r", { name });
      const own = run("own", name, "--label", "io.slipway.provider=world", "--label", "io.slipway.urn=urn:x");
      await life.finish("r");
      await world.nextRun(life, type);
      const removed = life.finish();
      await sleep(1000);
      expect(await world.imageId(name)).not.to.equal("none");
      world.docker("rm", "-f", own);
      await removed;
      expect(await world.imageId(name)).to.equal("none");
    });

    it("not while another RemoteImage of the program has the name, however it is spelt", async () => {
      const other = "h7-shared";
      world.docker("tag", "slipway-test/busybox:1", other);
      await life.apply("a", { name: other });
      await life.apply("b", { name: `docker.io/library/${other}:latest` });
      await life.finish("a", "b");
      await world.nextRun(life, type);
      await life.apply("b", { name: `docker.io/library/${other}:latest` });
      await life.finish("b");
      expect(await world.imageId(other)).not.to.equal("none");
      await world.destroy(life, type);
      expect(await world.imageId(other)).to.equal("none");
    });

    it("leaves a name that was given to another image", async () => {
      await life.apply("r", { name });
      world.docker("tag", "slipway-test/busybox:3", name);
      await world.destroy(life, type);
      expect(await world.imageId(name)).to.equal(await world.imageId("slipway-test/busybox:3"));
      world.docker("rmi", name);
    });
  });

  describe("comes", () => {
    it("from the daemon first: a local image needs no registry", async () => {
      world.docker("tag", "slipway-test/busybox:3", "only/here:1");
      expect(await life.apply("r", { name: "only/here:1" })).to.equal("create");
      // With images in containerd one that no registry has seen has a digest too.
      expect(life.of("r").state["repoDigest"]).to.match(/^(only\/here@sha256:[0-9a-f]{64})?$/);
      expect(await life.apply("r", { name: "only/here:1", triggers: { a: "1" } })).to.equal("replace");
      await life.finish("r");
      const said = (await life.provider.said()).join("\n");
      expect(said).to.contain("The daemon's own image of that name is used.");
      expect(await world.imageId("only/here:1"), "its replacement did not take it along").not.to.equal("none");
      const local = `${world.open.host}/only/here:1`;
      world.docker("tag", "slipway-test/busybox:3", local);
      await life.apply("s", { name: local, pullTriggers: ["1"] });
      const refused = await life.preview("s", { name: local, pullTriggers: ["2"] }).catch(messageOf);
      expect(refused).to.contain(`name "${local}" is not there: registry ${world.open.host} has no tag "1" of it.`);
    });

    it("follows what was pulled by hand", async () => {
      const tag = `${world.open.host}/h/hand:1`;
      await pushTo(world.open, world.daemon, "slipway-test/busybox:1", "h/hand:1");
      await life.apply("r", { name: tag });
      await pushTo(world.open, world.daemon, "slipway-test/busybox:2", "h/hand:1");
      world.docker("pull", tag);
      expect(await life.apply("r", { name: tag })).to.equal("same");
      expect(life.of("r").state["imageId"]).to.equal(await world.imageId("slipway-test/busybox:2"));
    });

    it("anew from the registry once its name is as old as pullAfter says, and not before", async () => {
      const tag = `${world.open.host}/h/aged:1`;
      const first = await pushTo(world.open, world.daemon, "slipway-test/busybox:1", "h/aged:1");
      await life.apply("r", { name: tag, pullAfter: "1h" });
      await pushTo(world.open, world.daemon, "slipway-test/busybox:2", "h/aged:1");
      // The push has taken the name: it goes back to the first image.
      const digest = `${world.open.host}/h/aged@${first}`;
      world.docker("pull", digest);
      world.docker("tag", digest, tag);
      expect(await life.apply("r", { name: tag, pullAfter: "1h" })).to.equal("same");
      expect(await world.imageId(tag)).to.equal(await world.imageId("slipway-test/busybox:1"));
      expect(await life.apply("r", { name: tag, pullAfter: "1ms" })).to.equal("update");
      // Within a run a registry is asked once.
      await world.nextRun(life, type);
      expect(await life.apply("r", { name: tag, pullAfter: "1ms" })).to.equal("replace");
      expect(await world.imageId(tag)).to.equal(await world.imageId("slipway-test/busybox:2"));
      expect(await life.apply("r", { name: tag, pullAfter: "1ms" })).to.equal("same");
      const refused = await life.preview("r", { name: tag, pullAfter: "daily" }).catch(messageOf);
      expect(refused).to.contain('pullAfter "daily" is no length of time. Write it as "24h" or "90m".');
    });

    it("of the platform that is asked for, or with a warning", async () => {
      await life.apply("r", { name, platform: "linux/s390x" });
      const said = (await life.provider.said()).join("\n");
      expect(said).to.match(
        /warning: Image ".*" is of platform linux\/\w+, not linux\/s390x: its registry has no other\./,
      );
    });

    it("by digest", async () => {
      const digest = await pushTo(world.open, world.daemon, "slipway-test/busybox:3", "h/pinned:1");
      const pinned = `${world.open.host}/h/pinned@${digest}`;
      expect(await life.apply("r", { name: pinned })).to.equal("create");
      expect(life.of("r").state["repoDigest"]).to.equal(pinned);
      expect(await life.apply("r", { name: pinned })).to.equal("same");
      await world.destroy(life, type);
      expect(await world.imageId(pinned)).to.equal("none");
    });

    it("with the login of docker's own configuration where the provider has none", async () => {
      const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
      const file = join(process.env["DOCKER_CONFIG"] ?? "", "config.json");
      writeFileSync(file, JSON.stringify({ auths: { [world.closed.host]: { auth } } }));
      life.provider.close();
      life.provider = await world.provider(type, {});
      await life.apply("r", { name: `${world.closed.host}/h/own:1` });
      rmSync(file);
      expect(JSON.stringify(life.of("r"))).not.to.contain("canary");
    });
  });

  describe("is built", () => {
    let folder: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "slipway-ri-build-"));
      mkdirSync(join(folder, "app"));
      writeFileSync(
        join(folder, "app/Dockerfile"),
        "FROM slipway-test/busybox:1 AS one\nARG V=0\nENV V=$V\nFROM one\nENV W=1\n",
      );
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    for (const useLegacyBuilder of [false, true]) {
      it(`with its tags, arguments and labels (${useLegacyBuilder ? "classic builder" : "BuildKit"})`, async () => {
        const build = {
          context: join(folder, "app"),
          buildArgs: { V: "2" },
          tags: ["built/app:extra"],
          label: { a: "1" },
          labels: { b: "2" },
          target: "one",
          useLegacyBuilder,
        };
        await life.apply("r", { name: "built/app:1", build });
        const seen = JSON.parse(world.docker("image", "inspect", "built/app:1"))[0];
        expect(seen.RepoTags).to.include.members(["built/app:1", "built/app:extra"]);
        expect(seen.Config.Env).to.include("V=2").and.not.to.include("W=1");
        expect(seen.Config.Labels).to.include({ a: "1", b: "2" });
        expect(await life.apply("r", { name: "built/app:1", build })).to.equal("same");
        const changed = { ...build, buildArgs: { V: "3" } };
        expect(await life.preview("r", { name: "built/app:1", build: changed })).to.deep.equal(["build.buildArgs.V"]);
        const old = await world.imageId("built/app:1");
        expect(await life.apply("r", { name: "built/app:1", build: changed })).to.equal("replace");
        await life.finish("r");
        expect(await world.imageId("built/app:1")).not.to.equal(old);
        expect(await world.imageId(old), "E6: the image before it is gone").to.equal("none");
        await world.destroy(life, type);
        expect(await world.imageId("built/app:extra")).to.equal("none");
      });
    }

    for (const useLegacyBuilder of [false, true]) {
      it(`from a context that the daemon fetches (${useLegacyBuilder ? "classic builder" : "BuildKit"})`, async () => {
        const archive = execFileSync("tar", ["-C", join(folder, "app"), "-c", "."]);
        const server = createServer((_request, answer) => {
          answer.setHeader("content-type", "application/x-tar");
          answer.end(archive);
        }).listen(0, "127.0.0.1");
        try {
          await once(server, "listening");
          const address = server.address();
          if (address === null || typeof address === "string") throw new Error("no address");
          // Were the folder taken instead, the build would fail: it has no Dockerfile.
          const remote = `http://127.0.0.1:${address.port}/context.tar`;
          const build = { context: folder, remoteContext: remote, buildArgs: { V: "far" }, useLegacyBuilder };
          await life.apply("r", { name: "built/far:1", build });
          const [seen] = JSON.parse(world.docker("image", "inspect", "built/far:1"));
          expect(seen.Config.Env).to.include("V=far").and.to.include("W=1");
        } finally {
          server.close();
        }
      });
    }

    const limits = { memory: 64 << 20, memorySwap: 64 << 20, cpuPeriod: 100_000, cpuQuota: 50_000, cpuShares: 512 };

    it("with the limits that the classic builder knows, which reach the step", async () => {
      const steps = [
        "grep -qx 67108864 /sys/fs/cgroup/memory/memory.limit_in_bytes || grep -qx 67108864 /sys/fs/cgroup/memory.max",
        "grep -qx 50000 /sys/fs/cgroup/cpu/cpu.cfs_quota_us || grep -qx '50000 100000' /sys/fs/cgroup/cpu.max",
      ];
      mkdirSync(join(folder, "limited"));
      const text = ["FROM slipway-test/busybox:1", ...steps.map((step) => `RUN ${step}`)].join("\n");
      writeFileSync(join(folder, "limited/Dockerfile"), text);
      const build = { context: join(folder, "limited"), ...limits, useLegacyBuilder: true };
      await life.apply("r", { name: "built/limited:1", build });
      expect(await world.imageId("built/limited:1")).not.to.equal("none");
    });

    it("and what BuildKit does not know is said to have no effect", async () => {
      const build = {
        context: join(folder, "app"),
        ...limits,
        cgroupParent: "/x",
        securityOpts: ["no-new-privileges"],
      };
      await life.preview("r", { name: "built/app:1", build });
      expect((await life.provider.said()).join()).to.contain(
        'RemoteImage "r": without effect, since BuildKit does not know it: build.cpuPeriod, build.cpuQuota, ' +
          "build.cpuShares, build.memory, build.memorySwap, build.cgroupParent, build.securityOpts. Leave that out",
      );
    });

    it("not where the context is missing or an input needs buildx: refused in preview, all at once", async () => {
      const { failures } = await life.provider.check("r", {
        name: "Built App",
        platform: "a b",
        build: {
          context: "nowhere",
          cacheTos: ["type=local"],
          tags: ["No Tag"],
          secrets: [{ id: "s" }],
          isolation: "hyperv",
        },
      });
      expect(failures.map((failure) => failure.split(" ")[0])).to.deep.equal([
        "name",
        "platform",
        "build.cacheTos",
        "build.tags[0]",
        "build.secrets[0]",
        "build.isolation",
        "build.context",
      ]);
    });
  });

  it("is imported by its id, by the name and by the image's id", async () => {
    world.docker("pull", name);
    const image = await world.imageId(name);
    for (const id of [`${image}${name}`, name]) {
      const found = await life.provider.read("r", id);
      expect(found.id).to.equal(`${image}${name}`);
      expect(found.inputs).to.deep.equal({ __defaults: [], name });
    }
    expect((await life.provider.read("r", image)).id).to.match(new RegExp(`^${image}.`));
    expect((await life.provider.read("r", "no/such:1")).id).to.equal("");
    world.docker("rmi", name);
  });

  describe("stops", () => {
    it("at once on Ctrl-C, and the next up pulls it", async () => {
      const proxy = await slowProxy(world.open.host, 200_000);
      await pushRandom(world.open, world.daemon, "h/random:1", 1_000_000);
      const slow = `${proxy.host}/h/random:1`;
      const pull = life.apply("r", { name: slow }).then(() => "pulled", messageOf);
      while (proxy.passed() < 100_000) await sleep(20);
      const at = Date.now();
      await life.provider.cancel();
      expect(await pull).to.contain(`Image "${slow}" was stopped while it was pulled.`);
      expect(Date.now() - at).to.be.below(1000);
      await sleep(1500);
      const passed = proxy.passed();
      await sleep(1000);
      expect(proxy.passed()).to.equal(passed);
      proxy.stop();
      await world.nextRun(life, type);
      expect(await life.apply("r", { name })).to.equal("create");
    });
  });
});
