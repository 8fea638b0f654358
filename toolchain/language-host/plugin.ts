import type { ChildProcess } from "node:child_process";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import type { Children } from "./children";
import { announceDebugger, debuggerPort } from "./debugger";
import { findNode, locateModule } from "./find";
import { readOptions } from "./options";
import { optionVariables } from "./program";

/** The kind of plugin that a policy pack is. */
const policyKind = "analyzer";

/** What this needs of the host. */
export interface PluginHost {
  readonly children: Children;
  /** The engine's address. */
  readonly engine: string;
}

/** How a plugin's process is started. */
interface Start {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a plugin written for Node (a component provider, a provider or a policy pack) to its end, handing its output on as it
 * comes and its exit code last. The signal ends it.
 */
export async function runPlugin(
  request: RunPluginRequest,
  host: PluginHost,
  send: (response: RunPluginResponse) => void,
  signal: AbortSignal,
): Promise<void> {
  const folder = request.getInfo()?.getProgramDirectory() || request.getProgram() || request.getPwd();
  const isPolicyPack = request.getKind() === policyKind;
  const runner = locateModule(runnerOf(isPolicyPack), folder);
  if (runner === undefined) {
    throw new Error(`It looks like the Pulumi SDK has not been installed. Have you run npm install in ${folder}?`);
  }
  const options = readOptions(request.getInfo());
  const debug = request.getAttachDebugger() ? await debuggerPort() : undefined;
  const words = isPolicyPack ? [...request.getArgsList(), folder] : [folder, ...request.getArgsList()];
  const start: Start = {
    args: [...options.nodeArgs, ...(debug?.nodeArgs ?? []), runner, ...words],
    cwd: isPolicyPack ? folder : request.getPwd() || folder,
    env: { ...variables(request.getEnvList()), ...optionVariables(options) },
  };
  const announce = async (child: ChildProcess): Promise<void> => {
    if (debug === undefined) return;
    const name = `Pulumi: Plugin (${request.getName()})`;
    await announceDebugger(host.engine, { pid: child.pid ?? 0, port: debug.port, name });
  };
  const code = await (isPolicyPack
    ? runPolicyPack(start, host, send, announce, signal)
    : runProvider(start, host, send, announce, signal));
  const last = new RunPluginResponse();
  last.setExitcode(code);
  send(last);
}

type Announce = (child: ChildProcess) => Promise<void>;
type Send = (response: RunPluginResponse) => void;

async function runProvider(start: Start, host: PluginHost, send: Send, announce: Announce, signal: AbortSignal) {
  const child = spawned(start, host, signal);
  child.stdout?.on("data", (chunk: Buffer) => send(stdoutOf(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => send(stderrOf(chunk)));
  const end = ended(child);
  await announce(child);
  return end;
}

/**
 * A policy pack's library wants to know the stack from its environment, where the engine says it by a call: until that call a
 * stand-in answers for the pack, and hands all others on to it later.
 */
async function runPolicyPack(start: Start, host: PluginHost, send: Send, announce: Announce, signal: AbortSignal) {
  const { PolicyStandIn }: typeof import("./policy-stand-in") = require("./policy-stand-in");
  const standIn = await PolicyStandIn.listen();
  try {
    send(stdoutOf(Buffer.from(`${standIn.port}\n`)));
    const stack = await standIn.stack(signal);
    const child = spawned({ ...start, env: { ...start.env, ...stack } }, host, signal);
    child.stderr?.on("data", (chunk: Buffer) => send(stderrOf(chunk)));
    const end = ended(child);
    standIn.handOver(child, (chunk) => send(stdoutOf(chunk)));
    await announce(child);
    return await end;
  } finally {
    standIn.close();
  }
}

function spawned(start: Start, host: PluginHost, signal: AbortSignal): ChildProcess {
  const stdio = ["ignore" as const, "pipe" as const, "pipe" as const];
  return host.children.start(findNode(), start.args, { cwd: start.cwd, env: start.env, stdio }, signal);
}

function runnerOf(isPolicyPack: boolean): string {
  if (isPolicyPack) return "@pulumi/pulumi/cmd/run-policy-pack";
  return process.env["PULUMI_LANGUAGE_NODEJS_RUN_PATH"] || "@pulumi/pulumi/cmd/run-plugin";
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new Error(`Problem executing plugin program (could not run language executor): ${error.message}`)),
    );
    child.once("close", (exit) => resolve(exit ?? -1));
  });
}

function stdoutOf(chunk: Buffer): RunPluginResponse {
  const response = new RunPluginResponse();
  response.setStdout(chunk);
  return response;
}

function stderrOf(chunk: Buffer): RunPluginResponse {
  const response = new RunPluginResponse();
  response.setStderr(chunk);
  return response;
}

/** `NAME=value` lines as an environment; this host's own where the engine names none. */
function variables(lines: readonly string[]): NodeJS.ProcessEnv {
  if (lines.length === 0) return process.env;
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
