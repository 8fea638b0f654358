import type { FaultyProgram } from "./faulty-program";

/** Containers whose inputs are wrong by themselves. */
export const containerForms: readonly FaultyProgram[] = [
  {
    what: "a host port over 65535",
    phase: "check",
    program: 'box("a", { ports: [{ internal: 80, external: 99999 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[0].external \"99999\" is not a port. Use a number from 1 to 65535.",
  },
  {
    what: "a container port of 0",
    phase: "check",
    program: 'box("a", { ports: [{ internal: 0 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[0].internal \"0\" is not a port. Use a number from 1 to 65535.",
  },
  {
    what: "a protocol that is none",
    phase: "check",
    program: 'box("a", { ports: [{ internal: 80, protocol: "http" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[0].protocol \"http\" is not a protocol. Use tcp, udp or sctp.",
  },
  {
    what: "a misspelt field of a port",
    phase: "check",
    program: 'box("a", { ports: [{ intern: 80 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[0].internal is missing. Name the port that the container listens on.",
  },
  {
    what: "one host port twice",
    phase: "check",
    program: 'box("a", { ports: [{ internal: 80, external: 23010 }, { internal: 81, external: 23010 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[1].external \"0.0.0.0:23010/tcp\" is published twice, by ports[0] too. Keep one of the two.",
  },
  {
    what: "an address to listen on that is none",
    phase: "check",
    program: 'box("a", { ports: [{ internal: 80, external: 23010, ip: "localhost" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ports[0].ip \"localhost\" is no address of the host. Use an IP address such as 127.0.0.1; 0.0.0.0 is every address.",
  },
  {
    what: "a variable without a name",
    phase: "check",
    program: 'box("a", { envs: ["=secret"] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: envs[0] has no variable name before the equals sign. Write `NAME=value`.",
  },
  {
    what: "a restart policy that is none",
    phase: "check",
    program: 'box("a", { restart: "sometimes" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: restart \"sometimes\" is no restart policy. Use no, always, on-failure or unless-stopped.",
  },
  {
    what: "retries without on-failure",
    phase: "check",
    program: 'box("a", { restart: "always", maxRetryCount: 3 });',
    message:
      'docker:index/container:Container resource \'a\' has a problem: maxRetryCount "3" does not go with restart "always". Set `restart` to on-failure, or leave it out.',
  },
  {
    what: "too little memory",
    phase: "check",
    program: 'box("a", { memory: 1 });',
    message:
      "docker:index/container:Container resource 'a' has a problem: memory \"1\" is less than the Engine takes. Use 6 MiB or more.",
  },
  {
    what: "swap below memory",
    phase: "check",
    program: 'box("a", { memory: 64, memorySwap: 32 });',
    message:
      "docker:index/container:Container resource 'a' has a problem: memorySwap \"32\" is less than the memory that is part of it. Use as much or more, or -1 for no limit.",
  },
  {
    what: "processors that are no number",
    phase: "check",
    program: 'box("a", { cpus: "two" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: cpus \"two\" is no number of processors. Write it as `1.5`.",
  },
  {
    what: "a set of processors that is none",
    phase: "check",
    program: 'box("a", { cpuSet: "0-" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: cpuSet \"0-\" is no list of processors. Write it as `0-2,4`.",
  },
  {
    what: "a misspelt capability",
    phase: "check",
    program: 'box("a", { capabilities: { adds: ["NET_ADMN"] } });',
    message:
      "docker:index/container:Container resource 'a' has a problem: capabilities.adds[0] \"NET_ADMN\" is no capability. Use a name such as NET_ADMIN, or ALL.",
  },
  {
    what: "a soft limit above the hard one",
    phase: "check",
    program: 'box("a", { ulimits: [{ name: "nofile", soft: 2048, hard: 1024 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ulimits[0].soft \"2048\" is more than the hard limit 1024. Use as much or less.",
  },
  {
    what: "a limit that is none",
    phase: "check",
    program: 'box("a", { ulimits: [{ name: "files", soft: 1, hard: 1 }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: ulimits[0].name \"files\" is no ulimit. Use one of core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack.",
  },
  {
    what: "an interval that is none",
    phase: "check",
    program: 'box("a", { healthcheck: { tests: ["CMD", "true"], interval: "5 parsecs" } });',
    message:
      "docker:index/container:Container resource 'a' has a problem: healthcheck.interval \"5 parsecs\" is no duration. Write it as `10s` or `1m30s`.",
  },
  {
    what: "a health check without its kind",
    phase: "check",
    program: 'box("a", { healthcheck: { tests: ["wget", "localhost"] } });',
    message:
      'docker:index/container:Container resource \'a\' has a problem: healthcheck.tests[0] "wget" is no kind of health check. Write it as `["CMD", "PROGRAM", "ARGUMENT"]`, `["CMD-SHELL", "COMMAND LINE"]` or `["NONE"]`.',
  },
  {
    what: "a container path that is not absolute",
    phase: "check",
    program: 'box("a", { volumes: [{ volumeName: "data-a", containerPath: "data" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: volumes[0].containerPath \"data\" is no absolute path below `/`. Start it with `/`.",
  },
  {
    what: "two volumes at one place",
    phase: "check",
    program:
      'box("a", { volumes: [{ volumeName: "data-a", containerPath: "/data" }, { volumeName: "data-b", containerPath: "/data/" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: volumes[1].containerPath \"/data/\" is mounted twice, by volumes[0].containerPath too. Keep one of the two.",
  },
  {
    what: "a mount of a kind that is none",
    phase: "check",
    program: 'box("a", { mounts: [{ type: "nfs", source: "x", target: "/x" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: mounts[0].type \"nfs\" is no type of mount. Use one of bind, volume, tmpfs, image, npipe, cluster.",
  },
  {
    what: "an upload without content",
    phase: "check",
    program: 'box("a", { uploads: [{ file: "/etc/a" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: uploads[0] gives no content. Give `content`, `contentBase64` or `source`.",
  },
  {
    what: "an upload of a file that is not there",
    phase: "check",
    program: 'box("a", { uploads: [{ file: "/etc/a", source: "nowhere.conf" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: uploads[0].source \"nowhere.conf\" is not there. Paths start in the folder of the program.",
  },
  {
    what: "a name server that is no address",
    phase: "check",
    program: 'box("a", { dns: ["dns.example"] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: dns[0] \"dns.example\" is no IP address. Name servers are given by address.",
  },
  {
    what: "a host without an address",
    phase: "check",
    program: 'box("a", { hosts: [{ host: "db", ip: "database" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: hosts[0].ip \"database\" is no IP address. Use an address, or host-gateway for the host's.",
  },
  {
    what: "a network mode without a container",
    phase: "check",
    program: 'box("a", { networkMode: "container:" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: networkMode \"container:\" is no network mode. Use bridge, host, none, `container:NAME` or the name of a network.",
  },
  {
    what: "an image in capitals",
    phase: "check",
    program: 'box("a", { image: "Nginx:1" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: image \"Nginx:1\" is no image reference. Write it as `REPOSITORY:TAG`, in lower case, or give an image id.",
  },
  {
    what: "a name with a slash",
    phase: "check",
    program: 'box("a", { name: "team/web" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: name \"team/web\" is no container name. Use letters, digits, `_`, `.` and `-`, two at least.",
  },
  {
    what: "a host name longer than the kernel takes",
    phase: "check",
    program: 'box("a", { hostname: "h".repeat(90) });',
    message:
      "docker:index/container:Container resource 'a' has a problem: hostname \"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\" is no name of a host. Use letters, digits, `-` and `.`, 64 characters at most.",
  },
  {
    what: "shared memory below zero",
    phase: "check",
    program: 'box("a", { shmSize: -1 });',
    message:
      "docker:index/container:Container resource 'a' has a problem: shmSize \"-1\" is below zero. Give the size in MiB.",
  },
  {
    what: "a device path that is not absolute",
    phase: "check",
    program: 'box("a", { devices: [{ hostPath: "dev/fuse" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: devices[0].hostPath \"dev/fuse\" is no device. Start it with `/`, such as `/dev/sda`; for CDI devices use `deviceRequests`.",
  },
  {
    what: "a reserved label",
    phase: "check",
    program: 'box("a", { labels: [{ label: "io.slipway.urn", value: "x" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: labels[0].label \"io.slipway.urn\" is reserved for Slipway's own bookkeeping. Choose another prefix.",
  },
  {
    what: "a cgroup namespace that is none",
    phase: "check",
    program: 'box("a", { cgroupnsMode: "both" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: cgroupnsMode \"both\" is none that the Engine has. Use private, host.",
  },
  {
    what: "an address in a network that is none",
    phase: "check",
    program: 'box("a", { networksAdvanced: [{ name: "stranger-net", ipv4Address: "10.214.78.300" }] });',
    message:
      "docker:index/container:Container resource 'a' has a problem: networksAdvanced[0].ipv4Address \"10.214.78.300\" is no IPv4 address. Write it as `10.0.0.2`.",
  },
  {
    what: "one name for two containers",
    phase: "check",
    program: 'box("a", { name: "twin" }); box("b", { name: "twin" });',
    message:
      'docker:index/container:Container resource \'…\' has a problem: name "twin" is taken by resource "…" of this program. Choose another name.',
    isShort: true,
  },
  {
    what: "one host port for two containers",
    phase: "check",
    program:
      'box("a", { ports: [{ internal: 80, external: 23010 }] }); box("b", { ports: [{ internal: 81, external: 23010 }] });',
    message:
      'docker:index/container:Container resource \'…\' has a problem: ports "0.0.0.0:23010/tcp" is taken by resource "…" of this program. Publish another host port.',
  },
  {
    what: "four faults of one container",
    phase: "check",
    program: 'box("a", { restart: "never", envs: ["=1"], ports: [{ internal: 99999 }], memory: 2 });',
    message:
      "docker:index/container:Container resource 'a' has a problem: envs[0] has no variable name before the equals sign. Write `NAME=value`.\ndocker:index/container:Container resource 'a' has a problem: restart \"never\" is no restart policy. Use no, always, on-failure or unless-stopped.\ndocker:index/container:Container resource 'a' has a problem: memory \"2\" is less than the Engine takes. Use 6 MiB or more.\ndocker:index/container:Container resource 'a' has a problem: ports[0].internal \"99999\" is not a port. Use a number from 1 to 65535.",
    isShort: true,
  },
  {
    what: "a stop signal that is none",
    phase: "check",
    program: 'box("a", { stopSignal: "SIGNOTHING" });',
    message:
      "docker:index/container:Container resource 'a' has a problem: stopSignal \"SIGNOTHING\" is no signal. Write it as `SIGTERM`, `TERM` or `15`.",
  },
  {
    what: "an option that its log driver lacks",
    phase: "check",
    program: 'box("a", { logDriver: "json-file", logOpts: { "no-such-option": "1" } });',
    message:
      "docker:index/container:Container resource 'a' has a problem: logOpts[\"no-such-option\"] is no option of the log driver json-file. Leave it out; it takes compress, env, env-regex, labels, labels-regex, max-file, max-size, tag.",
  },
];
