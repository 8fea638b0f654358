import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { ImageSummary } from "@docker/node-sdk";
import { expect } from "chai";
import { listContainers } from "../../daemon/container";
import { listNetworks } from "../../daemon/network";
import { listVolumes } from "../../daemon/volume";
import { engineKind, makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type FaultyProgram, faultyPrograms, type Phase } from "../support/faulty-programs";
import { PulumiProject, type StateResource } from "../support/pulumi";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const only = process.env["SLIPWAY_FAULTY"];
const tried = faultyPrograms.filter(({ what, isShort }) =>
  only === undefined ? isWhole || isShort === true : new RegExp(only).test(what),
);
const short = tried.length === faultyPrograms.length ? "" : ` (shortened: ${tried.length} of ${faultyPrograms.length})`;

/** What stands before every program; `CASE` picks one of them, so that all share one file. */
const prelude = `import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { App, Container, DockerHost, EngineContainer, EngineImage, Gateway, Image, Job, Network, Postgres, Volume } from "slipway";
const registry = process.env["REGISTRY"];
const closed = process.env["CLOSED_REGISTRY"];
const image = "slipway-test/busybox:1";
/** A container that would serve, but for what is laid over. */
const box = (name, args, options) =>
  new docker.Container(name, { image, name: "faulty-" + name, command: ["sleep", "1000"], stopTimeout: 1, ...args }, options);
/** A network by a provider of these settings. */
const on = (settings) => new docker.Network("a", { name: "faulty-net" }, { provider: new docker.Provider("other", settings) });
`;

const files = {
  "app/Dockerfile": "FROM slipway-test/busybox:1\nARG A\nRUN true\n",
  "app/instruction.Dockerfile": "FROM slipway-test/busybox:1\nCOPPY . .\n",
  "app/copy.Dockerfile": "FROM slipway-test/busybox:1\nCOPY server.js /\n",
  "app/base.Dockerfile": "ARG BASE\nFROM $BASE\nRUN true\n",
  "app/step.Dockerfile": "FROM slipway-test/busybox:1\nRUN echo compiling\nRUN echo no space; exit 7\n",
};

describe(`${tried.length} faulty programs${short}`, function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let registry: PrivateRegistry;
  let closed: PrivateRegistry;
  let project: PulumiProject;
  let server: Server;
  const rows: { what: string; phase: string; left: string; message: string }[] = [];

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
    registry = await startRegistry();
    closed = await startRegistry({ login: { username: "robot", password: "right" } });
    await pushTo(registry, daemon, "slipway-test/busybox:1", "own/base:1");
    docker("tag", "slipway-test/busybox:1", `${closed.host}/own/tagged:1`);
    docker("network", "create", "--subnet", "10.214.78.0/24", "stranger-net");
    const words = ["--network", "stranger-net", "--ip", "10.214.78.50", "-p", "23001:80"];
    docker("run", "-d", "--name", "stranger", ...words, "slipway-test/busybox:1", "sleep", "10000");
    docker("volume", "create", "stranger-data");
    server = createServer().listen(23002, "0.0.0.0");
    await once(server, "listening");
    const cases = tried.map(({ what, program }) => `${JSON.stringify(what)}: () => { ${program} },`);
    const program = `// @ts-nocheck\n${prelude}const cases = {\n${cases.join("\n")}\n};\ncases[process.env["CASE"]]?.();\n`;
    const env = { REGISTRY: registry.host, CLOSED_REGISTRY: closed.host, DOCKER_CONFIG: "/nonexistent" };
    project = PulumiProject.make({ name: "faulty", daemon, program, files, env });
    // The stack and its state are there before the first fault.
    const { status, text } = await project.pulumi(["up", "--yes", "--skip-preview"]);
    expect(status, text).to.equal(0);
  });

  after(async () => {
    server?.close();
    project?.remove();
    await daemon?.stop();
    await registry?.stop();
    await closed?.stop();
    print();
  });

  for (const one of tried) {
    it(`${one.phase}: ${one.what}`, async () => {
      const before = { daemon: await listing(), state: stored() };
      const { status, text } = await project.pulumi(["up", "--yes"], { CASE: one.what });
      const phase = phaseOf(text);
      const message = messageIn(text);
      const left = { daemon: await listing(), state: stored() };
      const isClean = JSON.stringify(left) === JSON.stringify(before);
      rows.push({ what: one.what, phase, left: isClean ? "nothing" : "SOMETHING", message });
      if (!isClean) await project.destroy();
      expect(status, text).not.to.equal(0);
      expect(left, text).to.deep.equal(before);
      const expected = (engineKind() === "current" ? one.onCurrentEngine : undefined) ?? one;
      expect(message, text).to.match(patternOf(expected));
      expect(phase, text).to.equal(expected.phase);
      expect(text.split("\n").filter((line) => /^\s+at .+:\d+:\d+\)?$/.test(line))).to.deep.equal([]);
    });
  }

  function docker(...words: string[]): string {
    const all = ["-H", daemon.host, ...words];
    return execFileSync("docker", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  }

  /** Every object of the daemon: ids, names, tags, and whether it runs. */
  async function listing(): Promise<readonly string[]> {
    const { engine } = daemon;
    const [containers, networks, volumes, images] = await Promise.all([
      listContainers(engine, {}),
      listNetworks(engine, {}),
      listVolumes(engine),
      engine.json<ImageSummary[]>("GET", "/images/json"),
    ]);
    return [
      ...containers.map((one) => `container ${one.Names?.join()} ${one.Id} ${one.State}`),
      ...networks.map((one) => `network ${one.Name} ${one.Id}`),
      ...volumes.map((one) => `volume ${one.Name}`),
      ...images.map((one) => `image ${one.RepoTags?.join()} ${one.Id}`),
    ].sort();
  }

  /** What the stack's state holds of our package and of components. */
  function stored(): readonly string[] {
    const folder = join(project.folder, "state");
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const file = paths.find((path) => /\/stacks\/.*\.json$/.test(path) && !path.includes("/backups/")) ?? "";
    const state: { checkpoint?: { latest?: { resources?: StateResource[] } } } = JSON.parse(
      readFileSync(join(folder, file), "utf8"),
    );
    const resources = state.checkpoint?.latest?.resources ?? [];
    return resources.filter(({ type }) => type.startsWith("docker:")).map(({ urn, id }) => `${urn} ${id}`);
  }

  function print(): void {
    const width = (column: "what" | "phase" | "left"): number => Math.max(...rows.map((row) => row[column].length));
    for (const { what, phase, left, message } of rows) {
      const cells = [what.padEnd(width("what")), phase.padEnd(width("phase")), left.padEnd(width("left"))];
      console.log(`      ${cells.join("  ")}  ${message.replaceAll("\n", " ⏎ ")}`);
    }
  }
});

/** Where the CLI's output says that it failed. */
function phaseOf(text: string): Phase | "none" {
  if (/^Updating \(/m.test(text)) return "up";
  if (/ has a problem: /.test(text)) return "check";
  const stack = /^ {2}pulumi:pulumi:Stack \(.*\):\n((?: {4}.*\n)+)/m.exec(text)?.[1] ?? "";
  if (/^ {4}error: (?!preview failed)/m.test(stack)) return "program";
  return /^Previewing update/m.test(text) ? "preview" : "none";
}

/** The errors among the diagnostics, without what the engine itself puts before and behind them. */
function messageIn(text: string): string {
  const [diagnostics = ""] = text
    .slice(text.lastIndexOf("\nDiagnostics:\n") + 1)
    .split(/\n(?=Resources:|Duration:|Outputs:)/);
  const [, ...blocks] = diagnostics.split(/^ +error: /m);
  const own = blocks.map(
    (block) =>
      block
        .split(/\n\n {2}\S|\n {4}warning: /)[0]
        ?.replace(/^Preview failed: /, "")
        .trim() ?? "",
  );
  return own.filter((block) => !/^(preview|update) failed$/.test(block)).join("\n");
}

function patternOf({ message }: Pick<FaultyProgram, "message">): RegExp {
  const escaped = message.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join("[\\s\\S]*?")}$`);
}
