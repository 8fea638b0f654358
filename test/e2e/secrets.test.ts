import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ArgumentWatch, leaks as canaryLeaks, makeCanaries, spellings, stateOnDisk } from "../support/canary";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const names = [
  "providerPassword",
  "certMaterial",
  "keyMaterial",
  "hostPassword",
  "hostKey",
  "env",
  "wholeEnvs",
  "upload",
  "label",
  "imagePassword",
  "buildSecret",
  "registryImagePassword",
  "swarmSecret",
  "swarmConfig",
  "postgresPassword",
] as const;
// Every credential and every input that may hold one, each a Pulumi secret or secret by itself.
const program = `import { readFileSync, rmSync } from "node:fs";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { DockerHost, Image, Postgres } from "slipway";
const canaries = JSON.parse(readFileSync("canaries.json", "utf8")) as Record<string, string>;
const plain = (name: string) => canaries[name] ?? "";
const hidden = (name: string) => pulumi.secret(plain(name));
const pem = (name: string) => readFileSync(\`\${name}.pem\`, "utf8");
const registry = process.env["REGISTRY"] ?? "";
const username = "robot";
const fault = process.env["FAULT"];

const provider = new docker.Provider("logins", { registryAuth: [{ address: registry, username, password: hidden("providerPassword") }] });
new docker.Provider("tls", {
  host: "tcp://127.0.0.1:29001", disableDockerDaemonCheck: true, caMaterial: pem("cert"),
  certMaterial: pulumi.secret(pem("cert") + plain("certMaterial")), keyMaterial: pulumi.secret(pem("key") + plain("keyMaterial")),
});
new DockerHost("elsewhere", {
  host: "tcp://127.0.0.1:29002", tls: { ca: pem("cert"), cert: pem("cert"), key: pem("key") + plain("hostKey") },
  registries: [{ address: registry, username, password: plain("hostPassword") }],
});
const swarm = new docker.Provider("swarm", { host: process.env["SWARM_HOST"] });

new docker.RemoteImage("pulled", { name: \`\${registry}/own/base:1\` }, { provider });
new docker.Container("web", {
  name: "canary-web", image: "slipway-test/busybox:1", stopTimeout: 1,
  command: fault === "start" ? ["/nowhere"] : ["sleep", "1000"],
  envs: ["OPEN=1", pulumi.interpolate\`TOKEN=\${hidden("env")}\`],
  uploads: [{ file: fault === "upload" ? "/bin/sh/token" : "/etc/token", content: hidden("upload") }],
  labels: [{ label: "token", value: hidden("label") }, { label: "open", value: "1" }],
}, { provider });
new docker.Container("whole", {
  name: "canary-whole", image: "slipway-test/busybox:1", stopTimeout: 1, command: ["sleep", "1000"],
  envs: pulumi.secret([fault === "env" ? \`=\${plain("wholeEnvs")}\` : \`TOKEN=\${plain("wholeEnvs")}\`, "OPEN=1"]),
}, { provider });
const image = new Image("built", {
  context: "app", name: \`\${registry}/own/built:1\`, push: true,
  login: { username, password: fault === "login" ? plain("imagePassword") : plain("providerPassword") },
  secrets: { token: { value: plain("buildSecret") } },
  args: { STEP: fault === "build" ? "false" : fault === "login" ? "echo" : "true" },
}, { providers: [provider] });
new docker.Tag("tagged", { sourceImage: image.name, targetImage: \`\${registry}/own/tagged:1\` }, { provider, dependsOn: image });
new docker.RegistryImage("pushed", {
  name: \`\${registry}/own/pushed:1\`,
  authConfig: { address: registry, username, password: hidden(fault === "login" ? "registryImagePassword" : "providerPassword") },
}, { provider, dependsOn: new docker.Tag("again", { sourceImage: image.name, targetImage: \`\${registry}/own/pushed:1\` }, { provider }) });
new docker.Secret("kept", { name: "canary-kept", data: Buffer.from(plain("swarmSecret")).toString("base64") }, { provider: swarm });
new docker.ServiceConfig("settings", {
  name: "canary-settings", data: pulumi.secret(Buffer.from(plain("swarmConfig")).toString("base64")),
}, { provider: swarm });
const database = new Postgres("database", { image: "slipway-test/postgres:1", password: plain("postgresPassword") });
export const address = database.connectionString;
`;

const files = {
  "app/Dockerfile": `FROM slipway-test/busybox:1
ARG STEP
RUN --mount=type=secret,id=token test -s /run/secrets/token && $STEP
`,
};

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

describe("secrets through the Pulumi CLI", function () {
  this.timeout(600_000);
  let daemon: PrivateDaemon;
  let swarm: PrivateDaemon;
  let registry: PrivateRegistry;
  let project: PulumiProject;
  const canaries = makeCanaries(names, "a");

  before(async () => {
    const login = { username: "robot", password: canaries.providerPassword };
    registry = await startRegistry({ login });
    [daemon, swarm] = [await startDockerd(), await startDockerd({ isSwarmManager: true })];
    makeBaseImage(daemon);
    await pushTo(registry, daemon, "slipway-test/busybox:1", "own/base:1", login);
    // As much of a database as the component asks for.
    const dockerfile =
      'FROM slipway-test/busybox:1\nRUN echo "#!/bin/sh" > /bin/pg_isready && chmod +x /bin/pg_isready\nCMD trap exit INT TERM; sleep 1000 & wait\n';
    const words = ["-H", daemon.host, "build", "-q", "-t", "slipway-test/postgres:1", "-"];
    execFileSync("docker", words, { input: dockerfile, stdio: ["pipe", "ignore", "inherit"] });
    const env = { REGISTRY: registry.host, SWARM_HOST: swarm.host };
    project = PulumiProject.make({ name: "secrets", daemon, program, files, env });
    project.write("canaries.json", JSON.stringify(canaries));
    const pair = ["-keyout", join(project.folder, "key.pem"), "-out", join(project.folder, "cert.pem")];
    const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=slipway-test"];
    execFileSync("openssl", [...kind, ...pair], { stdio: "ignore" });
  });

  after(async () => {
    project?.remove();
    await Promise.all([daemon?.stop(), swarm?.stop()]);
    await registry?.stop();
  });

  function leaks(text: string, ofAll: Readonly<Record<string, string>> = canaries): string[] {
    return canaryLeaks(text, ofAll);
  }

  function eventsOf(file: string): string {
    const text = readFileSync(file, "utf8");
    expect(text.includes("resOutputsEvent") || text.includes("resourcePreEvent")).to.equal(true);
    // The SDK's own debug lines are there; our language host leaves out what was sent (wire-lines.ts).
    expect(text).to.match(/RPC (prepared|finished)/);
    rmSync(file);
    return text;
  }

  it("a preview shows none", async () => {
    for (const word of ["--diff", "--json"]) {
      const { status, text } = await project.pulumi(["preview", word]);
      expect(status, text).to.equal(0);
      expect(leaks(text)).to.deep.equal([]);
    }
  });

  it("up shows none: output, events, process arguments", async () => {
    const watch = new ArgumentWatch();
    const events = join(project.folder, "events.json");
    const answer = await project.up({ PULUMI_DEBUG_COMMANDS: "true" }, "--event-log", events);
    const seen = watch.stop();
    expect(answer.status, answer.text).to.equal(0);
    expect(leaks(answer.text)).to.deep.equal([]);
    expect(leaks(eventsOf(events))).to.deep.equal([]);
    expect(seen).to.match(/pulumi-resource-docker|dist\/provider/);
    expect(leaks(seen)).to.deep.equal([]);
  });

  it("state shows none, exported or on the disk; it holds each, encrypted", async () => {
    const { text } = await project.pulumi(["stack", "export"]);
    expect(text).to.contain("canary-web");
    expect(leaks(text)).to.deep.equal([]);
    expect(leaks(stateOnDisk(project.folder))).to.deep.equal([]);
    const clear = await project.pulumi(["stack", "export", "--show-secrets"]);
    const held = names.filter((name) => spellings(canaries[name]).some((one) => clear.text.includes(one)));
    expect(held).to.have.members(names.filter((name) => !["imagePassword", "registryImagePassword"].includes(name)));
    const outputs = await project.pulumi(["stack", "output"]);
    expect(outputs.text).to.contain("address");
    expect(leaks(outputs.text)).to.deep.equal([]);
  });

  it("images show none in history and inspect, and the swarm none in inspect of its secret", () => {
    const docker = (host: string, ...words: string[]): string =>
      execFileSync("docker", ["-H", host, ...words], { encoding: "utf8" });
    const image = `${registry.host}/own/built:1`;
    const history = docker(daemon.host, "history", "--no-trunc", image);
    expect(history).to.contain("/run/secrets/token");
    expect(leaks(history)).to.deep.equal([]);
    expect(leaks(docker(daemon.host, "image", "inspect", image))).to.deep.equal([]);
    expect(leaks(docker(swarm.host, "secret", "inspect", "canary-kept"))).to.deep.equal([]);
  });

  it("changed ones and drift show none in plan, refresh, up and state", async () => {
    // The login stays, or nothing could be pushed.
    const { providerPassword } = canaries;
    const changed = { ...makeCanaries(names, "b"), providerPassword };
    project.write("canaries.json", JSON.stringify(changed));
    execFileSync("docker", ["-H", daemon.host, "rm", "-f", "canary-whole"], { stdio: "ignore" });
    const both = (text: string): string[] => [...leaks(text), ...leaks(text, changed)];
    const events = join(project.folder, "events.json");
    const plan = await project.preview({ PULUMI_DEBUG_COMMANDS: "true" }, "--event-log", events);
    expect(plan.status, plan.text).to.equal(0);
    expect(plan.text).to.contain("[secret]");
    expect(both(plan.text)).to.deep.equal([]);
    expect(both(eventsOf(events))).to.deep.equal([]);
    const refresh = await project.refresh({}, "--diff");
    expect(refresh.status, refresh.text).to.equal(0);
    expect(both(refresh.text)).to.deep.equal([]);
    const up = await project.up({}, "--diff");
    expect(up.status, up.text).to.equal(0);
    expect(both(up.text)).to.deep.equal([]);
    const { text } = await project.pulumi(["stack", "export"]);
    expect(both(text)).to.deep.equal([]);
    expect(both(stateOnDisk(project.folder))).to.deep.equal([]);
    project.write("canaries.json", JSON.stringify(canaries));
  });

  for (const fault of ["env", "build", "login", "start", "upload"]) {
    it(`an up that fails by its ${fault} shows none, and neither does the state after it`, async () => {
      // The step that fails must run, and so must the container: both are made anew.
      const events = join(project.folder, "events.json");
      const { status, text } = await project.up(
        { FAULT: fault, PULUMI_DEBUG_COMMANDS: "true" },
        "--diff",
        "--event-log",
        events,
      );
      expect(status, text).not.to.equal(0);
      expect(text).to.match(/error: (?!unknown flag)/);
      expect(leaks(text)).to.deep.equal([]);
      expect(leaks(eventsOf(events))).to.deep.equal([]);
      expect(leaks(stateOnDisk(project.folder))).to.deep.equal([]);
    });
  }

  // At level 9 the engine itself writes every property that it takes from a wire, the content of a secret too
  // (toolchain/engine-log.ts); `slipway` leaves the values out, plain `pulumi` can't be kept from it.
  for (const [command, level] of [
    ["pulumi", 8],
    ["pulumi", 9],
    ["slipway", 9],
  ] as const) {
    const but = command === "pulumi" ? " beside what the engine dumps of its own wires" : "";
    (all ? it : it.skip)(`the engine's log of level ${level} shows none by ${command}${but}`, async () => {
      for (const words of [["preview", "--diff"], command === "pulumi" ? ["up", "--yes", "--skip-preview"] : ["up"]]) {
        const log = await project[command]([...words, "--logtostderr", `-v=${level}`]);
        expect(log.status, log.text.slice(-3000)).to.equal(0);
        const dump = /[Mm]arshaling property for RPC\[/;
        const lines = log.text.split("\n");
        expect(lines.some((line) => dump.test(line))).to.equal(level === 9);
        expect(lines.some((line) => line.includes(`"v":${level}`))).to.equal(true);
        const isShown = (line: string): boolean => command === "slipway" || !dump.test(line);
        expect(leaks(lines.filter(isShown).join("\n"))).to.deep.equal([]);
      }
    });
  }
});
