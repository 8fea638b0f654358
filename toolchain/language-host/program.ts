import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ProgramInfo, type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import type { Children } from "./children";
import { announceDebugger, type DebuggerPort, debuggerPort } from "./debugger";
import { EarlyProgram, type ProgramStart } from "./early-program";
import { findNode, locateModule } from "./find";
import { type RuntimeOptions, readOptions } from "./options";
import { targetVariable } from "./variables";

/** The exit code of a program that has told the user already what is wrong. */
const exitAfterMessage = 32;

/** How long a program's stderr is waited for after its end, in ms, when something else still holds the pipe. */
const stderrGraceMs = 1000;

const outOfMemoryHint =
  " Detected a possible out of memory error. Consider increasing the memory available to the nodejs process by" +
  " setting the `nodeargs` runtime option in Pulumi.yaml to `nodeargs: --max-old-space-size=<size>` where `<size>`" +
  " is the maximum memory in megabytes that can be allocated to nodejs. See" +
  " https://www.pulumi.com/docs/concepts/projects/project-file/#runtime-options";

/**
 * What Node says when its heap runs full. The last one: the SDK listens to the inspector, whose own check then fails first
 * (pulumi/pulumi#16596).
 */
const outOfMemorySigns =
  /<--- Last few GCs --->|JavaScript heap out of memory|Check failed: needs_context && current_scope_ == closure_scope_/;

/** How a program ended. */
interface Ending {
  /** Its exit code; -1 when a signal ended it. */
  readonly code: number;
  /** Whether its stderr looked like a heap that ran full. */
  readonly outOfMemory: boolean;
}

/** Runs programs, each in a Node process of its own. */
export class ProgramRunner {
  private early: EarlyProgram | undefined;

  /** With the file that runner.ts is built to; where there is none, programs start on the SDK's own runner. */
  constructor(
    private readonly children: Children,
    private readonly entry: string,
  ) {}

  /** Runs one program to its end. What went wrong is in the answer, in the words the user sees. The signal interrupts it. */
  async run(request: RunRequest, engine: string, signal: AbortSignal): Promise<RunResponse> {
    const response = new RunResponse();
    try {
      const ending = await this.start(request, engine, signal);
      if (ending.code === exitAfterMessage) response.setBail(true);
      else if (ending.code !== 0) response.setError(describe(ending));
    } catch (error) {
      response.setError(error instanceof Error ? error.message : String(error));
    }
    return response;
  }

  /**
   * Starts the process of a program that the engine is about to ask for; {@link run} takes it if it fits. Without a runner
   * of ours, or with anything out of the ordinary, there is none.
   */
  prepare(info: ProgramInfo | undefined): void {
    if (info === undefined || !existsSync(this.entry)) return;
    try {
      this.early?.end();
      this.early = EarlyProgram.start(this.startOf(info, info.getProgramDirectory()), this.children);
    } catch {
      // What is wrong with the options or the SDK is said when the program is asked for.
      this.early = undefined;
    }
  }

  private async start(request: RunRequest, engine: string, signal: AbortSignal): Promise<Ending> {
    const folder = request.getInfo()?.getProgramDirectory() || request.getPwd();
    const start = this.startOf(request.getInfo(), folder);
    const args = programArguments(request, engine, folder);
    const env = {
      PULUMI_CONFIG: JSON.stringify(programConfig(request)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    };
    const early = this.early;
    this.early = undefined;
    if (request.getAttachDebugger()) {
      early?.end();
      return this.startForDebugger(start, args, env, engine, signal);
    }
    const taken = early?.take(start, { args, env });
    if (taken !== undefined) this.children.interruptOn(signal, taken);
    return ended(taken ?? this.spawn(start, [], args, env, signal));
  }

  private startOf(info: ProgramInfo | undefined, folder: string): ProgramStart {
    const options = readOptions(info);
    const runner = locateModule(process.env["PULUMI_LANGUAGE_NODEJS_RUN_PATH"] || "@pulumi/pulumi/cmd/run", folder);
    if (runner === undefined) {
      throw new Error("It looks like the Pulumi SDK has not been installed. Have you run pulumi install?\n");
    }
    const entry = existsSync(this.entry) ? this.entry : runner;
    const { nodeArgs } = options;
    return { node: findNode(), nodeArgs, entry, runner, cwd: folder, env: optionVariables(options) };
  }

  private spawn(
    { node, nodeArgs, entry, runner, cwd, env }: ProgramStart,
    debugArgs: readonly string[],
    args: readonly string[],
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): ChildProcess {
    const target = entry === runner ? {} : { [targetVariable]: runner };
    return this.children.start(
      node,
      [...nodeArgs, ...debugArgs, entry, ...args],
      { cwd, env: { ...process.env, ...env, ...target, ...more }, stdio: ["ignore", "inherit", "pipe"] },
      signal,
    );
  }

  private async startForDebugger(
    start: ProgramStart,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    engine: string,
    signal: AbortSignal,
  ): Promise<Ending> {
    const debug = await debuggerPort();
    const child = this.spawn(start, debug.nodeArgs, args, env, signal);
    const end = ended(child);
    await this.attach(child, debug, engine);
    return end;
  }

  /** A program that nobody can attach to would wait for ever. */
  private async attach(child: ChildProcess, debug: DebuggerPort, engine: string): Promise<void> {
    try {
      await announceDebugger(engine, { pid: child.pid ?? 0, port: debug.port, name: "Pulumi: Program (nodejs)" });
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }
}

/** How the SDK's runners hear of the project's options. */
export function optionVariables(options: RuntimeOptions): Readonly<Record<string, string>> {
  return {
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
  };
}

/** The configuration as the SDK reads it: `namespace:config:name`, where the engine says `namespace:name`. */
function programConfig(request: RunRequest): Record<string, string> {
  const entries = request.getConfigMap().getEntryList();
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const colon = key.indexOf(":");
      return [`${key.slice(0, colon)}:config:${key.slice(colon + 1)}`, value];
    }),
  );
}

/**
 * The folder through which SDKs before 2.0 called functions synchronously. Later ones take the argument and never open it, so
 * it names a folder that is not there.
 */
const syncFolder = join(__dirname, "no-synchronous-calls");

/** The command line of the SDK's runner. */
function programArguments(request: RunRequest, engine: string, folder: string): string[] {
  const flags: readonly (readonly [string, string])[] = [
    ["monitor", request.getMonitorAddress()],
    ["engine", engine],
    ["sync", syncFolder],
    ["organization", request.getOrganization()],
    ["project", request.getProject()],
    ["root-directory", request.getInfo()?.getRootDirectory() ?? ""],
    ["stack", request.getStack()],
    ["pwd", folder],
    ["parallel", String(request.getParallel())],
  ];
  return [
    ...flags.flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    request.getInfo()?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
}

/** Waits for a program's end, handing its stderr on as it comes. */
function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let outOfMemory = false;
    let tail = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      process.stderr.write(chunk);
      if (outOfMemory) return;
      const text = tail + chunk.toString("latin1");
      outOfMemory = outOfMemorySigns.test(text);
      tail = text.slice(-64);
    });
    child.once("error", (error) =>
      reject(new Error(`Problem executing program (could not run language executor): ${error.message}`)),
    );
    child.once("exit", (code) => {
      const finish = () => resolve({ code: code ?? -1, outOfMemory });
      const patience = setTimeout(finish, stderrGraceMs);
      child.once("close", () => {
        clearTimeout(patience);
        finish();
      });
    });
  });
}

function describe(ending: Ending): string {
  const text = `Program exited with non-zero exit code: ${ending.code}`;
  return ending.outOfMemory ? `${text}.${outOfMemoryHint}` : text;
}
