import type { FaultyProgram } from "./faulty-program";

/** Containers that the daemon or a registry is against: what can be asked is said in preview. */
export const containersRefused: readonly FaultyProgram[] = [
  {
    what: "a host port of a stranger's container",
    phase: "preview",
    program: 'box("a", { ports: [{ internal: 80, external: 23001 }] });',
    message:
      'Container "faulty-a": ports[0].external "23001" is taken by container "stranger" (…), which this stack did not make. Publish another host port, or remove that container first.',
    isShort: true,
  },
  {
    what: "a host port of a process of this host",
    phase: "preview",
    program: 'box("a", { ports: [{ internal: 80, external: 23002 }] });',
    message:
      'Container "faulty-a": ports[0].external "23002" is taken by process … (node) of this host. Publish another host port, or stop that process first.',
  },
  {
    what: "a network that is not there",
    phase: "preview",
    program: 'box("a", { networksAdvanced: [{ name: "nowhere-net" }] });',
    message:
      'Container "faulty-a": networksAdvanced[0].name "nowhere-net" is no network of the daemon, and nothing in this program makes one of that name. Mend the name, or declare a docker.Network.',
  },
  {
    what: "the network of a container that is not there",
    phase: "preview",
    program: 'box("a", { networkMode: "container:nobody" });',
    message:
      'Container "faulty-a": networkMode "nobody" is no container of the daemon, and nothing in this program makes one of that name. Mend the name, or declare a docker.Container.',
  },
  {
    what: "the volumes of a container that is not there",
    phase: "preview",
    program: 'box("a", { volumes: [{ fromContainer: "nobody" }] });',
    message:
      'Container "faulty-a": volumes[0].fromContainer "nobody" is no container of the daemon, and nothing in this program makes one of that name. Mend the name, or declare a docker.Container.',
  },
  {
    what: "the name of a stranger's container",
    phase: "preview",
    program: 'box("a", { name: "stranger" });',
    message:
      'Container "stranger": name "stranger" belongs to container …, which this stack did not make. Choose another name, remove that container, or take it over: `pulumi import docker:index/container:Container NAME …`.',
  },
  {
    what: "an image that its registry lacks",
    phase: "preview",
    program: 'box("a", { image: registry + "/own/nothing:1" });',
    message:
      'Container "faulty-a": image "127.0.0.1:…/own/nothing:1" is not there: registry 127.0.0.1:… has no tag "1" of it. Check registry, repository and tag.',
  },
  {
    what: "an image behind a login that is not given",
    phase: "preview",
    program: 'box("a", { image: closed + "/own/base:1" });',
    message:
      'Container "faulty-a": image "127.0.0.1:…/own/base:1" is refused by registry 127.0.0.1:…, asked without a login, since no login was found: /nonexistent/config.json is not there. Give the provider a registryAuth for it, or run `docker login 127.0.0.1:…`.',
  },
  {
    what: "a folder of the host that is not there",
    phase: "preview",
    program: 'box("a", { volumes: [{ hostPath: "/srv/no-such-folder", containerPath: "/data" }] });',
    message:
      'Container "faulty-a": volumes[0].hostPath "/srv/no-such-folder" is not there. Make it, or let the daemon make it, empty and owned by root, with `createHostPath: true`.',
  },
  {
    what: "waiting for health without a check",
    phase: "preview",
    program: 'box("a", { wait: true });',
    message:
      'Container "faulty-a": wait asks for a healthy container, but neither the program nor image "slipway-test/busybox:1" has a health check. Give it a `healthcheck`, or leave `wait` out.',
  },
  {
    what: "an address outside of the network",
    phase: "preview",
    program: 'box("a", { networksAdvanced: [{ name: "stranger-net", ipv4Address: "10.99.1.1" }] });',
    message:
      'Container "faulty-a": networksAdvanced[0].ipv4Address "10.99.1.1" is not in network "stranger-net", which has 10.214.78.0/24. Choose an address of it.',
  },
  {
    what: "an address that a stranger has",
    phase: "preview",
    program: 'box("a", { networksAdvanced: [{ name: "stranger-net", ipv4Address: "10.214.78.50" }] });',
    message:
      'Container "faulty-a": networksAdvanced[0].ipv4Address "10.214.78.50" is taken in network "stranger-net" by container "stranger" (…), which this stack did not make. Choose another address, or remove that container.',
  },
  {
    what: "a runtime that the daemon lacks",
    phase: "preview",
    program: 'box("a", { runtime: "no-such-runtime" });',
    message:
      'Container "faulty-a": runtime "no-such-runtime" is no runtime of the daemon. Use one of io.containerd.runc.v2, …runc, or add it to the daemon\'s configuration.',
  },
];
