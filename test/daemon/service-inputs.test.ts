import type { Service, TaskSpec } from "@docker/node-sdk";
import { expect } from "chai";
import { inspectService } from "../../daemon/swarm";
import type { Properties } from "../../provider/value";
import { World } from "../support/world";

/** One input: spellings of one wish, what the raw spec must hold, and another wish. */
interface Case {
  readonly input: string;
  readonly source: string;
  readonly spellings: readonly [Properties, Properties, ...Properties[]];
  readonly oracle: (spec: NonNullable<Service["Spec"]>, task: TaskSpec, container: Properties) => unknown;
  readonly wanted: unknown;
  readonly other: Properties;
  readonly otherWanted: unknown;
}

const image = "slipway-test/busybox:1";
const commands = ["sleep", "1000"];

/** A service whose container, task or top level holds more than an image. */
const container = (more: Properties): Properties => ({ taskSpec: { containerSpec: { image, commands, ...more } } });
const task = (more: Properties): Properties => ({ taskSpec: { containerSpec: { image, commands }, ...more } });
const top = (more: Properties): Properties => ({ ...task({}), ...more });

const cases: readonly Case[] = [
  {
    input: "containerSpec.image",
    source: "references: docker.io/library and :latest may be left out",
    spellings: [container({ image }), container({ image: `docker.io/${image}` })],
    oracle: (_spec, _task, c) => c["Image"],
    wanted: image,
    other: container({ image: "slipway-test/busybox:2" }),
    otherWanted: "slipway-test/busybox:2",
  },
  {
    input: "containerSpec.commands, args",
    source: "lists in their order",
    spellings: [
      container({ commands: ["sh"], args: ["-c", "sleep 1000"] }),
      container({ args: ["-c", "sleep 1000"], commands: ["sh"] }),
    ],
    oracle: (_spec, _task, c) => [c["Command"], c["Args"]],
    wanted: [["sh"], ["-c", "sleep 1000"]],
    other: container({ commands: ["sleep", "1000"] }),
    otherWanted: [["sleep", "1000"], undefined],
  },
  {
    input: "containerSpec.env",
    source: "a map: the order of keys says nothing",
    spellings: [container({ env: { A: "1", B: "x=y" } }), container({ env: { B: "x=y", A: "1" } })],
    oracle: (_spec, _task, c) => [...((c["Env"] as string[] | undefined) ?? [])].sort(),
    wanted: ["A=1", "B=x=y"],
    other: container({}),
    otherWanted: [],
  },
  {
    input: "containerSpec.hostname, dir, user, stopSignal",
    source: "an empty text says nothing",
    spellings: [container({ hostname: "", dir: "", user: "", stopSignal: "" }), container({})],
    oracle: (_spec, _task, c) => [c["Hostname"], c["Dir"], c["User"], c["StopSignal"]],
    wanted: [undefined, undefined, undefined, undefined],
    other: container({ hostname: "h", dir: "/tmp", user: "root", stopSignal: "SIGINT" }),
    otherWanted: ["h", "/tmp", "root", "SIGINT"],
  },
  {
    input: "containerSpec.labels",
    source: "schema: a set",
    spellings: [
      container({
        labels: [
          { label: "a", value: "1" },
          { label: "b", value: "2" },
        ],
      }),
      container({
        labels: [
          { label: "b", value: "2" },
          { label: "a", value: "1" },
          { label: "a", value: "1" },
        ],
      }),
    ],
    oracle: (_spec, _task, c) => c["Labels"],
    wanted: { a: "1", b: "2" },
    other: container({ labels: [] }),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.groups",
    source: "a list; an empty one says nothing",
    spellings: [container({ groups: [] }), container({})],
    oracle: (_spec, _task, c) => c["Groups"],
    wanted: undefined,
    other: container({ groups: ["0"] }),
    otherWanted: ["0"],
  },
  {
    input: "containerSpec.readOnly, init",
    source: "false is what the swarm does without",
    spellings: [container({ readOnly: false }), container({})],
    oracle: (_spec, _task, c) => [c["ReadOnly"] ?? false, c["Init"] ?? false],
    wanted: [false, false],
    other: container({ readOnly: true, init: true }),
    otherWanted: [true, true],
  },
  {
    input: "containerSpec.mounts",
    source: "schema: a set; rprivate is the Engine's default propagation",
    spellings: [
      container({
        mounts: [
          { type: "tmpfs", target: "/t", tmpfsOptions: { sizeBytes: 1048576 } },
          { type: "bind", source: "/etc", target: "/e", readOnly: true, bindOptions: { propagation: "rprivate" } },
        ],
      }),
      container({
        mounts: [
          { type: "bind", source: "/etc", target: "/e", readOnly: true },
          { type: "tmpfs", target: "/t", readOnly: false, source: "", tmpfsOptions: { sizeBytes: 1048576 } },
        ],
      }),
    ],
    oracle: (_spec, _task, c) =>
      (c["Mounts"] as { Target: string; ReadOnly?: boolean }[]).map((one) => [one.Target, one.ReadOnly ?? false]),
    wanted: [
      ["/t", false],
      ["/e", true],
    ],
    other: container({
      mounts: [
        {
          type: "volume",
          source: "data",
          target: "/d",
          volumeOptions: { noCopy: true, labels: [{ label: "x", value: "y" }] },
        },
      ],
    }),
    otherWanted: [["/d", false]],
  },
  {
    input: "containerSpec.stopGracePeriod",
    source: "Go durations; ten seconds is the swarm's own",
    spellings: [container({ stopGracePeriod: "1m30s" }), container({ stopGracePeriod: "90s" })],
    oracle: (_spec, _task, c) => c["StopGracePeriod"],
    wanted: 90e9,
    other: container({}),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.healthcheck",
    source: "Go durations; zero is the image's",
    spellings: [
      container({ healthcheck: { tests: ["CMD", "true"], interval: "60s", retries: 2 } }),
      container({
        healthcheck: { tests: ["CMD", "true"], interval: "1m", retries: 2, timeout: "0s", startPeriod: "0s" },
      }),
    ],
    oracle: (_spec, _task, c) => c["Healthcheck"],
    wanted: { Test: ["CMD", "true"], Interval: 60e9, Retries: 2 },
    other: container({}),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.hosts",
    source: "schema: a set",
    spellings: [
      container({
        hosts: [
          { host: "a", ip: "10.0.0.1" },
          { host: "b", ip: "10.0.0.2" },
        ],
      }),
      container({
        hosts: [
          { ip: "10.0.0.2", host: "b" },
          { ip: "10.0.0.1", host: "a" },
        ],
      }),
    ],
    oracle: (_spec, _task, c) => c["Hosts"],
    wanted: ["10.0.0.1 a", "10.0.0.2 b"],
    other: container({}),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.dnsConfig",
    source: "lists; empty ones say nothing",
    spellings: [
      container({ dnsConfig: { nameservers: ["9.9.9.9"], searches: [], options: ["ndots:2"] } }),
      container({ dnsConfig: { nameservers: ["9.9.9.9"], options: ["ndots:2"] } }),
    ],
    oracle: (_spec, _task, c) => c["DNSConfig"],
    wanted: { Nameservers: ["9.9.9.9"], Options: ["ndots:2"] },
    other: container({}),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.isolation",
    source: "Check fills in default",
    spellings: [container({ isolation: "default" }), container({})],
    oracle: (_spec, _task, c) => [c["Isolation"], c["User"]],
    wanted: ["default", undefined],
    other: container({ isolation: "default", user: "1" }),
    otherWanted: ["default", "1"],
  },
  {
    input: "containerSpec.sysctl",
    source: "a map",
    spellings: [
      container({ sysctl: { "net.core.somaxconn": "256", "net.ipv4.ip_unprivileged_port_start": "0" } }),
      container({ sysctl: { "net.ipv4.ip_unprivileged_port_start": "0", "net.core.somaxconn": "256" } }),
    ],
    oracle: (_spec, _task, c) => c["Sysctls"],
    wanted: { "net.core.somaxconn": "256", "net.ipv4.ip_unprivileged_port_start": "0" },
    other: container({ sysctl: {} }),
    otherWanted: undefined,
  },
  {
    input: "containerSpec.capAdds, capDrops",
    source: "the docker command: any case, with and without CAP_",
    spellings: [
      container({ capAdds: ["CAP_NET_ADMIN"], capDrops: ["CAP_MKNOD"] }),
      container({ capAdds: ["net_admin"], capDrops: ["MKNOD"] }),
    ],
    oracle: (_spec, _task, c) => [c["CapabilityAdd"], c["CapabilityDrop"]],
    wanted: [["CAP_NET_ADMIN"], ["CAP_MKNOD"]],
    other: container({}),
    otherWanted: [undefined, undefined],
  },
  {
    input: "containerSpec.privileges",
    source: "false and empty texts say nothing",
    spellings: [container({ privileges: { seLinuxContext: { disable: false, user: "" } } }), container({})],
    oracle: (_spec, _task, c) => [c["User"]],
    wanted: [undefined],
    other: container({ user: "root" }),
    otherWanted: ["root"],
  },
  {
    input: "taskSpec.resources",
    source: "zero says nothing",
    spellings: [
      task({ resources: { limits: { memoryBytes: 67108864, nanoCpus: 0 }, reservation: { memoryBytes: 8388608 } } }),
      task({ resources: { reservation: { nanoCpus: 0, memoryBytes: 8388608 }, limits: { memoryBytes: 67108864 } } }),
    ],
    oracle: (_spec, t) => [t.Resources?.Limits?.MemoryBytes, t.Resources?.Reservations?.MemoryBytes],
    wanted: [67108864, 8388608],
    other: task({}),
    otherWanted: [undefined, undefined],
  },
  {
    input: "taskSpec.restartPolicy",
    source: "the swarm's defaults: any, five seconds, no limit",
    spellings: [task({ restartPolicy: { condition: "any", delay: "5s", maxAttempts: 0, window: "0s" } }), task({})],
    oracle: (_spec, t) => [t.RestartPolicy?.Condition ?? "any", t.RestartPolicy?.Delay ?? 5e9],
    wanted: ["any", 5e9],
    other: task({ restartPolicy: { condition: "on-failure", delay: "0s", maxAttempts: 3 } }),
    otherWanted: ["on-failure", 0],
  },
  {
    input: "taskSpec.placement",
    source: "the docker command: blanks in a constraint, spread= before a preference",
    spellings: [
      task({
        placement: {
          constraints: ["node.role==manager", "node.id != x"],
          prefs: ["spread=node.labels.zone"],
          platforms: [{ os: "linux", architecture: "amd64" }],
        },
      }),
      task({
        placement: {
          constraints: ["node.id!=x", "node.role == manager"],
          prefs: ["node.labels.zone"],
          platforms: [{ architecture: "amd64", os: "linux" }],
          maxReplicas: 0,
        },
      }),
    ],
    oracle: (_spec, t) => [t.Placement?.Preferences, t.Placement?.Platforms, t.Placement?.Constraints?.length],
    wanted: [[{ Spread: { SpreadDescriptor: "node.labels.zone" } }], [{ Architecture: "amd64", OS: "linux" }], 2],
    other: task({ placement: { maxReplicas: 2 } }),
    otherWanted: [undefined, undefined, undefined],
  },
  {
    input: "taskSpec.forceUpdate, runtime",
    source: "the swarm's defaults",
    spellings: [task({ forceUpdate: 0, runtime: "container" }), task({})],
    oracle: (_spec, t) => [t.ForceUpdate, t.Runtime],
    wanted: [0, "container"],
    other: task({ forceUpdate: 1 }),
    otherWanted: [1, "container"],
  },
  {
    input: "taskSpec.logDriver",
    source: "a map of options",
    spellings: [
      task({ logDriver: { name: "json-file", options: { "max-size": "1m", "max-file": "2" } } }),
      task({ logDriver: { options: { "max-file": "2", "max-size": "1m" }, name: "json-file" } }),
    ],
    oracle: (_spec, t) => t.LogDriver,
    wanted: { Name: "json-file", Options: { "max-size": "1m", "max-file": "2" } },
    other: task({}),
    otherWanted: undefined,
  },
  {
    input: "mode.replicated",
    source: "one replica is the default",
    spellings: [top({ mode: { replicated: { replicas: 1 } } }), top({ mode: { replicated: {} } })],
    oracle: (spec) => spec.Mode?.Replicated?.Replicas,
    wanted: 1,
    other: top({ mode: { replicated: { replicas: 2 } } }),
    otherWanted: 2,
  },
  {
    input: "labels",
    source: "schema: a set",
    spellings: [
      top({
        labels: [
          { label: "a", value: "1" },
          { label: "b", value: "2" },
        ],
      }),
      top({
        labels: [
          { label: "b", value: "2" },
          { label: "a", value: "1" },
        ],
      }),
    ],
    oracle: (spec) =>
      Object.fromEntries(Object.entries(spec.Labels ?? {}).filter(([name]) => !name.startsWith("io.slipway."))),
    wanted: { a: "1", b: "2" },
    other: top({}),
    otherWanted: {},
  },
  {
    input: "updateConfig, rollbackConfig",
    source: "schema's defaults; Go durations; ratios as text",
    spellings: [
      top({ updateConfig: { delay: "60s", maxFailureRatio: "0.10" }, rollbackConfig: { monitor: "5s" } }),
      top({ updateConfig: { delay: "1m0s", maxFailureRatio: "0.1", order: "stop-first", parallelism: 1 } }),
    ],
    oracle: (spec) => [
      spec.UpdateConfig?.Delay ?? 0,
      Number((spec.UpdateConfig?.MaxFailureRatio ?? 0).toFixed(3)),
      spec.RollbackConfig?.Monitor ?? 5e9,
    ],
    wanted: [60e9, 0.1, 5e9],
    other: top({ updateConfig: { parallelism: 0, failureAction: "continue", order: "start-first" } }),
    otherWanted: [0, 0, 5e9],
  },
  {
    input: "endpointSpec",
    source: "any case of the protocol; vip and ingress are the defaults",
    spellings: [
      top({
        endpointSpec: {
          mode: "vip",
          ports: [
            { targetPort: 80, publishedPort: 26301, protocol: "TCP" },
            { targetPort: 81, publishMode: "host", publishedPort: 26302 },
          ],
        },
      }),
      top({
        endpointSpec: {
          ports: [
            { targetPort: 81, publishedPort: 26302, publishMode: "host", protocol: "tcp" },
            { publishedPort: 26301, targetPort: 80, publishMode: "ingress" },
          ],
        },
      }),
    ],
    oracle: (spec) =>
      (spec.EndpointSpec?.Ports ?? [])
        .map((one) => `${one.PublishedPort}:${one.TargetPort}/${one.Protocol} ${one.PublishMode}`)
        .sort(),
    wanted: ["26301:80/tcp ingress", "26302:81/tcp host"],
    other: top({ endpointSpec: { mode: "dnsrr" } }),
    otherWanted: [],
  },
];

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
  for (const one of cases) {
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
