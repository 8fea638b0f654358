import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ArgumentWatch, leaks, makeCanaries, stateOnDisk } from "../support/canary";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const names = [
  "password",
  "certMaterial",
  "keyMaterial",
  "hostKey",
  "env",
  "wholeEnvs",
  "upload",
  "label",
  "buildSecret",
  "swarmSecret",
  "swarmConfig",
  "postgresPassword",
] as const;

// Every credential, and every input that may hold one, from the stack's configuration as users keep it there.
const program = `import { readFileSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { DockerHost, Image, Postgres } from "slipway";
const config = new pulumi.Config();
const secret = (name: string) => config.requireSecret(name);
const ca = readFileSync("cert.pem", "utf8");
const registry = process.env["REGISTRY"] ?? "";
const username = "robot";

const provider = new docker.Provider("logins", { registryAuth: [{ address: registry, username, password: secret("password") }] });
new docker.Provider("tls", {
  host: "tcp://127.0.0.1:23401", disableDockerDaemonCheck: true, caMaterial: ca,
  certMaterial: secret("certMaterial"), keyMaterial: secret("keyMaterial"),
});
new DockerHost("elsewhere", {
  host: "tcp://127.0.0.1:23402", tls: { ca, cert: ca, key: secret("hostKey") },
  registries: [{ address: registry, username, password: secret("password") }],
});
const swarm = new docker.Provider("swarm", { host: process.env["SWARM_HOST"] });
new docker.RemoteImage("pulled", { name: \`\${registry}/own/base:1\` }, { provider });
new docker.Container("web", {
  name: "config-web", image: "slipway-test/busybox:1", stopTimeout: 1, command: ["sleep", "1000"],
  envs: ["OPEN=1", pulumi.interpolate\`TOKEN=\${secret("env")}\`],
  uploads: [{ file: "/etc/token", content: secret("upload") }],
  labels: [{ label: "token", value: secret("label") }],
}, { provider });
new docker.Container("whole", {
  name: "config-whole", image: "slipway-test/busybox:1", stopTimeout: 1, command: ["sleep", "1000"],
  envs: secret("wholeEnvs").apply((value) => ["TOKEN=" + value, "ROUND=" + process.env["ROUND"]]),
}, { provider });
const image = new Image("built", {
  context: "app", name: \`\${registry}/own/built:1\`, push: true, login: { username, password: secret("password") },
  secrets: { token: { value: secret("buildSecret") } }, args: { ROUND: process.env["ROUND"] ?? "" },
}, { providers: [provider] });
const tag = new docker.Tag("tagged", { sourceImage: image.id, targetImage: \`\${registry}/own/pushed:1\` }, { provider });
new docker.RegistryImage("pushed", {
  name: tag.targetImage, authConfig: { address: registry, username, password: secret("password") },
}, { provider });
new docker.Secret("kept", { name: "config-kept", data: secret("swarmSecret") }, { provider: swarm });
new docker.ServiceConfig("settings", { name: "config-settings", data: secret("swarmConfig") }, { provider: swarm });
const database = new Postgres("database", { image: "slipway-test/postgres:1", password: secret("postgresPassword") });
export const address = database.connectionString;
`;

const dockerfile = `FROM slipway-test/busybox:1
ARG ROUND
RUN --mount=type=secret,id=token echo $ROUND && test -s /run/secrets/token
`;

// The engine masks the stack's config secrets in every line and event that it passes on (pkg/engine/events.go, makeEventEmitter),
// but not in its own log: at level 9 it prints each property that it takes from a wire or puts on one, and the parts of a secret
// without their mark (toolchain/engine-log.ts). No provider and no language host can change that; `slipway` leaves the values
// out. Plain `pulumi` prints them: there everything else at that level must be clean.
describe("config secrets through the Pulumi CLI, at the highest level of its logs", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  let swarm: PrivateDaemon;
  let registry: PrivateRegistry;
  let project: PulumiProject;
  const canaries = makeCanaries(names);

  before(async () => {
    const login = { username: "robot", password: canaries.password };
    registry = await startRegistry({ login });
    [daemon, swarm] = [await startDockerd(), await startDockerd({ isSwarmManager: true })];
    makeBaseImage(daemon);
    await pushTo(registry, daemon, "slipway-test/busybox:1", "own/base:1", login);
    // As much of a database as the component asks for.
    const text =
      'FROM slipway-test/busybox:1\nRUN echo "#!/bin/sh" > /bin/pg_isready && chmod +x /bin/pg_isready\nCMD trap exit INT TERM; sleep 1000 & wait\n';
    const words = ["-H", daemon.host, "build", "-q", "-t", "slipway-test/postgres:1", "-"];
    execFileSync("docker", words, { input: text, stdio: ["pipe", "ignore", "inherit"] });
    const env = { REGISTRY: registry.host, SWARM_HOST: swarm.host };
    project = PulumiProject.make({ name: "config", daemon, program, files: { "app/Dockerfile": dockerfile }, env });
    const pair = ["-keyout", join(project.folder, "key.pem"), "-out", join(project.folder, "cert.pem")];
    const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=slipway-test"];
    execFileSync("openssl", [...kind, ...pair], { stdio: "ignore" });
    const base64 = (value: string): string => Buffer.from(value).toString("base64");
    const values = {
      ...canaries,
      certMaterial: project.read("cert.pem") + canaries.certMaterial,
      keyMaterial: project.read("key.pem") + canaries.keyMaterial,
      hostKey: project.read("key.pem") + canaries.hostKey,
      swarmSecret: base64(canaries.swarmSecret),
      swarmConfig: base64(canaries.swarmConfig),
    };
    const all = Object.entries(values).flatMap(([name, value]) => ["--secret", `${name}=${value}`]);
    const set = await project.pulumi(["config", "set-all", ...all]);
    expect(set.status, set.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    await Promise.all([daemon?.stop(), swarm?.stop()]);
    await registry?.stop();
  });

  for (const [what, command, words, round] of [
    ["slipway preview", "slipway", ["preview", "--diff"], "1"],
    ["the first slipway up", "slipway", ["up", "--diff"], "1"],
    ["pulumi preview", "pulumi", ["preview", "--diff"], "2"],
    ["an up that changes them", "slipway", ["up", "--diff"], "2"],
    ["pulumi up", "pulumi", ["up", "--yes", "--diff"], "3"],
    ["a refresh", "slipway", ["refresh", "--diff"], "3"],
    ["a destroy", "slipway", ["destroy", "--exclude-protected", "--diff"], "3"],
  ] as const) {
    const but = command === "slipway" ? "" : " but for the dump of its wires";
    it(`${what} shows none: events, --debug, -v=9${but}, process arguments, state`, async () => {
      const events = join(project.folder, `events-${command}-${words[0]}-${round}.json`);
      const watch = new ArgumentWatch();
      const more = ["--logtostderr", "-v=9", "--debug", "--event-log", events];
      const env = { PULUMI_DEBUG_COMMANDS: "true", ROUND: round };
      const { status, text } = await project[command]([...words, ...more], env);
      const seen = watch.stop();
      expect(
        status,
        text
          .split("\n")
          .filter((line) => line.includes("error:"))
          .join("\n"),
      ).to.equal(0);
      expect(leaks(readFileSync(events, "utf8"), canaries)).to.deep.equal([]);
      const isShown = (line: string): boolean =>
        command === "slipway" || !/[Mm]arshaling property for RPC\[/.test(line);
      const lines = text.split("\n").filter(isShown);
      expect(lines.some((line) => line.includes('"v":9'))).to.equal(true);
      expect(leaks(lines.join("\n"), canaries)).to.deep.equal([]);
      expect(seen).to.match(/dist\/provider/);
      expect(leaks(seen, canaries)).to.deep.equal([]);
      expect(leaks(stateOnDisk(project.folder), canaries)).to.deep.equal([]);
      if (what === "an up that changes them") leftOnDaemons();
    });
  }

  /** What the daemons tell of what was made: history and inspect of the image, the swarm's secret. */
  function leftOnDaemons(): void {
    const docker = (host: string, ...words: string[]): string =>
      execFileSync("docker", ["-H", host, ...words], { encoding: "utf8" });
    const image = `${registry.host}/own/built:1`;
    const history = docker(daemon.host, "history", "--no-trunc", image);
    expect(history).to.contain("/run/secrets/token");
    const told = [
      history,
      docker(daemon.host, "image", "inspect", image),
      docker(swarm.host, "secret", "inspect", "config-kept"),
    ];
    expect(leaks(told.join("\n"), canaries)).to.deep.equal([]);
  }
});
