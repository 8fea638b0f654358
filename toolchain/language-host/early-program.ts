import type { ChildProcess } from "node:child_process";
import type { Children } from "./children";
import { earlyVariable, targetVariable } from "./variables";

/** What decides how the process of a program starts; all else it can be told later. */
export interface ProgramStart {
  readonly node: string;
  /** Node's own arguments. */
  readonly nodeArgs: readonly string[];
  /** The file it starts with. */
  readonly entry: string;
  /** The SDK's runner. */
  readonly runner: string;
  readonly cwd: string;
  /** Variables besides this host's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** What an early process is told before it goes on. */
export interface EarlyMessage {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Arguments of Node that make it do something of its user's before the first line, or wait for a debugger. */
const doesMore =
  /^(?:-r|-e|-p|--require|--import|--loader|--experimental-loader|--inspect\S*|--env-file\S*|--eval|--print)(?:=|$)/;

/**
 * A process for a program that the engine has not asked for yet: it loads the SDK while the engine reads the state and starts
 * providers, then waits for its arguments and configuration on its standard input. No line of the program runs before.
 */
export class EarlyProgram {
  private constructor(
    private readonly child: ChildProcess,
    private readonly key: string,
  ) {}

  /** Starts one; undefined where a module or a debugger of the user's would take part too early. */
  static start(start: ProgramStart, children: Children): EarlyProgram | undefined {
    const words = [...start.nodeArgs, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
    if (words.some((word) => doesMore.test(word)) || process.env["TRACEPARENT"] !== undefined) return undefined;
    const env = { ...process.env, ...start.env, [targetVariable]: start.runner, [earlyVariable]: "1" };
    const stdio = ["pipe" as const, "inherit" as const, "pipe" as const];
    const child = children.start(start.node, [...start.nodeArgs, start.entry], { cwd: start.cwd, env, stdio });
    // A process that could not be started, or is gone, is not taken; what is written to it then does not matter.
    child.once("error", () => undefined);
    child.stdin?.once("error", () => undefined);
    return new EarlyProgram(child, keyOf(start));
  }

  /** The process, told to go on; undefined when it is not alive or was started for something else: then it is ended. */
  take(start: ProgramStart, message: EarlyMessage): ChildProcess | undefined {
    const { child } = this;
    const isAlive = child.pid !== undefined && child.exitCode === null && child.signalCode === null && !child.killed;
    if (!isAlive || keyOf(start) !== this.key) {
      this.end();
      return undefined;
    }
    child.stdin?.end(JSON.stringify(message));
    return child;
  }

  /** Ends it unused. */
  end(): void {
    this.child.kill("SIGKILL");
  }
}

function keyOf({ node, nodeArgs, entry, runner, cwd, env }: ProgramStart): string {
  return JSON.stringify([node, nodeArgs, entry, runner, cwd, env]);
}
