import { spawn } from "node:child_process";

/** A command that works on its own, without the terminal. */
export interface Work {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told each line of stdout and stderr as it comes. */
  readonly line?: (text: string) => void;
  /** Ends the command and all that it started. */
  readonly signal?: AbortSignal;
}

/** How a command ended. */
export interface Outcome {
  /** Its exit code; 1 when a signal ended it. */
  readonly code: number;
  /** The last lines it wrote. */
  readonly tail: readonly string[];
}

const tailLength = 8;

/**
 * Runs a command in a process group of its own, so that ending it ends what it started too, and no Ctrl-C stops it in the
 * middle of a write: this process decides. When this process ends, the command is ended first.
 */
export function runAlone(work: Work): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(work.command, work.args, {
      cwd: work.cwd,
      env: work.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const tail: string[] = [];
    const open = { stdout: "", stderr: "" };
    const take = (line: string): void => {
      if (line.trim() === "") return;
      tail.push(line.trimEnd());
      tail.splice(0, Math.max(0, tail.length - tailLength));
      work.line?.(line);
    };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        const lines = (open[name] + text).split(/\r\n|\n|\r/);
        open[name] = lines.pop() ?? "";
        lines.forEach(take);
      });
    }
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGTERM");
      } catch {
        // The whole group has ended already.
      }
    };
    const finish = (): void => {
      process.removeListener("exit", end);
      work.signal?.removeEventListener("abort", end);
    };
    process.once("exit", end);
    work.signal?.addEventListener("abort", end);
    child.once("error", (error) => {
      finish();
      reject(error);
    });
    child.once("close", (code) => {
      finish();
      take(open.stdout);
      take(open.stderr);
      resolve({ code: code ?? 1, tail });
    });
  });
}
