import type { FaultyProgram } from "./faulty-program";

/** Networks and volumes, wrong by themselves, against the daemon's will, or failing in up. */
export const networksAndVolumes: readonly FaultyProgram[] = [
  {
    what: "a network: subnet that is none",
    phase: "check",
    program: 'new docker.Network("a", { name: "faulty-net", ipamConfigs: [{ subnet: "10.1.0.0" }] });',
    message:
      "docker:index/network:Network resource 'a' has a problem: ipamConfigs[0].subnet \"10.1.0.0\" is no subnet in CIDR form. Write it as `10.20.0.0/24` or `fd00:20::/64`.",
    isShort: true,
  },
  {
    what: "a network: gateway outside of its subnet",
    phase: "check",
    program:
      'new docker.Network("a", { name: "faulty-net", ipamConfigs: [{ subnet: "10.1.0.0/24", gateway: "10.2.0.1" }] });',
    message:
      "docker:index/network:Network resource 'a' has a problem: ipamConfigs[0].gateway \"10.2.0.1\" is not in the subnet 10.1.0.0/24. Choose an address of that subnet.",
  },
  {
    what: "a network: name that every daemon has",
    phase: "check",
    program: 'new docker.Network("a", { name: "bridge" });',
    message:
      "docker:index/network:Network resource 'a' has a problem: name \"bridge\" is the name of a network that every daemon has. Choose another name.",
  },
  {
    what: "a network: MTU that is none",
    phase: "check",
    program: 'new docker.Network("a", { name: "faulty-net", options: { "com.docker.network.driver.mtu": "jumbo" } });',
    message:
      'docker:index/network:Network resource \'a\' has a problem: options["com.docker.network.driver.mtu"] "jumbo" is no size of a packet in bytes. Use a number from 68 to 65535, such as 1500.',
  },
  {
    what: "a network: one label with two values",
    phase: "check",
    program:
      'new docker.Network("a", { name: "faulty-net", labels: [{ label: "a", value: "1" }, { label: "a", value: "2" }] });',
    message:
      'docker:index/network:Network resource \'a\' has a problem: labels[1].label "a" is given twice, as "1" and as "2". Give each label once.',
  },
  {
    what: "two networks of one name",
    phase: "check",
    program: 'new docker.Network("a", { name: "faulty-net",  }); new docker.Network("b", { name: "faulty-net" });',
    message:
      'docker:index/network:Network resource \'…\' has a problem: name "faulty-net" is taken by resource "…" of this program. Choose another name.',
  },
  {
    what: "two networks of one subnet",
    phase: "preview",
    program:
      'new docker.Network("a", { name: "faulty-net", ipamConfigs: [{ subnet: "10.214.79.0/24" }] }); new docker.Network("b", { name: "faulty-net2", ipamConfigs: [{ subnet: "10.214.79.0/25" }] });',
    message: `Network "faulty-net…": ipamConfigs[0].subnet "10.214.79.0/2…" overlaps with 10.214.79.0/2… of resource "…" of this program. Choose another subnet.…`,
  },
  {
    what: "a network: name of a stranger's",
    phase: "preview",
    program: 'new docker.Network("a", { name: "stranger-net" });',
    message:
      'Network "stranger-net": name "stranger-net" is the name of a network that is there already (id …). Choose another name, remove it, or take it over with `pulumi import docker:index/network:Network NAME …`.',
  },
  {
    what: "a network: subnet of a stranger's",
    phase: "preview",
    program: 'new docker.Network("a", { name: "faulty-net", ipamConfigs: [{ subnet: "10.214.78.0/25" }] });',
    message:
      'Network "faulty-net": ipamConfigs[0].subnet "10.214.78.0/25" overlaps with network "stranger-net" (id …). Choose another subnet, or remove that network first.',
  },
  {
    what: "a network: driver that the daemon lacks",
    phase: "up",
    program: 'new docker.Network("a", { name: "faulty-net", driver: "no-such-driver" });',
    message:
      'Network "faulty-net" can\'t be made: plugin "no-such-driver" not found. Mend what it names and run the command again.',
  },
  {
    what: "a network: overlay without a swarm",
    phase: "preview",
    program: 'new docker.Network("a", { name: "faulty-net", driver: "overlay" });',
    message:
      'Network "faulty-net": driver "overlay" needs a daemon that manages a swarm. Run `docker swarm init` on it, or use another driver.',
  },
  {
    what: "a network: interface that is not there",
    phase: "up",
    program: 'new docker.Network("a", { name: "faulty-net", driver: "macvlan", options: { parent: "nothere0.x" } });',
    message:
      'Network "faulty-net" can\'t be made: unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10). Mend what it names and run the command again.',
  },
  {
    what: "a volume: name of one letter",
    phase: "check",
    program: 'new docker.Volume("a", { name: "v" });',
    message:
      "docker:index/volume:Volume resource 'a' has a problem: name \"v\" is no name that the Engine accepts. Use letters, digits, `_`, `.` and `-`, two or more, the first a letter or digit.",
  },
  {
    what: "a volume: option that its driver lacks",
    phase: "check",
    program: 'new docker.Volume("a", { name: "faulty-data", driverOpts: { path: "/srv" } });',
    message:
      "docker:index/volume:Volume resource 'a' has a problem: driverOpts.path is no option of the driver local. It knows type, o, device, size.",
  },
  {
    what: "a volume: type without device",
    phase: "check",
    program: 'new docker.Volume("a", { name: "faulty-data", driverOpts: { type: "nfs" } });',
    message:
      "docker:index/volume:Volume resource 'a' has a problem: driverOpts.device is missing, and the driver local takes no type without it. Name what is mounted.",
  },
  {
    what: "two volumes of one name",
    phase: "check",
    program: 'new docker.Volume("a", { name: "faulty-data" }); new docker.Volume("b", { name: "faulty-data" });',
    message:
      'docker:index/volume:Volume resource \'…\' has a problem: name "faulty-data" is taken by resource "…" of this program. Choose another name.',
  },
  {
    what: "a volume: name of a stranger's",
    phase: "preview",
    program: 'new docker.Volume("a", { name: "stranger-data" });',
    message:
      'Volume "stranger-data": name "stranger-data" is the name of a volume that is there already. Choose another name, or take it over with `pulumi import docker:index/volume:Volume NAME stranger-data` or `adopt: true` (slipway\'s EngineVolume).',
    isShort: true,
  },
  {
    what: "a volume: driver that the daemon lacks",
    phase: "up",
    program: 'new docker.Volume("a", { name: "faulty-data", driver: "no-such-driver" });',
    message:
      'Volume "faulty-data" can\'t be made: create faulty-data: error looking up volume plugin no-such-driver: plugin "no-such-driver" not found. Mend what it names and run the command again.',
  },
];
