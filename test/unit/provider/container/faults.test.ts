import { expect } from "chai";
import { withDefaults } from "../../../../provider/check";
import { faultsOf } from "../../../../provider/container/faults";
import { defaults, nestedDefaults } from "../../../../provider/container/inputs";
import { type Properties, unknown } from "../../../../provider/value";
import { describeFault } from "../../../../values/fault";
import { describeRecordings, properties, recordedCalls } from "../../../support/recordings";

const image = "nginx:1.29";

function messages(inputs: Properties): string[] {
  const checked = withDefaults({ image, ...inputs }, { ...defaults, name: "web" }, nestedDefaults);
  return faultsOf(checked, "web").map((fault) => describeFault(fault).replace('Container "web": ', ""));
}

const port = (block: Properties): Properties => ({ ports: [{ internal: 80, ...block }] });
const network = (block: Properties): Properties => ({ networksAdvanced: [{ name: "n", ...block }] });
const health = (block: Properties): Properties => ({ healthcheck: { tests: ["CMD", "true"], ...block } });
const upload = (block: Properties): Properties => ({ uploads: [{ file: "/a", content: "x", ...block }] });
const mount = (block: Properties): Properties => ({
  mounts: [{ type: "volume", source: "v", target: "/v", ...block }],
});
const volume = (block: Properties): Properties => ({ volumes: [{ containerPath: "/v", ...block }] });

/** Wrong inputs and everything that is said of them. */
const wrong: readonly (readonly [Properties, ...string[]])[] = [
  [{ image: "" }, 'image "" is missing. Name an image, such as `nginx:1.29`.'],
  [
    { image: "Nginx:1" },
    'image "Nginx:1" is no image reference. Write it as `REPOSITORY:TAG`, in lower case, or give an image id.',
  ],
  [{ image: "nginx:" }, 'image "nginx:" is no image reference.'],
  [{ name: "a" }, 'name "a" is no container name. Use letters, digits, `_`, `.` and `-`, two at least.'],
  [{ name: "a/b" }, 'name "a/b" is no container name.'],
  [{ command: ["", "x"] }, 'command[0] "" is empty. Start with the name of a program.'],
  [{ emptyCommand: true, command: ["x"] }, 'emptyCommand "true" contradicts `command`. Keep one of the two.'],
  [{ emptyEntrypoint: true }, 'emptyEntrypoint "true" leaves nothing to run. Give a `command` too.'],
  [{ envs: ["=x"] }, "envs[0] has no variable name before the equals sign. Write `NAME=value`."],
  [{ envs: ["A=1", "A=2"] }, 'envs[1] "A" is set twice, to two values. Set each variable once.'],
  [{ labels: [{ label: "", value: "x" }] }, "labels[0].label is empty. Give the label a name."],
  [
    { labels: [{ label: "io.slipway.urn", value: "x" }] },
    'labels[0].label "io.slipway.urn" is reserved for Slipway\'s own bookkeeping.',
  ],
  [
    {
      labels: [
        { label: "a", value: "x" },
        { label: "a", value: "y" },
      ],
    },
    'labels[1].label "a" is given twice, with two values.',
  ],
  [{ user: "a b" }, 'user "a b" is no user. Write it as `USER` or `USER:GROUP`, by name or number.'],
  [{ user: "a:" }, 'user "a:" is no user.'],
  [{ workingDir: "app" }, 'workingDir "app" is not absolute. Start it with `/`.'],
  [{ hostname: "a b" }, 'hostname "a b" is no name of a host.'],
  [{ domainname: "x".repeat(65) }, `domainname "${"x".repeat(65)}" is no name of a host.`],
  [{ stopSignal: "SIGNOPE" }, 'stopSignal "SIGNOPE" is no signal. Write it as `SIGTERM`, `TERM` or `15`.'],
  [{ stopSignal: "99" }, 'stopSignal "99" is no signal.'],
  [{ stopTimeout: -2 }, 'stopTimeout "-2" is not a number of seconds. Use a whole number, -1 or more.'],
  [{ stopTimeout: 1.5 }, 'stopTimeout "1.5" is not a number of seconds.'],
  [health({ interval: "10" }), 'healthcheck.interval "10" is no duration. Write it as `10s` or `1m30s`.'],
  [health({ timeout: "10us" }), 'healthcheck.timeout "10us" is too short. Use `1ms` or more.'],
  [health({ retries: -1 }), 'healthcheck.retries "-1" is not a number of retries.'],
  [health({ tests: ["true"] }), 'healthcheck.tests[0] "true" is no kind of health check.'],
  [health({ tests: ["CMD-SHELL", "a", "b"] }), "healthcheck.tests has 2 words after CMD-SHELL."],
  [health({ tests: ["CMD"] }), "healthcheck.tests has 0 words after CMD."],
  [
    { logDriver: "json-file", logOpts: { "syslog-address": "x" } },
    'logOpts["syslog-address"] is no option of the log driver json-file. Leave it out; it takes compress, env, ',
  ],
  [
    { logDriver: "none", logOpts: { tag: "x" } },
    'logOpts["tag"] is no option of the log driver none. Leave it out; it takes none.',
  ],
  [{ logOpts: { "max-size": "ten" } }, 'logOpts["max-size"] "ten" is no size. Write it as `10m`.'],
  [{ logOpts: { "max-file": "0" } }, 'logOpts["max-file"] "0" is no number of files. Use 1 or more.'],
  [{ restart: "sometimes" }, 'restart "sometimes" is no restart policy. Use no, always, on-failure or unless-stopped.'],
  [{ restart: "always", maxRetryCount: 3 }, 'maxRetryCount "3" does not go with restart "always".'],
  [{ restart: "always", rm: true }, 'rm "true" does not go with restart "always". Keep one of the two.'],
  [{ waitTimeout: 0 }, 'waitTimeout "0" is not a number of seconds.'],
  [{ destroyGraceSeconds: -1 }, 'destroyGraceSeconds "-1" is not a number of seconds.'],
  [{ postStart: [{ command: [] }] }, "postStart[0] says nothing to do. Give it a `command`."],
  [{ preStart: [{ command: [] }] }, "preStart[0] says nothing to do. Give it a `command`, an `image`, or both."],
  [{ beforeStop: [{ wait: "soon" }] }, 'beforeStop[0].wait "soon" is no duration.'],
  [{ replaceOrder: "both" }, 'replaceOrder "both" is no order. Use start-first or stop-first.'],
  [{ memory: 5 }, 'memory "5" is less than the Engine takes. Use 6 MiB or more.'],
  [{ memory: -5 }, 'memory "-5" is below zero. Give the size in MiB.'],
  [{ memory: 64.5 }, 'memory "64.5" is no whole number of MiB. Round it.'],
  [{ memoryBytes: 1000 }, 'memoryBytes "1000" is less than the Engine takes.'],
  [{ memory: 64, memoryBytes: 67108864 }, 'memoryBytes "67108864" contradicts `memory`. Keep one of the two.'],
  [{ memorySwap: 100 }, 'memorySwap "100" needs a memory limit. Give `memory` too.'],
  [{ memory: 64, memorySwap: 32 }, 'memorySwap "32" is less than the memory that is part of it.'],
  [{ memory: 64, memoryReservation: 65 }, 'memoryReservation "65" is more than the memory limit.'],
  [{ shmSize: -1 }, 'shmSize "-1" is below zero.'],
  [{ cpus: "many" }, 'cpus "many" is no number of processors. Write it as `1.5`.'],
  [{ cpus: "0.001" }, 'cpus "0.001" is less than the Engine takes. Use 0.01 or more.'],
  [{ cpuSet: "a-b" }, 'cpuSet "a-b" is no list of processors. Write it as `0-2,4`.'],
  [{ cpuSet: "3-1" }, 'cpuSet "3-1" is no list of processors.'],
  [{ cpuShares: 1 }, 'cpuShares "1" is not a number of shares. Use a whole number from 2 to 262144.'],
  [{ cpuPeriod: 10 }, 'cpuPeriod "10" is not a period in microseconds. Use a whole number from 1000 to 1000000.'],
  [{ cpuQuota: 10 }, 'cpuQuota "10" is not a quota in microseconds.'],
  [{ pidsLimit: -2 }, 'pidsLimit "-2" is not a number of processes.'],
  [{ oomScoreAdj: 2000 }, 'oomScoreAdj "2000" is not an adjustment. Use a whole number from -1000 to 1000.'],
  [{ memorySwappiness: 101 }, 'memorySwappiness "101" is not a swappiness.'],
  [{ blkioWeight: 5 }, 'blkioWeight "5" is not a weight.'],
  [
    { deviceReadBps: [{ path: "sda", rate: -1 }] },
    'deviceReadBps[0].rate "-1" is not a rate.',
    'deviceReadBps[0].path "sda" is no device of the host.',
  ],
  [{ ulimits: [{ name: "files", soft: 1, hard: 1 }] }, 'ulimits[0].name "files" is no ulimit. Use one of core, cpu, '],
  [
    { ulimits: [{ name: "nofile", soft: 3, hard: 2 }] },
    'ulimits[0].soft "3" is more than the hard limit 2. Use as much or less.',
  ],
  [port({ internal: 99999 }), 'ports[0].internal "99999" is not a port. Use a number from 1 to 65535.'],
  [port({ external: -1 }), 'ports[0].external "-1" is not a port.'],
  [port({ protocol: "http" }), 'ports[0].protocol "http" is not a protocol. Use tcp, udp or sctp.'],
  [port({ ip: "localhost" }), 'ports[0].ip "localhost" is no address of the host.'],
  [
    {
      ports: [
        { internal: 80, external: 8080 },
        { internal: 81, external: 8080, protocol: "TCP" },
      ],
    },
    'ports[1].external "0.0.0.0:8080/tcp" is published twice, by ports[0] too.',
  ],
  [port({ external: 80, externalRange: "80-90" }), 'ports[0].externalRange "80-90" contradicts `external`.'],
  [port({ externalRange: "90-80" }), 'ports[0].externalRange "90-80" is no range of ports. Write it as `6005-6015`.'],
  [{ exposedPorts: ["0"] }, 'exposedPorts[0] "0" is not a port. Write it as `8080`, `53/udp` or `8000-8010/tcp`.'],
  [{ dns: ["dns.example.com"] }, 'dns[0] "dns.example.com" is no IP address. Name servers are given by address.'],
  [{ dnsSearches: ["a b"] }, 'dnsSearches[0] "a b" is not one word.'],
  [{ dns: ["1.1.1.1"], orderedDns: ["1.1.1.1"] }, "orderedDns contradicts `dns`. Keep one of the two."],
  [
    { hosts: [{ host: "db", ip: "nowhere" }] },
    'hosts[0].ip "nowhere" is no IP address. Use an address, or host-gateway for the host\'s.',
  ],
  [{ hosts: [{ host: "d b", ip: "1.2.3.4" }] }, 'hosts[0].host "d b" is no name of a host.'],
  [{ links: ["a:b:c"] }, 'links[0] "a:b:c" is no link. Write it as `CONTAINER:ALIAS`.'],
  [{ networkMode: "container:" }, 'networkMode "container:" is no network mode.'],
  [
    { networkMode: "host", networksAdvanced: [{ name: "n" }] },
    'networksAdvanced does not go with networkMode "host". Keep one of the two.',
  ],
  [
    { networkMode: "container:db", hostname: "web", ports: [{ internal: 80 }] },
    'hostname does not go with networkMode "container:db".',
    "ports are published by the container whose network is shared, not by this one.",
  ],
  [network({ name: "" }), "networksAdvanced[0].name is missing. Name a network."],
  [
    { networksAdvanced: [{ name: "n" }, { name: "n" }] },
    'networksAdvanced[1].name "n" is given twice, in networksAdvanced[0] too.',
  ],
  [network({ name: "host" }), 'networksAdvanced[0].name "host" is a network mode. Give it as `networkMode`.'],
  [
    network({ name: "bridge", aliases: ["x"] }),
    "networksAdvanced[0].aliases is not for the default bridge. Use a network that you make.",
  ],
  [network({ ipv4Address: "10.0.0.300" }), 'networksAdvanced[0].ipv4Address "10.0.0.300" is no IPv4 address.'],
  [network({ ipv6Address: "10.0.0.1" }), 'networksAdvanced[0].ipv6Address "10.0.0.1" is no IPv6 address.'],
  [
    network({ macAddress: "02:42" }),
    'networksAdvanced[0].macAddress "02:42" is no MAC address. Write it as `02:42:ac:11:00:02`.',
  ],
  [network({ driverOpts: ["x"] }), 'networksAdvanced[0].driverOpts[0] "x" is no option. Write it as `OPTION=VALUE`.'],
  [{ volumes: [{ readOnly: true }] }, "volumes[0] says neither `containerPath` nor `fromContainer`."],
  [
    volume({ containerPath: "data" }),
    'volumes[0].containerPath "data" is no absolute path below `/`. Start it with `/`.',
  ],
  [volume({ containerPath: "/" }), 'volumes[0].containerPath "/" is no absolute path below `/`.'],
  [
    volume({ hostPath: "./data" }),
    'volumes[0].hostPath "./data" is not absolute. The daemon knows no current folder: start it with `/`.',
  ],
  [volume({ volumeName: "/srv" }), 'volumes[0].volumeName "/srv" is no name of a volume.'],
  [
    volume({ hostPath: "/srv", selinuxRelabel: "x" }),
    'volumes[0].selinuxRelabel "x" is no way to relabel. Use z or Z.',
  ],
  [
    { volumes: [{ containerPath: "/v" }], tmpfs: { "/v/": "" } },
    'tmpfs["/v/"] "/v/" is mounted twice, by volumes[0].containerPath too. Keep one of the two.',
  ],
  [
    {
      mounts: [
        { type: "volume", target: "/v" },
        { type: "tmpfs", target: "/v" },
      ],
    },
    'mounts[1].target "/v" is mounted twice, by mounts[0].target too.',
  ],
  [
    mount({ type: "disk" }),
    'mounts[0].type "disk" is no type of mount. Use one of bind, volume, tmpfs, image, npipe, cluster.',
  ],
  [mount({ target: "v" }), 'mounts[0].target "v" is no absolute path below `/`.'],
  [mount({ type: "bind", source: "srv" }), 'mounts[0].source "srv" is not absolute.'],
  [mount({ type: "bind", source: "" }), "mounts[0].source is missing. A mount of type bind needs one."],
  [mount({ type: "tmpfs" }), 'mounts[0].source "v" is not for a tmpfs mount, which has none. Leave it out.'],
  [
    mount({ bindOptions: { propagation: "shared" } }),
    "mounts[0].bindOptions is for mounts of type bind, not volume. Leave it out.",
  ],
  [
    mount({ type: "bind", source: "/s", bindOptions: { propagation: "x" } }),
    'mounts[0].bindOptions.propagation "x" is no propagation.',
  ],
  [mount({ volumeOptions: { subpath: "../x" } }), 'mounts[0].volumeOptions.subpath "../x" leads out of the volume.'],
  [{ tmpfs: { run: "" } }, 'tmpfs["run"] is no absolute path below `/`.'],
  [{ tmpfs: { "/run": "size=big" } }, 'tmpfs["/run"] "big" is no size. Write it as `size=64m`.'],
  [{ storageOpts: { size: "big" } }, 'storageOpts.size "big" is no size. Write it as `10G`.'],
  [upload({ file: "" }), "uploads[0].file is missing. Name the file in the container."],
  [
    {
      uploads: [
        { file: "/a", content: "x" },
        { file: "a", content: "y" },
      ],
    },
    'uploads[1].file "a" is uploaded twice, by uploads[0] too.',
  ],
  [upload({ contentBase64: "eA==" }), "uploads[0] gives content and contentBase64. Keep one of them."],
  [{ uploads: [{ file: "/a" }] }, "uploads[0] gives no content. Give `content`, `contentBase64` or `source`."],
  [{ uploads: [{ file: "/a", contentBase64: "%%%" }] }, "uploads[0].contentBase64 is not base64."],
  [
    { uploads: [{ file: "/a", source: "./no-such-file" }] },
    'uploads[0].source "./no-such-file" is not there. Paths start in the folder of the program.',
  ],
  [{ uploads: [{ file: "/a", source: "." }] }, 'uploads[0].source "." is no file.'],
  [upload({ permissions: "rw" }), 'uploads[0].permissions "rw" is no mode of a file. Write it in octal, as `0644`.'],
  [
    upload({ owner: "no-such-user" }),
    'uploads[0].owner "no-such-user" is no user of this machine. Give the number it has in the container.',
  ],
  [
    { capabilities: { adds: ["NET_ADMINS"] } },
    'capabilities.adds[0] "NET_ADMINS" is no capability. Use a name such as NET_ADMIN, or ALL.',
  ],
  [
    { ipcMode: "public" },
    'ipcMode "public" is none that the Engine has. Use none, private, shareable, host, `container:NAME`.',
  ],
  [{ pidMode: "private" }, 'pidMode "private" is none that the Engine has.'],
  [{ usernsMode: "x" }, 'usernsMode "x" is none that the Engine has. Use host.'],
  [{ utsMode: "host", hostname: "web" }, 'hostname "web" would be the host\'s own with utsMode host.'],
  [
    { devices: [{ hostPath: "sda", permissions: "rx" }] },
    'devices[0].hostPath "sda" is no device.',
    'devices[0].permissions "rx" are no permissions. Use letters of rwm.',
  ],
  [{ deviceCgroupRules: ["c 42 rwm"] }, 'deviceCgroupRules[0] "c 42 rwm" is no rule. Write it as `c 42:* rmw`.'],
  [{ deviceRequests: [{ count: 1, deviceIds: ["0"] }] }, 'deviceRequests[0].count "1" contradicts `deviceIds`.'],
  [{ gpus: "some" }, 'gpus "some" names no GPUs. Write it as `all` or `device=0,2`.'],
  [{ securityOpts: ["selinux"] }, 'securityOpts[0] "selinux" is no security option.'],
  [
    { securityOpts: ["systempaths:unconfined"] },
    'securityOpts[0] "systempaths:unconfined" is nothing that a daemon knows.',
  ],
  [{ securityOpts: ["seccomp=./none.json"] }, 'securityOpts[0] "./none.json" is no seccomp profile: ENOENT'],
  [
    { sysctls: { "vm.swappiness": "1" } },
    'sysctls["vm.swappiness"] is no kernel parameter that a container has for itself.',
  ],
  [
    { networkMode: "host", sysctls: { "net.core.somaxconn": "1" } },
    'sysctls["net.core.somaxconn"] would be the host\'s own with networkMode host.',
  ],
  [{ groupAdds: ["a b"] }, 'groupAdds[0] "a b" is no group. Give its name or number.'],
];

// reconciliation.md, C10: form and range of every input, refused in preview.
describe("wrong inputs of a container", () => {
  for (const [inputs, ...wanted] of wrong) {
    it(`${JSON.stringify(inputs).slice(0, 90)}: ${wanted.join(" ").slice(0, 90)}`, () => {
      const found = messages(inputs);
      expect(found, found.join("\n")).to.have.length(wanted.length);
      for (const [index, text] of wanted.entries())
        expect(found[index]).to.satisfy((line: string) => line.startsWith(text), `${found[index]} is not ${text}`);
    });
  }

  it("all at once", () => {
    const all = Object.assign({}, ...wrong.slice(0, 60).map(([inputs]) => inputs));
    expect(messages(all).length).to.be.greaterThan(25);
  });

  it("nothing is said of what is not known yet", () => {
    const names = Object.keys(Object.assign({}, ...wrong.map(([inputs]) => inputs)));
    const vague: Properties = Object.fromEntries(
      names.filter((name) => !name.startsWith("empty")).map((name) => [name, unknown]),
    );
    const allowed = /contradicts|does not go with/;
    expect(messages(vague).filter((line) => !allowed.test(line))).to.deep.equal([]);
    expect(
      messages({
        envs: [unknown, "A=1"],
        ports: [{ internal: unknown, external: unknown }],
        volumes: [{ hostPath: unknown, containerPath: unknown }],
        uploads: [{ file: "/a", content: unknown }],
      }),
    ).to.deep.equal([]);
  });

  it("values that may be secret are never quoted", () => {
    const canary = "s3cr3t-canary";
    const said = messages({
      envs: [`=${canary}`, `A=${canary}`, `A=${canary}2`],
      labels: [
        { label: "a", value: canary },
        { label: "a", value: `${canary}2` },
      ],
      logDriver: "none",
      logOpts: { token: canary },
      postStart: [{ command: ["", canary], envs: [`=${canary}`] }],
      sysctls: { "vm.x": canary },
      uploads: [{ file: "/a", content: canary, contentBase64: `%${canary}` }],
    });
    expect(said.length).to.be.greaterThan(7);
    expect(said.join("\n")).not.to.contain(canary);
  });
});

describeRecordings("good inputs of the recordings (../shared beside the checkout)", () => {
  it("none that the official plugin accepted is refused", () => {
    const checks = recordedCalls().filter(
      ({ method, request, response }) =>
        method === "Check" &&
        request.type === "docker:index/container:Container" &&
        response?.["failures"] === undefined &&
        response?.["inputs"] !== undefined,
    );
    const refused = checks.flatMap(({ file, response }) => {
      const faults = faultsOf(properties(response?.["inputs"]), "c").map(describeFault);
      // Files of the recording's own folder, and paths whose beginning was masked.
      return faults.filter((line) => !/\$\{ROOT\}|\.\/c\.sh/.test(line)).map((line) => `${file}: ${line}`);
    });
    console.log(`      ${checks.length} recorded Checks`);
    expect([...new Set(refused)].join("\n")).to.equal("");
  });
});
