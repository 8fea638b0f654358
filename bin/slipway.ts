#!/usr/bin/env node
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants, homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command } from "commander";
import { Listr } from "listr2";
import { parse } from "yaml";
import { Engine } from "../daemon/client";
import { listContainers } from "../daemon/container";
import { resolveEndpoint } from "../daemon/endpoint";
import { listImages } from "../daemon/image";
import { ensureStandInBase, isStandIn, registryAnswers } from "../toolchain/base-image";
import { askDaemon, chooseDaemon, ensureDaemon } from "../toolchain/daemon";
import { exportLines, pulumiEnvironment, pulumiHome } from "../toolchain/environment";
import { initProject } from "../toolchain/init";
import { ensureLanguageHost, findLanguageHost } from "../toolchain/language-host";
import { findProject, packageFolder, requireProject } from "../toolchain/paths";
import { ensurePulumi, findPulumi, type PulumiCli, pulumiVersion, type Report } from "../toolchain/pulumi-cli";
import { clearStaleLocks, ensureState, type State } from "../toolchain/state";
import { describeFault, isSlipwayError, messageOf, SlipwayError } from "../values/fault";

const defaultStack = "dev";

/** A project with everything that running the engine in it takes. */
interface Prepared {
  readonly project: string;
  readonly cli: PulumiCli;
  readonly state: State;
  readonly environment: NodeJS.ProcessEnv;
}

async function main(): Promise<void> {
  const program = new Command("slipway").description(
    "Docker as typed, planned, reconciled TypeScript on the Pulumi engine",
  );
  program.enablePositionalOptions();
  program
    .command("setup")
    .description("find or make everything that a deployment needs")
    .action(async () => {
      await prepareTools(true);
    });
  program
    .command("env")
    .description('print export lines for plain pulumi: eval "$(npx slipway env)"')
    .action(printEnvironment);
  const verbs = {
    up: { about: "deploy the stack", flags: ["--yes", "--skip-preview"] },
    preview: { about: "show what up would change", flags: [] },
    refresh: { about: "read the real state of every resource", flags: ["--yes", "--skip-preview"] },
    destroy: { about: "remove everything the stack made", flags: ["--yes", "--skip-preview"] },
  };
  for (const [verb, { about, flags }] of Object.entries(verbs)) {
    program
      .command(verb)
      .description(about)
      .argument("[arguments...]", "passed on to pulumi")
      .allowUnknownOption()
      .passThroughOptions()
      .helpOption(false)
      .action(async (extra: string[]) => {
        process.exitCode = await runVerb(verb, flags, extra);
      });
  }
  program
    .command("ps")
    .description("what this stack runs, like docker ps -a")
    .option("-s, --stack <name>", "the stack", defaultStack)
    .action(async (options: { stack: string }) => listStack(options.stack));
  program.command("doctor").description("what was found and where, what is wrong, what to do").action(doctor);
  program
    .command("init")
    .description("prepare a Pulumi project of your own")
    .action(() => {
      const project = requireProject(process.cwd());
      const changed = initProject(project);
      console.log(
        changed.length === 0
          ? "Nothing to do: the project is prepared."
          : `Wrote ${changed.join(" and ")}; commit them.`,
      );
    });
  await program.parseAsync();
}

/** Finds the tools, or makes them with a line or a spinner for each step that takes time. */
async function prepareTools(verbose: boolean, plainReport?: Report): Promise<PulumiCli> {
  if (plainReport !== undefined) {
    const cli = await ensurePulumi(plainReport);
    ensureLanguageHost(cli, pulumiHome());
    return cli;
  }
  const ready = await findPulumi();
  if (!verbose && ready !== undefined && findLanguageHost(ready, pulumiHome()) !== undefined) {
    const daemon = await askDaemon(chooseDaemon());
    if (daemon.state === "answers" || daemon.state === "unchecked") {
      ensureLanguageHost(ready, pulumiHome());
      return ready;
    }
  }
  const found: { cli?: PulumiCli } = {};
  await new Listr(
    [
      {
        title: `Pulumi CLI ${pulumiVersion} or newer: plans and applies (5 minutes the first time)`,
        task: async (_context, task) => {
          found.cli = await ensurePulumi((line) => {
            task.output = line;
          });
          task.title = `Pulumi CLI ${found.cli.version}: ${found.cli.path}`;
        },
      },
      {
        title: "Language host: runs TypeScript programs",
        task: (_context, task) => {
          if (found.cli === undefined) return;
          const host = ensureLanguageHost(found.cli, pulumiHome());
          task.title = `Language host (${host.origin}): ${host.path}`;
        },
      },
      {
        title: "Docker daemon: runs the containers (a few seconds if it must be started)",
        task: async (_context, task) => {
          const daemon = await ensureDaemon((line) => {
            task.output = line;
          });
          task.title = `Docker daemon: ${daemon.host} (${daemon.source})`;
        },
      },
    ],
    { renderer: "default", fallbackRenderer: "simple", rendererOptions: { showErrorMessage: false } },
  ).run();
  if (found.cli === undefined) throw new SlipwayError({ subject: "Pulumi CLI", problem: "was not found" });
  return found.cli;
}

async function prepare(plainReport?: Report): Promise<Prepared> {
  const project = requireProject(process.cwd());
  const cli = await prepareTools(false, plainReport);
  const state = ensureState(project);
  return { project, cli, state, environment: { ...process.env, ...pulumiEnvironment(project, cli, state) } };
}

async function printEnvironment(): Promise<void> {
  const { project, cli, state, environment } = await prepare((line) => console.error(`slipway: ${line}`));
  await run(cli.path, ["stack", "select", "--create", "--stack", defaultStack], project, environment, true);
  process.stdout.write(exportLines(pulumiEnvironment(project, cli, state)));
}

async function runVerb(verb: string, flags: readonly string[], extra: readonly string[]): Promise<number> {
  const { project, cli, state, environment } = await prepare();
  for (const lock of clearStaleLocks(state.backend)) {
    console.log(`slipway: cleared the lock of process ${lock.pid}, which is gone`);
  }
  const named = extra.some((word) => /^(-s|--stack)(=|$)/.test(word));
  if (!named && !hasStack(project, state)) {
    const status = await run(
      cli.path,
      ["stack", "select", "--create", "--stack", defaultStack],
      project,
      environment,
      true,
    );
    if (status !== 0) return status;
  }
  const name = named ? stackIn(extra) : defaultStack;
  if (project === packageFolder() && (verb === "up" || verb === "preview")) {
    await chooseBaseImage(cli, project, name, environment);
  }
  const stack = named ? [] : ["--stack", defaultStack];
  const defaults = flags.filter((flag) => !extra.includes(flag));
  const status = await run(cli.path, [verb, ...stack, ...defaults, ...extra], project, environment, false);
  if (status !== 0 || verb !== "up") return status;
  await listStack(name);
  await askUrls(await stackOutputs(cli, project, name, environment));
  return 0;
}

/** The stack that `--stack NAME`, `--stack=NAME` or `-s NAME` names, without its organization and project. */
function stackIn(words: readonly string[]): string {
  const index = words.findIndex((word) => /^(-s|--stack)(=|$)/.test(word));
  const value = words[index]?.includes("=") ? words[index]?.replace(/^[^=]*=/, "") : words[index + 1];
  return (value ?? defaultStack).replace(/^.*\//, "");
}

const officialBase = "node:24-alpine";

/** Decides once for a stack what its images stand on, and keeps the answer in its config, where a user can change it. */
async function chooseBaseImage(
  cli: PulumiCli,
  project: string,
  stack: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const file = join(project, `Pulumi.${stack}.yaml`);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const chosen = /^ {2}slipway:baseImage: (.+)$/m.exec(text)?.[1];
  if (chosen !== undefined && !isStandIn(chosen)) return;
  const engine = await Engine.connect(await resolveEndpoint({ env: process.env, home: homedir() }));
  const report: Report = (line) => console.log(`slipway: ${line}`);
  let base = officialBase;
  if (chosen !== undefined || !(await registryAnswers(engine, officialBase))) {
    if (chosen === undefined) {
      report(`No registry has ${officialBase} for this daemon: a stand-in is put together from this machine's Node.`);
    }
    base = await ensureStandInBase(engine, report);
  }
  if (base === chosen) return;
  const words = ["config", "set", "baseImage", base, "--stack", stack];
  const status = await run(cli.path, words, project, environment, true);
  if (status !== 0) throw new SlipwayError({ subject: "pulumi config set", problem: `ended with ${status}` });
}

async function stackOutputs(
  cli: PulumiCli,
  project: string,
  stack: string,
  environment: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, unknown>> {
  const words = ["stack", "output", "--json", "--stack", stack];
  const { stdout } = await promisify(execFile)(cli.path, words, { cwd: project, env: environment });
  const outputs: unknown = JSON.parse(stdout);
  return new Map(typeof outputs === "object" && outputs !== null ? Object.entries(outputs) : []);
}

/** Asks every http(s) URL among the outputs until it answers: only then is `up` done. */
async function askUrls(outputs: ReadonlyMap<string, unknown>): Promise<void> {
  for (const [name, value] of outputs) {
    if (typeof value !== "string" || !/^https?:\/\//.test(value)) continue;
    const started = Date.now();
    let reason = "";
    let status: number | undefined;
    while (status === undefined && Date.now() - started < 30_000) {
      try {
        const response = await fetch(value, { signal: AbortSignal.timeout(5000), redirect: "manual" });
        await response.body?.cancel();
        status = response.status;
      } catch (error) {
        const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
        reason = messageOf(cause);
        await sleep(250);
      }
    }
    if (status === undefined || status >= 500) {
      throw new SlipwayError({
        subject: `Output ${name}`,
        value,
        problem: status === undefined ? `does not answer within 30 s: ${reason}` : `answers ${status}`,
        advice: "`docker logs` of the container listed above says why.",
      });
    }
    console.log(`\n${value} answers ${status}`);
  }
}

function hasStack(project: string, state: State): boolean {
  if (!state.own) return false;
  const name = projectName(project);
  const folder = join(fileURLToPath(state.backend), ".pulumi", "stacks", name);
  return existsSync(join(folder, `${defaultStack}.json`)) || existsSync(join(folder, `${defaultStack}.json.gz`));
}

function projectName(project: string): string {
  const file = join(project, existsSync(join(project, "Pulumi.yaml")) ? "Pulumi.yaml" : "Pulumi.yml");
  const content: unknown = parse(readFileSync(file, "utf8"));
  return typeof content === "object" && content !== null && "name" in content ? String(content.name) : "";
}

/** Runs a command to its end; Ctrl-C goes to it, and its answer becomes ours. */
function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, quiet: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(command, args, {
      cwd,
      env,
      stdio: ["inherit", quiet ? "ignore" : "inherit", "inherit"],
    });
    const ignore = () => {};
    const terminate = () => child.kill("SIGINT");
    process.on("SIGINT", ignore);
    process.on("SIGTERM", terminate);
    const release = () => {
      process.removeListener("SIGINT", ignore);
      process.removeListener("SIGTERM", terminate);
    };
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("close", (code, signal) => {
      release();
      resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal]));
    });
  });
}

async function listStack(stack: string): Promise<void> {
  const project = projectName(requireProject(process.cwd()));
  const engine = await Engine.connect(await resolveEndpoint({ env: process.env, home: homedir() }));
  const owned = await listContainers(engine, { label: ["io.slipway.urn"] });
  const images = await listImages(engine);
  const rows = [["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]];
  for (const container of owned) {
    if (!container.Labels?.["io.slipway.urn"]?.startsWith(`urn:pulumi:${stack}::${project}::`)) continue;
    const command = container.Command ?? "";
    const ports = (container.Ports ?? []).map((port) =>
      port.PublicPort === undefined
        ? `${port.PrivatePort}/${port.Type}`
        : `${port.IP?.includes(":") ? `[${port.IP}]` : port.IP}:${port.PublicPort}->${port.PrivatePort}/${port.Type}`,
    );
    rows.push([
      (container.Id ?? "").slice(0, 12),
      images.get(container.ImageID ?? "") ?? container.Image ?? "",
      `"${command.length > 20 ? `${command.slice(0, 19)}…` : command}"`,
      ago(Date.now() / 1000 - (container.Created ?? 0)),
      container.Status ?? "",
      ports.join(", "),
      (container.Names ?? []).map((name) => name.replace(/^\//, "")).join(","),
    ]);
  }
  const widths = rows[0]?.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    );
}

function ago(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
}

async function doctor(): Promise<void> {
  const rows: { what: string; ok: boolean; found: string; advice?: string }[] = [];
  const major = Number(process.versions.node.split(".")[0]);
  rows.push({
    what: "Node",
    ok: major >= 22,
    found: `${process.versions.node} ${process.execPath}`,
    advice: "Install Node 22 or newer.",
  });
  const cli = await findPulumi();
  rows.push({
    what: "Pulumi CLI",
    ok: cli !== undefined,
    found: cli === undefined ? "not found" : `${cli.version} ${cli.path}`,
    advice: "Run `slipway setup`.",
  });
  const host = cli === undefined ? undefined : findLanguageHost(cli, pulumiHome());
  rows.push({
    what: "Language host",
    ok: host !== undefined,
    found: host === undefined ? "not found" : `${host.origin} ${host.path}`,
    advice: "Run `slipway setup`.",
  });
  const provider = join(packageFolder(), "dist", "provider", "main.js");
  rows.push({
    what: "Provider",
    ok: existsSync(provider),
    found: existsSync(provider) ? provider : "not found",
    advice: "Run `npm run bundle` in a checkout, or install the package again.",
  });
  const choice = chooseDaemon();
  const daemon = await askDaemon(choice);
  rows.push({
    what: "Docker daemon",
    ok: daemon.state === "answers" || daemon.state === "unchecked",
    found: `${choice.host} (${choice.source}) ${
      daemon.state === "answers"
        ? `API ${daemon.apiVersion}`
        : daemon.state === "unchecked"
          ? "not asked"
          : daemon.reason
    }`,
    advice:
      daemon.state === "denied"
        ? "Join the group docker, or run as root."
        : "Run `slipway setup`, or start the daemon.",
  });
  const project = findProject(process.cwd());
  rows.push({
    what: "Project",
    ok: project !== undefined,
    found: project ?? "no Pulumi.yaml here or above",
    advice: "Change into a Pulumi project.",
  });
  if (project !== undefined) rows.push({ what: "State", ok: true, found: ensureState(project).backend });
  const width = Math.max(...rows.map((row) => row.what.length));
  for (const row of rows) {
    console.log(`${row.ok ? "ok   " : "wrong"}  ${row.what.padEnd(width)}  ${row.found}`);
    if (!row.ok && row.advice !== undefined) console.log(`${" ".repeat(9 + width)}→ ${row.advice}`);
  }
  if (rows.some((row) => !row.ok)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  const lines = isSlipwayError(error) ? error.faults.map(describeFault) : [messageOf(error)];
  for (const line of lines) console.error(`slipway: ${line}`);
  process.exit(1);
});
