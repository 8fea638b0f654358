import type { Service } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectService } from "../../daemon/swarm";
import type { Properties } from "../../provider/value";
import { containerSpellings } from "../support/service-spellings/container";
import { commands, image } from "../support/service-spellings/spelling";
import { taskSpellings } from "../support/service-spellings/task";
import { World } from "../support/world";

describe("inputs of a service", function () {
  this.timeout(60_000);
  let world: World;

  before(async () => {
    world = await World.start("docker:index/service:Service", { isSwarmManager: true });
    world.docker("tag", image, "slipway-test/busybox:2");
  });
  afterEach(() => world.clear());
  after(() => world?.stop());

  async function spec(): Promise<Service> {
    const seen = await inspectService(world.daemon.engine, "sv");
    if (seen === undefined) throw new Error("The swarm has no service sv.");
    return seen;
  }

  // Issue "Reconciliation people can trust", done-when 2; contract C1, C2, C4.
  for (const one of [...containerSpellings, ...taskSpellings]) {
    it(`${one.input}: settled in every spelling (${one.source}), changed and removed in place`, async () => {
      const oracle = (seen: Service): unknown => {
        const template = seen.Spec?.TaskTemplate ?? {};
        return one.oracle(seen.Spec ?? {}, template, (template.ContainerSpec ?? {}) as Properties);
      };
      const stack = await world.stack();
      const [first, ...more] = one.spellings;
      expect(await stack.apply("s", { name: "sv", ...first })).to.equal("create");
      const seen = await spec();
      expect(oracle(seen)).to.deep.equal(one.wanted);
      for (const spelling of [first, ...more, first]) {
        await world.nextRun(stack);
        expect(await stack.apply("s", { name: "sv", ...spelling })).to.equal("same");
      }
      expect((await spec()).Spec, "nothing was touched").to.deep.equal(seen.Spec);
      await world.nextRun(stack);
      expect(await stack.apply("s", { name: "sv", ...one.other })).to.equal("update");
      const changed = await spec();
      expect(changed.ID, "in place").to.equal(seen.ID);
      expect(oracle(changed)).to.deep.equal(one.otherWanted);
      await world.nextRun(stack);
      expect(await stack.apply("s", { name: "sv", ...one.other })).to.equal("same");
      await world.nextRun(stack);
      expect(await stack.apply("s", { name: "sv", ...first }), "and back").to.equal("update");
      expect(oracle(await spec())).to.deep.equal(one.wanted);
    });
  }

  it("networks, secrets and configs: by id or name, with and without names beside ids", async () => {
    const net = world.docker("network", "create", "-d", "overlay", "sv-net");
    const secret = world.docker("secret", "create", "sv-secret", "/etc/hostname");
    const config = world.docker("config", "create", "sv-config", "/etc/hostname");
    const news = (network: Properties, names: boolean): Properties => ({
      name: "sv",
      taskSpec: {
        containerSpec: {
          image,
          commands,
          secrets: [
            { secretId: secret, fileName: "s", ...(names ? { secretName: "sv-secret", fileMode: 0o444 } : {}) },
          ],
          configs: [{ configId: config, fileName: "/c", ...(names ? { configName: "sv-config", fileUid: "0" } : {}) }],
        },
        networksAdvanceds: [network],
      },
    });
    const stack = await world.stack();
    await stack.apply("s", news({ name: "sv-net", aliases: ["one"] }, false));
    const seen = await spec();
    expect(seen.Spec?.TaskTemplate?.Networks).to.deep.equal([{ Target: net, Aliases: ["one"] }]);
    expect(seen.Spec?.TaskTemplate?.ContainerSpec?.Secrets?.[0]).to.include({
      SecretID: secret,
      SecretName: "sv-secret",
    });
    await world.nextRun(stack);
    expect(await stack.apply("s", news({ name: "sv-net", aliases: ["one"] }, false))).to.equal("same");
    // Another word for the same network is a change of the state, and of no task.
    const before = world.docker("service", "ps", "-q", "sv");
    await world.nextRun(stack);
    expect(await stack.apply("s", news({ name: net, aliases: ["one"] }, true))).to.equal("update");
    expect(world.docker("service", "ps", "-q", "sv")).to.equal(before);
    await world.nextRun(stack);
    expect(await stack.apply("s", news({ name: net, aliases: ["one"] }, true))).to.equal("same");
  });

  // D1, D2: what somebody else does with the docker command.
  const words: readonly (readonly [string, readonly string[], string])[] = [
    ["an image", ["--image", "slipway-test/busybox:2"], "taskSpec.containerSpec.image"],
    ["a variable", ["--env-add", "B=2"], "taskSpec.containerSpec.env.B"],
    ["a removed variable", ["--env-rm", "A"], "taskSpec.containerSpec.env"],
    ["replicas", ["--replicas", "3"], "mode"],
    ["a label", ["--label-add", "x=y"], "labels[1]"],
    ["a limit", ["--limit-memory", "64m"], "taskSpec.resources"],
    ["a port", ["--publish-add", "published=26305,target=80,mode=host"], "endpointSpec"],
    ["the grace", ["--stop-grace-period", "3s"], "taskSpec.containerSpec.stopGracePeriod"],
    ["the roll-out", ["--update-parallelism", "3"], "updateConfig"],
    ["a mount", ["--mount-add", "type=tmpfs,target=/x"], "taskSpec.containerSpec.mounts"],
    ["a constraint", ["--constraint-add", "node.role==manager"], "taskSpec.placement"],
    ["the user", ["--user", "1"], "taskSpec.containerSpec.user"],
  ];
  for (const [what, change, path] of words) {
    it(`D1: ${what}, changed by somebody else, shows and is put back in place`, async () => {
      const news = {
        name: "sv",
        labels: [{ label: "a", value: "1" }],
        mode: { replicated: { replicas: 1 } },
        taskSpec: { containerSpec: { image, commands, env: { A: "1" } } },
      };
      const stack = await world.stack();
      await stack.apply("s", news);
      const { ID } = await spec();
      world.docker("service", "update", "-d", "--no-resolve-image", ...change, "sv");
      await world.nextRun(stack);
      const paths = await stack.preview("s", news);
      expect(paths.join()).to.contain(path);
      await world.nextRun(stack);
      expect(await stack.apply("s", news)).to.equal("update");
      expect((await spec()).ID).to.equal(ID);
      await world.nextRun(stack);
      expect(await stack.apply("s", news)).to.equal("same");
    });
  }

  it("what the program leaves to the swarm does not drift: replicas, forced updates, a pinned digest", async () => {
    const news = { name: "sv", taskSpec: { containerSpec: { image, commands } } };
    const stack = await world.stack();
    await stack.apply("s", news);
    world.docker("service", "update", "-d", "--no-resolve-image", "--replicas", "2", "--force", "sv");
    await world.nextRun(stack);
    expect(await stack.apply("s", news)).to.equal("same");
    expect((await spec()).Spec?.Mode?.Replicated?.Replicas).to.equal(2);
  });

  it("import by id and by name, after which a program that says the same changes nothing", async () => {
    const id = world.docker(
      ...[
        "service",
        "create",
        "-q",
        "-d",
        "--no-resolve-image",
        "--name",
        "sv",
        "--env",
        "A=1",
        "--label",
        "a=1",
        "--replicas",
        "2",
      ],
      ...["--publish", "published=26306,target=80", "--stop-grace-period", "3s", image, "sleep", "1000"],
    );
    for (const by of [id, "sv"]) {
      const found = await (await world.provider()).read("s", by);
      expect(found.id).to.equal(id);
      const program = {
        name: "sv",
        endpointSpec: { ports: [{ targetPort: 80, publishedPort: 26306 }] },
        labels: [{ label: "a", value: "1" }],
        mode: { replicated: { replicas: 2 } },
        taskSpec: { containerSpec: { image, args: ["sleep", "1000"], env: { A: "1" }, stopGracePeriod: "3s" } },
      };
      const stack = await world.stack();
      stack.held.set("s", found);
      expect(await stack.preview("s", program)).to.deep.equal([]);
      expect(await stack.apply("s", program)).to.equal("same");
      const { __defaults: _, ...own } = found.inputs;
      stack.held.set("s", found);
      expect(await stack.apply("s", own), "and so does what the import wrote").to.equal("same");
    }
    expect((await (await world.provider()).read("s", "nosuch")).id).to.equal("");
  });
});
