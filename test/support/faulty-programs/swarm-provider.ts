import type { FaultyProgram } from "./faulty-program";

/** Swarms, plugins and provider settings. */
export const swarmsAndProviders: readonly FaultyProgram[] = [
  {
    what: "a service: no swarm",
    phase: "preview",
    program: 'new docker.Service("a", { name: "faulty-service", taskSpec: { containerSpec: { image } } });',
    message:
      'Service "faulty-service" needs a daemon that manages a swarm, and this one does not. Run `docker swarm init` on it, or point the provider to a manager.',
    isShort: true,
  },
  {
    what: "a service: two modes",
    phase: "check",
    program:
      'new docker.Service("a", { name: "faulty-service", taskSpec: { containerSpec: { image } }, mode: { global: true, replicated: { replicas: 2 } } });',
    message:
      "docker:index/service:Service resource 'a' has a problem: mode is global and replicated at once. Keep one of them.",
  },
  {
    what: "a service: replicas below zero",
    phase: "check",
    program:
      'new docker.Service("a", { name: "faulty-service", taskSpec: { containerSpec: { image } }, mode: { replicated: { replicas: -1 } } });',
    message:
      "docker:index/service:Service resource 'a' has a problem: mode.replicated.replicas \"-1\" is no whole number from 0 up. Use 0 or more.",
  },
  {
    what: "a service: one port twice",
    phase: "check",
    program:
      'new docker.Service("a", { name: "faulty-service", taskSpec: { containerSpec: { image } }, endpointSpec: { ports: [{ targetPort: 80, publishedPort: 23020 }, { targetPort: 81, publishedPort: 23020 }] } });',
    message:
      "docker:index/service:Service resource 'a' has a problem: endpointSpec.ports[1].publishedPort \"23020\" is published by ports[0] already. Publish each port once.",
  },
  {
    what: "a secret: no swarm",
    phase: "preview",
    program: 'new docker.Secret("a", { name: "faulty-secret", data: Buffer.from("x").toString("base64") });',
    message:
      'Secret "faulty-secret" needs a daemon that manages a swarm, and this one does not. Run `docker swarm init` on it, or point the provider to a manager.',
  },
  {
    what: "a secret: no base64",
    phase: "check",
    program: 'new docker.Secret("a", { name: "faulty-secret", data: "hunter2!" });',
    message:
      "docker:index/secret:Secret resource 'a' has a problem: data is no base64. Encode it: `Buffer.from(text).toString(\"base64\")`.",
  },
  {
    what: "a secret: name that no swarm takes",
    phase: "check",
    program: 'new docker.Secret("a", { name: "-faulty", data: "eA==" });',
    message:
      "docker:index/secret:Secret resource 'a' has a problem: name \"-faulty\" is no name that a swarm accepts. Use letters, digits, `_`, `.` and `-`, the first and the last a letter or digit.",
  },
  {
    what: "a config: no swarm",
    phase: "preview",
    program: 'new docker.ServiceConfig("a", { name: "faulty-config", data: "eA==" });',
    message:
      'ServiceConfig "faulty-config" needs a daemon that manages a swarm, and this one does not. Run `docker swarm init` on it, or point the provider to a manager.',
  },
  {
    what: "a config: no data",
    phase: "check",
    program: 'new docker.ServiceConfig("a", { name: "faulty-config" });',
    message:
      "docker:index/serviceConfig:ServiceConfig resource 'a' has a problem: data is missing. Give it in base64, or as it is in dataRaw.",
  },
  {
    what: "a plugin: nowhere",
    phase: "preview",
    program: 'new docker.Plugin("a", { name: registry + "/own/plugin:1" });',
    message:
      'Plugin "a": name "127.0.0.1:…/own/plugin:1" is not there: registry 127.0.0.1:… has no tag "1" of it. Check registry, repository and tag.',
  },
  {
    what: "a provider: host of another protocol",
    phase: "check",
    program: 'on({ host: "ftp://127.0.0.1" });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: host \"ftp://127.0.0.1\" is not understood. Use unix:///path, tcp://host:port or ssh://user@host.",
  },
  {
    what: "a provider: socket that is not there",
    phase: "preview",
    program: 'on({ host: "unix:///run/no-such.sock" });',
    message:
      "Docker daemon at unix:///run/no-such.sock (from the provider's setting host) does not answer: there is no such socket. Start Docker, or correct the provider's setting host.",
    isShort: true,
  },
  {
    what: "a provider: port that nobody listens on",
    phase: "preview",
    program: 'on({ host: "tcp://127.0.0.1:23004" });',
    message:
      "Docker daemon at tcp://127.0.0.1:23004 (from the provider's setting host) does not answer: nothing listens there. Start Docker, or correct the provider's setting host.",
  },
  {
    what: "a provider: context that is not there",
    phase: "check",
    program: 'on({ context: "no-such-context" });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: context \"no-such-context\" is not in /nonexistent. Name one that `docker context ls` lists.",
  },
  {
    what: "a provider: certificate that is none",
    phase: "check",
    program: 'on({ host: "tcp://127.0.0.1:23004", certMaterial: "MIIB", keyMaterial: "MIIE" });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: certMaterial is no certificate in PEM. Give its content.\npulumi:providers:docker resource 'other' has a problem: keyMaterial is no private key in PEM. Give the content of key.pem, without a passphrase.",
  },
  {
    what: "a provider: certificate without its key",
    phase: "check",
    program: 'on({ host: "tcp://127.0.0.1:23004", certMaterial: "-----BEGIN CERTIFICATE-----" });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: keyMaterial is missing beside certMaterial. Give both, or none.",
  },
  {
    what: "a provider: folder of certificates that is not there",
    phase: "check",
    program: 'on({ host: "tcp://127.0.0.1:23004", certPath: "nowhere" });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: certPath \"nowhere\" are not there. The folder must hold ca.pem, cert.pem and key.pem.",
  },
  {
    what: "a provider: login without an address",
    phase: "check",
    program: 'on({ registryAuth: [{ username: "robot", password: "x" }] });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: registryAuth[0].address is missing. Name the registry, such as `registry.example.com` or `http://127.0.0.1:…`.",
  },
  {
    what: "a provider: misspelt field of a login",
    phase: "check",
    program: 'on({ registryAuth: [{ address: registry, user: "robot" }] });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: registryAuth[0].user is no field of it. Use address, authDisabled, configFile, configFileContent, password, username.",
  },
  {
    what: "a provider: configuration file that is not there",
    phase: "check",
    program: 'on({ registryAuth: [{ address: registry, configFile: "nowhere.json" }] });',
    message:
      "pulumi:providers:docker resource 'other' has a problem: registryAuth[0].configFile \"nowhere.json\" is no file that can be read. Give its path, relative to the program.",
  },
];
