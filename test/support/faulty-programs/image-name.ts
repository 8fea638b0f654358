import type { FaultyProgram } from "./faulty-program";

/** Tags, images of registries and others that are known by a name. */
export const imageNames: readonly FaultyProgram[] = [
  {
    what: "a remote image: no name",
    phase: "check",
    program: 'new docker.RemoteImage("a", { name: "" });',
    message:
      "docker:index/remoteImage:RemoteImage resource 'a' has a problem: name is missing. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
  },
  {
    what: "a remote image: digest that is none",
    phase: "check",
    program: 'new docker.RemoteImage("a", { name: "own/base@sha256:abc" });',
    message:
      "docker:index/remoteImage:RemoteImage resource 'a' has a problem: name \"own/base@sha256:abc\" is not an image reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
  },
  {
    what: "a remote image: platform that is none",
    phase: "check",
    program: 'new docker.RemoteImage("a", { name: image, platform: "windoze" });',
    message:
      "docker:index/remoteImage:RemoteImage resource 'a' has a problem: platform \"windoze\" is not a platform. Write it as OS/ARCHITECTURE, such as linux/amd64.",
  },
  {
    what: "a remote image: context that is not there",
    phase: "check",
    program: 'new docker.RemoteImage("a", { name: "faulty/remote:1", build: { context: "nowhere" } });',
    message:
      'docker:index/remoteImage:RemoteImage resource \'a\' has a problem: build.context "nowhere" does not exist. Name a directory relative to "…".',
  },
  {
    what: "a remote image: tag that its registry lacks",
    phase: "preview",
    program: 'new docker.RemoteImage("a", { name: registry + "/own/base:77" });',
    message:
      'RemoteImage "a": name "127.0.0.1:…/own/base:77" is not there: registry 127.0.0.1:… has no tag "77" of it. Check registry, repository and tag.',
  },
  {
    what: "a remote image: registry that does not answer",
    phase: "up",
    program: 'new docker.RemoteImage("a", { name: "127.0.0.1:23003/own/base:1" });',
    message:
      "Image \"127.0.0.1:23003/own/base:1\" can't be pulled: registry 127.0.0.1:23003 can't be reached from the daemon's machine (dial tcp 127.0.0.1:23003: connect: connection refused). Check the registry's name and port, the network and proxies.",
  },
  {
    what: "a registry image: name that is none",
    phase: "check",
    program: 'new docker.RegistryImage("a", { name: "Own/Base" });',
    message:
      "docker:index/registryImage:RegistryImage resource 'a' has a problem: name \"Own/Base\" is not an image reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
  },
  {
    what: "a registry image: not on the daemon",
    phase: "preview",
    program: 'new docker.RegistryImage("a", { name: registry + "/own/unbuilt:1" });',
    message:
      'RegistryImage "a": name "127.0.0.1:…/own/unbuilt:1" is not on the daemon, so there is nothing to push. Give an image that name with a Tag or an Image of this program.',
  },
  {
    what: "a registry image: wrong password",
    phase: "up",
    program:
      'new docker.RegistryImage("a", { name: closed + "/own/tagged:1", authConfig: { address: closed, username: "robot", password: "wrong" } });',
    message:
      'Image "127.0.0.1:…/own/tagged:1" is refused by registry 127.0.0.1:…, with the login of its authConfig. Mend that login, or use one that may do this.',
  },
  {
    what: "a tag: source that is nowhere",
    phase: "preview",
    program: 'new docker.Tag("a", { sourceImage: "nobody/nothing:1", targetImage: "faulty/tag:1" });',
    message:
      'Tag "a": sourceImage "nobody/nothing:1" is not on the daemon. Have it pulled by a RemoteImage or built by an Image of this program.',
  },
  {
    what: "a tag: target that is none",
    phase: "check",
    program: 'new docker.Tag("a", { sourceImage: image, targetImage: "faulty/tag:" });',
    message:
      "docker:index/tag:Tag resource 'a' has a problem: targetImage \"faulty/tag:\" is not an image reference. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.",
  },
  {
    what: "two tags of one target",
    phase: "check",
    program:
      'new docker.Tag("a", { sourceImage: image, targetImage: "faulty/tag:1" }); new docker.Tag("b", { sourceImage: "slipway-test/busybox:2", targetImage: "faulty/tag:1" });',
    message:
      'docker:index/tag:Tag resource \'…\' has a problem: name "docker.io/faulty/tag:1" is taken by resource "…" of this program. Choose another name.',
  },
];
