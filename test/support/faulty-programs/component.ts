import type { FaultyProgram } from "./faulty-program";

/** Components say what is wrong with their arguments before a resource is registered. */
export const components: readonly FaultyProgram[] = [
  {
    what: "a component: port that is none",
    phase: "program",
    program: 'new Container("a", { image, ports: ["99999:80"] });',
    message: 'Container "a": ports[0] "99999:80" names a port that is none. Use numbers from 1 to 65535. (index.ts:…)',
    isShort: true,
  },
  {
    what: "a component: memory that is none",
    phase: "program",
    program: 'new Container("a", { image, memory: "much" });',
    message:
      'Container "a": memory "much" is not a whole number of MiB, 6 or more. Write it as "512m" or "1g". (index.ts:…)',
  },
  {
    what: "a component: time that is none",
    phase: "program",
    program: 'new Container("a", { image, stopTimeout: "soon" });',
    message: 'Container "a": stopTimeout "soon" is no duration. Write it as "10s" or "1m30s". (index.ts:…)',
  },
  {
    what: "a component: path that is not absolute",
    phase: "program",
    program: 'new Container("a", { image, mounts: [{ volume: "data", target: "data" }] });',
    message: 'Container "a": mounts[0].target "data" is not an absolute path. Start it with `/`. (index.ts:…)',
  },
  {
    what: "a component: image in capitals",
    phase: "program",
    program: 'new Container("a", { image: "Nginx" });',
    message:
      'Container "a": image "Nginx" is not an image reference. Write REPOSITORY[:TAG][@DIGEST], in lower case. (index.ts:…)',
  },
  {
    what: "an Image: secret as a build argument",
    phase: "program",
    program: 'new Image("a", { context: "app", args: { TOKEN: pulumi.secret("hunter2") } });',
    message:
      'Image "a": args.TOKEN is a secret, and everybody who has the image could read it in its history. Give it as `secrets: { TOKEN: { value } }`, and use it with RUN --mount=type=secret,id=TOKEN.',
  },
  {
    what: "an App: replicas below zero",
    phase: "program",
    program: 'new App("a", { image, replicas: -1 });',
    message: 'App "a": replicas "-1" is no number of containers. Use 0, 1, 2 … (index.ts:…)',
  },
  {
    what: "an App: two replicas on one port",
    phase: "program",
    program: 'new App("a", { image, replicas: 2, ports: ["23030:80"] });',
    message:
      'App "a": ports[0] "23030:80" can\'t be published by 2 replicas at once. Put it behind a Gateway, leave the host port to the Engine, or use one replica. (index.ts:…)',
  },
  {
    what: "a Gateway: no routes",
    phase: "program",
    program: 'new Gateway("a", { routes: {} });',
    message: 'Gateway "a": routes are none. Name one route at least. (index.ts:…)',
  },
  {
    what: "a Gateway: https without a certificate",
    phase: "program",
    program: 'new Gateway("a", { https: 23031, routes: { web: { port: 80 } } });',
    message: 'Gateway "a": https "23031" has no certificate. Give `certificates`. (index.ts:…)',
  },
  {
    what: "a Postgres: database that is no identifier",
    phase: "program",
    program: 'new Postgres("a", { database: "my-db" });',
    message:
      'Postgres "a": database "my-db" is no identifier. Use letters, digits and `_`, at most 63, the first no digit. (index.ts:…)',
  },
  {
    what: "a DockerHost: host and context",
    phase: "program",
    program: 'new DockerHost("a", { host: "tcp://127.0.0.1:23004", context: "other" });',
    message:
      'DockerHost "a": context "other" stands beside `host`. Keep one: a context names its own host. (index.ts:…)',
  },
  {
    what: "a Network: subnet that is none",
    phase: "program",
    program: 'new Network("a", { subnet: "10.0.0.0/33" });',
    message:
      'Network "a": subnet "10.0.0.0/33" is no subnet. Write it in CIDR form, such as 10.20.0.0/24. (index.ts:…)',
  },
  {
    what: "a Volume: name of one letter",
    phase: "program",
    program: 'new Volume("a", { name: "v" });',
    message:
      'Volume "a": name "v" is no name that the Engine accepts. Use letters, digits, `_`, `.` and `-`, two or more, the first a letter or digit. (index.ts:…)',
  },
  {
    what: "a Job that fails",
    phase: "up",
    program: 'new Job("a", { image, name: "faulty-a", command: ["sh", "-c", "echo migration failed; exit 2"] });',
    message:
      'Container "faulty-a" stopped with exit code 2. Mend what it runs; it has to end with exit code 0. It logged last:\n…migration failed',
  },
  {
    what: "a Job that takes too long",
    phase: "up",
    program: 'new Job("a", { image, name: "faulty-a", command: ["sleep", "1000"], timeout: "2s" });',
    message:
      'Container "faulty-a" has not ended after 2 s. Give it more time (`waitTimeout`), or mend what takes it so long. It logged nothing.',
  },
  {
    what: "a component that never gets healthy",
    phase: "up",
    program:
      'new Container("a", { image, name: "faulty-a", command: ["sleep", "1000"], healthcheck: { test: ["false"], interval: "300ms", retries: 2 } });',
    message: `Container "faulty-a" is unhealthy; its last check (exit code 1) printed nothing. Mend the health check or what it checks. It logged nothing.`,
  },
];
