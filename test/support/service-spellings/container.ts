import { container, image, type SpelledService } from "./spelling";

export const containerSpellings: readonly SpelledService[] = [
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
];
