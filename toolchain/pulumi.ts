import { type ChildProcess, execFile, type StdioOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { SlipwayError } from "../values/fault";
import { logsToStderr, withoutValues } from "./engine-log";
import { pulumiEnvironment } from "./environment";
import type { PulumiCli } from "./pulumi-cli";
import type { State } from "./state";

/** The Pulumi CLI in one project, with its state and the variables that plain `pulumi` needs there. */
export class Pulumi {
  /** What `slipway env` prints: variables on top of this process's own. */
  readonly variables: Readonly<Record<string, string>>;

  constructor(
    readonly cli: PulumiCli,
    /** Folder of Pulumi.yaml. */
    readonly project: string,
    readonly state: State,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.variables = pulumiEnvironment(project, cli, state, environment);
  }

  /**
   * Runs a command to its end on this process's terminal; answers its exit code. Ctrl-C reaches it by the terminal; a
   * SIGTERM of this process is handed on as the interrupt that Pulumi ends orderly by. The engine's log, where it is asked
   * for on stderr, shows no values of properties.
   */
  run(words: readonly string[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const logs = logsToStderr(words);
      const stdio: StdioOptions = ["inherit", "inherit", logs ? "pipe" : "inherit"];
      const child: ChildProcess = spawn(this.cli.path, words, { ...this.options(), stdio });
      if (child.stderr !== null) {
        createInterface({ input: child.stderr, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
          process.stderr.write(`${withoutValues(line)}\n`);
        });
      }
      const ignore = () => {};
      const interrupt = () => child.kill("SIGINT");
      process.on("SIGINT", ignore);
      process.on("SIGTERM", interrupt);
      const release = () => {
        process.removeListener("SIGINT", ignore);
        process.removeListener("SIGTERM", interrupt);
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

  /** What a command writes to stdout, or undefined when it fails. */
  ask(words: readonly string[]): Promise<string | undefined> {
    return this.answer(words).catch(() => undefined);
  }

  /**
   * What a command writes to stdout; `input` is written to its stdin, `variables` are added to its environment.
   * @throws {@link SlipwayError} with what it wrote to stderr when it fails.
   */
  answer(words: readonly string[], input?: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const { cwd, env } = this.options();
    const options = { cwd, env: { ...env, ...variables }, maxBuffer: 1 << 28, encoding: "utf8" } as const;
    return new Promise((resolve, reject) => {
      const child = execFile(this.cli.path, words, options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const reason = stderr.trim().replace(/^error: /, "") || error.message;
        reject(new SlipwayError({ subject: `pulumi ${words.slice(0, 2).join(" ")}`, problem: `failed: ${reason}` }));
      });
      child.stdin?.end(input ?? "");
    });
  }

  private options(): { cwd: string; env: NodeJS.ProcessEnv } {
    return { cwd: this.project, env: { ...this.environment, ...this.variables } };
  }
}
