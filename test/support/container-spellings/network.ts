import { contract, docs, host, run, type Spelled, spelling } from "./spelling";

/** Where it is found. Words in angle brackets stand for what the test makes. */
export const networkSpellings: readonly Spelled[] = [
  {
    input: "dns",
    same: true,
    spellings: [
      spelling({ dns: ["10.1.1.1", "10.1.1.2"] }, host({ Dns: ["10.1.1.1", "10.1.1.2"] }), run("--dns")),
      spelling(
        { dns: ["10.1.1.2", "10.1.1.1"] },
        host({ Dns: ["10.1.1.2", "10.1.1.1"] }),
        "a set for the official plugin",
      ),
    ],
  },
  {
    input: "dnsOpts",
    same: true,
    spellings: [
      spelling({ dnsOpts: ["ndots:2", "rotate"] }, host({ DnsOptions: ["ndots:2", "rotate"] }), run("--dns-option")),
      spelling(
        { dnsOpts: ["rotate", "ndots:2"] },
        host({ DnsOptions: ["rotate", "ndots:2"] }),
        "a set for the official plugin",
      ),
    ],
  },
  {
    input: "dnsSearches",
    same: true,
    spellings: [
      spelling({ dnsSearches: ["a.test", "b.test"] }, host({ DnsSearch: ["a.test", "b.test"] }), run("--dns-search")),
      spelling(
        { dnsSearches: ["b.test", "a.test"] },
        host({ DnsSearch: ["b.test", "a.test"] }),
        "a set for the official plugin",
      ),
    ],
  },
  {
    input: "hosts",
    same: true,
    spellings: [
      spelling(
        {
          hosts: [
            { host: "db", ip: "10.1.2.3" },
            { host: "six", ip: "::1" },
          ],
        },
        host({ ExtraHosts: ["db:10.1.2.3", "six:::1"] }),
        run("--add-host"),
      ),
      spelling(
        {
          hosts: [
            { ip: "::1", host: "six" },
            { host: "db", ip: "10.1.2.3" },
          ],
        },
        host({ ExtraHosts: ["six:::1", "db:10.1.2.3"] }),
        "the order says nothing",
      ),
    ],
  },
  {
    input: "networkMode",
    same: true,
    spellings: [
      spelling({ networkMode: "bridge" }, host({ NetworkMode: "bridge" }), docs("networkMode")),
      spelling({ networkMode: "default" }, {}, run("without --network, which newer Engines show as bridge")),
      spelling({ networkMode: "" }, {}, "an empty text is nothing (the official plugin)"),
    ],
  },
  {
    input: "networkMode",
    spellings: [
      spelling({ networkMode: "none" }, host({ NetworkMode: "none" }), run("--network none")),
      spelling({ networkMode: "host" }, host({ NetworkMode: "host" }), run("--network host")),
      spelling(
        { networkMode: "container:<PEER>" },
        host({ NetworkMode: "container:<PEER_ID>" }),
        run("--network container:NAME"),
      ),
      spelling(
        { networkMode: "container:<PEER_ID>" },
        host({ NetworkMode: "container:<PEER_ID>" }),
        "recordings, c-netmode-ctr",
      ),
      spelling({ networkMode: "<NET>" }, { NetworkSettings: { Networks: { "<NET>": {} } } }, run("--network NAME")),
    ],
  },
  {
    input: "networksAdvanced",
    spellings: [
      spelling(
        { networksAdvanced: [{ name: "<NET>", aliases: ["b", "a"], ipv4Address: "<IP>" }, { name: "<NET2>" }] },
        { NetworkSettings: { Networks: { "<NET>": { IPAMConfig: { IPv4Address: "<IP>" } }, "<NET2>": {} } } },
        docs("networksAdvanced"),
      ),
      spelling(
        { networksAdvanced: [{ name: "<NET2_ID>", aliases: ["a"] }] },
        { NetworkSettings: { Networks: { "<NET2>": { NetworkID: "<NET2_ID>" } } } },
        "docker.Network's id",
      ),
      spelling(
        {
          networkMode: "<NET>",
          networksAdvanced: [{ name: "<NET>", aliases: ["a"], macAddress: "02-42-AC-11-00-63" }],
        },
        { NetworkSettings: { Networks: { "<NET>": { MacAddress: "02:42:ac:11:00:63" } } } },
        "compose-facts.md: aliases are lost with the official plugin",
      ),
      spelling(
        { networksAdvanced: [{ name: "<NET>" }, { name: "<NET2>", gwPriority: 5, macAddress: "02:42:ac:11:00:64" }] },
        { NetworkSettings: { Networks: { "<NET2>": {} } } },
        "what this daemon is too old for (Engine 25, Engine 28) is ignored, and said",
      ),
    ],
  },
  {
    input: "ports",
    same: true,
    spellings: [
      spelling(
        {
          ports: [
            { internal: 80, external: 22101 },
            { internal: 53, external: 22102, protocol: "udp" },
          ],
        },
        host({
          PortBindings: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "22101" }], "53/udp": [{ HostPort: "22102" }] },
        }),
        run("-p 22101:80"),
      ),
      spelling(
        {
          ports: [
            { internal: 53, external: 22102, protocol: "UDP", ip: "0.0.0.0" },
            { internal: 80, external: 22101, protocol: "TCP" },
          ],
        },
        host({ PortBindings: { "80/tcp": [{ HostPort: "22101" }] } }),
        contract,
      ),
    ],
  },
  {
    input: "ports",
    spellings: [
      spelling(
        {
          ports: [
            { internal: 80, external: 22103 },
            { internal: 80, external: 22104, ip: "127.0.0.1" },
          ],
        },
        host({ PortBindings: { "80/tcp": [{ HostPort: "22103" }, { HostIp: "127.0.0.1", HostPort: "22104" }] } }),
        "two host ports for one container port (reconciliation.md, C4)",
      ),
      spelling(
        { ports: [{ internal: 80 }] },
        host({ PortBindings: { "80/tcp": [{ HostPort: "0" }] } }),
        docs("ports[].external"),
      ),
    ],
  },
  {
    input: "publishAllPorts",
    spellings: [
      spelling({ publishAllPorts: true }, host({ PublishAllPorts: true }), run("-P")),
      spelling({ publishAllPorts: false }, host({ PublishAllPorts: false }), "the default, said"),
    ],
  },
];
