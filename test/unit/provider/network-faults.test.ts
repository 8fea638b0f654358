import { expect } from "chai";
import { network } from "../../../provider/network";
import type { Properties } from "../../../provider/value";
import { unknown } from "../../../provider/value";
import { describeFault } from "../../../values/fault";

async function faults(news: Properties): Promise<string[]> {
  const request = { urn: "urn", name: "n", seed: new Uint8Array([1, 2, 3, 4]) };
  return (await network.check({}, news, request)).faults.map(describeFault);
}

const config = (block: Properties): Properties => ({ ipamConfigs: [block] });

describe("faults of a network's inputs", () => {
  const bad: readonly (readonly [string, Properties, string])[] = [
    ["a name every daemon has", { name: "bridge" }, 'name "bridge" is the name of a network that every daemon has'],
    ["a blank at the end of a name", { name: "x " }, 'name "x " is no network name'],
    ["a slash in a name", { name: "a/b" }, 'name "a/b" is no network name'],
    ["a name that reads as a network mode", { name: "container:x" }, 'name "container:x" is no network name'],
    ["a driver of which there is one", { driver: "host" }, 'driver "host" is a driver of which a daemon has one'],
    ["ingress on a bridge", { ingress: true }, 'ingress "true" is not possible with the driver bridge'],
    ["ingress on macvlan", { ingress: true, driver: "macvlan" }, "is not possible with the driver macvlan"],
    ["no CIDR", config({ subnet: "10.1.0.0" }), 'ipamConfigs[0].subnet "10.1.0.0" is no subnet in CIDR form'],
    ["a prefix over 32", config({ subnet: "10.1.0.0/33" }), 'subnet "10.1.0.0/33" is no subnet'],
    ["a leading zero", config({ subnet: "010.1.0.0/16" }), 'subnet "010.1.0.0/16" is no subnet'],
    ["a prefix over 128", config({ subnet: "fd00::/129" }), 'subnet "fd00::/129" is no subnet'],
    ["no room", config({ subnet: "10.1.0.1/32" }), "has no room for a gateway and a container"],
    [
      "a gateway without subnet",
      config({ gateway: "10.1.0.1" }),
      "subnet is missing, and gateway says nothing without it",
    ],
    ["an empty block", config({}), "ipamConfigs[0].subnet is missing."],
    ["a gateway outside", config({ subnet: "10.1.0.0/24", gateway: "10.2.0.1" }), "is not in the subnet 10.1.0.0/24"],
    [
      "a gateway with prefix",
      config({ subnet: "10.1.0.0/24", gateway: "10.1.0.1/24" }),
      'gateway "10.1.0.1/24" is no IP',
    ],
    ["the network address", config({ subnet: "10.1.0.0/24", gateway: "10.1.0.0" }), "is the network address of"],
    ["the broadcast address", config({ subnet: "10.1.0.0/24", gateway: "10.1.0.255" }), "is the broadcast address of"],
    [
      "a range outside",
      config({ subnet: "10.1.0.0/24", ipRange: "10.2.0.0/25" }),
      'ipRange "10.2.0.0/25" is not in the',
    ],
    ["a range wider than all", config({ subnet: "10.1.0.0/24", ipRange: "10.1.0.0/16" }), "is not in the subnet"],
    ["a range that is none", config({ subnet: "10.1.0.0/24", ipRange: "10.1.0.5" }), "is no subnet in CIDR form"],
    [
      "a reserved address outside",
      config({ subnet: "10.1.0.0/24", auxAddress: { r: "10.2.0.1" } }),
      'ipamConfigs[0].auxAddress.r "10.2.0.1" is not in the subnet',
    ],
    [
      "the gateway reserved",
      config({ subnet: "10.1.0.0/24", gateway: "10.1.0.9", auxAddress: { r: "10.1.0.9" } }),
      'auxAddress.r "10.1.0.9" is the gateway\'s',
    ],
    [
      "one subnet twice",
      { ipamConfigs: [{ subnet: "10.1.0.0/24" }, { subnet: "10.1.0.9/24" }] },
      'ipamConfigs[1].subnet "10.1.0.9/24" overlaps with ipamConfigs[0].subnet',
    ],
    [
      "a second IPv4 subnet on a bridge",
      { ipamConfigs: [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24" }] },
      "is a second IPv4 subnet, and the driver bridge takes one",
    ],
    ["an option without name", { options: { "": "x" } }, 'options[""] has no name'],
    ["no boolean", { options: { "com.docker.network.bridge.enable_icc": "yes" } }, '"yes" is neither true nor false'],
    ["no MTU", { options: { "com.docker.network.driver.mtu": "jumbo" } }, '"jumbo" is no size of a packet'],
    ["an MTU too large", { options: { "com.docker.network.driver.mtu": "99999" } }, '"99999" is no size of a packet'],
    [
      "a long bridge",
      { options: { "com.docker.network.bridge.name": "a-very-long-name" } },
      "is no name of an interface",
    ],
    ["no address", { options: { "com.docker.network.bridge.host_binding_ipv4": "::" } }, '"::" is no IPv4 address'],
    ["no mode", { driver: "ipvlan", options: { ipvlan_mode: "l9" } }, '"l9" is no mode of the driver ipvlan'],
    ["a label without name", { labels: [{ label: "", value: "x" }] }, 'labels[0].label "" is no label'],
    ["a label of ours", { labels: [{ label: "io.slipway.urn", value: "x" }] }, "is reserved for Slipway's own"],
    [
      "one label with two values",
      {
        labels: [
          { label: "a", value: "1" },
          { label: "a", value: "2" },
        ],
      },
      'labels[1].label "a" is given twice, as "1" and as "2"',
    ],
  ];
  for (const [what, news, text] of bad) {
    it(`refuses ${what}`, async () => {
      const found = await faults(news);
      expect(found).to.have.length(1);
      expect(found[0]).to.contain('Network "n": ').and.to.contain(text);
    });
  }

  it("names all faults at once, each with its path", async () => {
    const found = await faults({
      name: "host",
      driver: "null",
      ipamConfigs: [{ subnet: "x" }, { subnet: "10.1.0.0/24", gateway: "1.1.1.1", ipRange: "y" }],
      options: { "com.docker.network.driver.mtu": "-1" },
      labels: [{ label: "", value: "" }],
    });
    expect(found).to.have.length(7);
  });

  const good: readonly (readonly [string, Properties])[] = [
    ["nothing at all", {}],
    ["a name with a blank inside", { name: "a b" }],
    ["a name of one letter", { name: "n" }],
    ["host bits in a subnet", config({ subnet: "10.1.0.5/24", gateway: "10.1.0.254" })],
    ["one subnet of each family", { ipv6: true, ipamConfigs: [{ subnet: "10.1.0.0/24" }, { subnet: "FD00::/64" }] }],
    [
      "several subnets on macvlan",
      { driver: "macvlan", ipamConfigs: [{ subnet: "10.1.0.0/24" }, { subnet: "10.2.0.0/24" }] },
    ],
    ["anything for another address manager", { ipamDriver: "weird", ...config({ subnet: "pool-7" }) }],
    ["empty strings for nothing", config({ subnet: "10.1.0.0/24", gateway: "", ipRange: "" })],
    [
      "what is not known yet",
      { name: unknown, ipamConfigs: unknown, labels: unknown, options: unknown, driver: unknown, ingress: true },
    ],
    ["unknown parts", config({ subnet: unknown, gateway: "10.1.0.1" })],
    ["a driver of somebody else", { driver: "weave/net:2", options: { ipvlan_mode: "l9" } }],
    ["a boolean in Go's spellings", { options: { "com.docker.network.bridge.enable_icc": "T" } }],
  ];
  for (const [what, news] of good) {
    it(`takes ${what}`, async () => expect(await faults(news)).to.deep.equal([]));
  }
});
