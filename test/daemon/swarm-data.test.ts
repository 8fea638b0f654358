import type { Config, Secret } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectData } from "../../daemon/swarm-data";
import type { Properties } from "../../provider/value";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { Lifecycle } from "../support/lifecycle";
import { ProviderUnderTest } from "../support/provider";
import { World } from "../support/world";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const base64 = (text: string): string => Buffer.from(text).toString("base64");

// One lifecycle for both; what differs is whether the swarm shows the data.
for (const [word, token, vault, flag] of [
  ["Secret", "docker:index/secret:Secret", "secrets", "secret"],
  ["ServiceConfig", "docker:index/serviceConfig:ServiceConfig", "configs", "config"],
] as const) {
  describe(`${word} in a swarm`, function () {
    this.timeout(60_000);
    let world: World;
    let stack: Lifecycle;

    before(async () => {
      world = await World.start(token, { isSwarmManager: true });
    });
    beforeEach(async () => {
      stack = await world.stack();
    });
    afterEach(() => world.clear());
    after(() => world?.stop());

    async function kept(id: string): Promise<Secret & Config> {
      const seen = await inspectData(world.daemon.engine, vault, id);
      if (seen === undefined) throw new Error(`The swarm has no ${word} ${id}.`);
      return seen;
    }

    const names = (): string[] => world.docker(flag, "ls", "--format", "{{.Name}}").split("\n").filter(Boolean).sort();
    const news = (text: string, rest: Properties = {}): Properties => ({ name: "swd", data: base64(text), ...rest });

    /** A service that mounts it: what it sees is what the swarm keeps. */
    function use(name: string): () => string {
      const words = ["service", "create", "-d", "--name", "user", `--${flag}`, `source=${name},target=/the-file`];
      world.docker(...words, "slipway-test/busybox:1", "sleep", "1000");
      return () => {
        for (let tries = 0; ; tries++) {
          const [container] = world
            .docker("ps", "-q", "--filter", "label=com.docker.swarm.service.name=user")
            .split("\n");
          try {
            if (container) return world.docker("exec", container, "cat", "/the-file");
          } catch (error) {
            if (tries > 100) throw error;
          }
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
        }
      };
    }

    it("reaches the tasks of a service as it was written, and settles in every spelling", async () => {
      const text = "a line\nand another, ünicode";
      await stack.apply("s", news(text, { labels: [{ label: "a", value: "1" }] }));
      const seen = await kept("swd");
      expect(use("swd")()).to.equal(text);
      const broken = base64(text).replace(/(.{7})/g, "$1\n");
      const labels = [
        { label: "a", value: "1" },
        { label: "a", value: "1" },
      ];
      for (const spelling of [news(text, { labels }), { name: "swd", data: broken, labels }, news(text, { labels })]) {
        await world.nextRun(stack);
        expect(await stack.apply("s", spelling)).to.equal("same");
      }
      expect(await kept("swd")).to.deep.equal(seen);
    });

    it("C6: labels change in place, under the service that uses it; D1: and back, when somebody else changed them", async () => {
      await stack.apply("s", news("x", { labels: [{ label: "a", value: "1" }] }));
      use("swd");
      const { id } = stack.of("s");
      await world.nextRun(stack);
      expect(await stack.apply("s", news("x", { labels: [{ label: "a", value: "2" }] }))).to.equal("update");
      expect((await kept(id)).Spec?.Labels).to.include({ a: "2" });
      const now = await kept(id);
      const body = { ...now.Spec, Labels: { ...now.Spec?.Labels, a: "9" } };
      const query = { version: now.Version?.Index };
      await world.daemon.engine.json("POST", `/${vault}/${id}/update`, { query, body });
      await world.nextRun(stack);
      expect(await stack.preview("s", news("x", { labels: [{ label: "a", value: "2" }] }))).to.have.length(1);
      await world.nextRun(stack);
      expect(await stack.apply("s", news("x", { labels: [{ label: "a", value: "2" }] }))).to.equal("update");
      expect((await kept(id)).Spec?.Labels).to.include({ a: "2" });
      await world.nextRun(stack);
      expect(await stack.apply("s", news("x")), "removed ones go").to.equal("update");
      expect((await kept(id)).Spec?.Labels).not.to.have.property("a");
    });

    it("new data under a fixed name: replaced where nobody uses it", async () => {
      await stack.apply("s", news("one"));
      await world.nextRun(stack);
      expect(await stack.apply("s", news("two"))).to.equal("replace");
      await stack.finish("s");
      expect(names()).to.deep.equal(["swd"]);
      expect(use("swd")()).to.equal("two");
    });

    it("A1: new data under a fixed name that a service uses: refused in preview, the service named and untouched", async () => {
      await stack.apply("s", news("one"));
      const read = use("swd");
      for (const step of [stack.preview("s", news("two")), stack.apply("s", news("two"))]) {
        const text = await step.catch(message);
        expect(text)
          .to.contain(`${word} "swd": name "swd" is used by service user`)
          .and.to.contain("leave the name out");
        expect(text).not.to.contain(base64("two"));
      }
      expect(read()).to.equal("one");
    });

    it("new data under a generated name: a new one beside the old, which goes last and names who holds it", async () => {
      await stack.apply("s", { data: base64("one") });
      const old = stack.of("s");
      use(String(old.state["name"]));
      await world.nextRun(stack);
      expect(await stack.apply("s", { data: base64("two") })).to.equal("replace");
      expect(names()).to.have.length(2);
      expect(await stack.finish("s").catch(message)).to.contain("is still in use by service user");
      world.docker("service", "rm", "user");
      await stack.provider.delete("s", old.id, old.inputs, old.state);
      expect(names()).to.deep.equal([stack.of("s").state["name"]]);
    });

    it("B5: a name of somebody else is refused in preview and in up; A8: a clone's too; B3: and one of the same program", async () => {
      world.docker(flag, "create", "swd", "/etc/hostname");
      for (const answer of [stack.preview("s", news("x")), stack.apply("s", news("x"))]) {
        expect(await answer.catch(message)).to.contain(`name "swd" is taken by one that is there already`);
      }
      const first = await world.stack("clone-1");
      await first.apply("s", { ...news("x"), name: "other" });
      const second = await world.stack("clone-2");
      expect(await second.apply("s", { ...news("x"), name: "other" }).catch(message)).to.contain(
        "another stack or clone",
      );
      const both = await world.stack();
      await both.preview("one", { ...news("x"), name: "third" });
      expect(await both.preview("two", { ...news("x"), name: "third" }).catch(message)).to.contain(
        'name "third" is taken by resource "one" of this program',
      );
    });

    it("A3: what a killed create left is taken up; D2: what was removed is made again; gone is gone", async () => {
      await stack.apply("s", news("one"));
      const next = await world.stack();
      expect(await next.apply("s", news("two"))).to.equal("create");
      expect(use("swd")()).to.equal("two");
      world.docker("service", "rm", "user");
      world.docker(flag, "rm", "swd");
      await world.nextRun(next);
      expect(await next.apply("s", news("two"))).to.equal("create");
      world.docker(flag, "rm", "swd");
      await world.nextRun(next);
      await next.finish();
    });

    it("import by id and by name, after which the program changes nothing", async () => {
      const id = world.docker(flag, "create", "--label", "a=1", "swd", "/etc/hostname");
      const content = Buffer.from(
        world.docker("run", "--rm", "-v", "/etc/hostname:/h", "slipway-test/busybox:1", "cat", "/h"),
      );
      for (const by of [id, "swd"]) {
        const provider = await world.provider();
        const found = await provider.read("s", by);
        expect(found.id).to.equal(id);
        expect(found.inputs).to.include({ name: "swd" });
        // The engine checks what it imports; a secret's data nobody can know.
        expect((await provider.check("s", found.inputs, found.inputs)).failures).to.deep.equal([]);
        const imported = new Lifecycle(await world.provider());
        imported.held.set("s", found);
        const labels = [{ label: "a", value: "1" }];
        const data = vault === "configs" ? String(found.inputs["data"]) : `${content.toString("base64")}`;
        expect(await imported.apply("s", { name: "swd", data, labels })).to.equal(
          vault === "configs" ? "same" : "update",
        );
        await world.nextRun(imported);
        expect(await imported.apply("s", { name: "swd", data, labels })).to.equal("same");
      }
      expect((await stack.provider.read("s", "nosuch")).id).to.equal("");
    });

    it("C10: all faults at once, in preview, and never the data", async () => {
      const bad = { name: "-", data: "not base64 !!", labels: [{ label: "io.slipway.x", value: "" }] };
      const { failures } = await stack.provider.check("s", bad);
      expect(failures).to.have.length(3);
      expect(failures.join()).to.contain("data is no base64").and.not.to.contain("not base64");
      for (const [data, text] of [
        ["", "data is empty"],
        ["YQ", "data is no base64"],
        [base64("x".repeat(1024 * 1024)), "bytes, and a swarm keeps"],
      ] as const) {
        expect((await stack.provider.check("s", { data })).failures.join()).to.contain(text);
      }
      expect((await stack.provider.check("s", {})).failures.join()).to.contain("data is missing");
      expect((await stack.provider.check("s", { name: "x".repeat(65), data: "eA==" })).failures.join()).to.contain(
        "is too long",
      );
    });
  });
}

describe("swarm resources on a daemon that manages no swarm", function () {
  this.timeout(60_000);
  let daemon: PrivateDaemon;

  before(async () => {
    daemon = await startDockerd();
  });
  after(() => daemon?.stop());

  for (const [word, token, inputs] of [
    ["Secret", "docker:index/secret:Secret", { name: "x", data: "eA==" }],
    ["ServiceConfig", "docker:index/serviceConfig:ServiceConfig", { data: "eA==" }],
  ] as const) {
    it(`${word}: a clear error in preview`, async () => {
      const provider = await ProviderUnderTest.start(daemon.engine, token);
      const text = await new Lifecycle(provider).preview("s", inputs).catch(message);
      expect(text).to.contain("needs a daemon that manages a swarm, and this one does not. Run `docker swarm init`");
      provider.close();
    });
  }
});

describe("the two spellings of a config", function () {
  this.timeout(60_000);

  it("data and dataRaw say the same, and not both", async () => {
    const world = await World.start("docker:index/serviceConfig:ServiceConfig", { isSwarmManager: true });
    try {
      const stack = await world.stack();
      await stack.apply("c", { name: "swd", dataRaw: "hällo" });
      const { id } = stack.of("c");
      await world.nextRun(stack);
      expect(await stack.apply("c", { name: "swd", data: base64("hällo") }), "the state alone changes").to.equal(
        "update",
      );
      expect(stack.of("c").id).to.equal(id);
      await world.nextRun(stack);
      expect(await stack.apply("c", { name: "swd", dataRaw: "other" })).to.equal("replace");
      const both = await stack.provider.check("c", { data: "eA==", dataRaw: "x" });
      expect(both.failures.join()).to.contain("data and dataRaw are both given");
    } finally {
      await world.stop();
    }
  });
});
