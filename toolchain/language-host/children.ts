import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** How long a process may take to end by itself once it has been asked to, in ms; the official host's number. */
const graceMs = 5000;

/** The processes that this host has started: none of them may outlive it. */
export class Children {
  private readonly running = new Set<ChildProcess>();

  /** Starts one; the signal interrupts it. A command that can't be run shows as its `error` event. */
  start(command: string, args: readonly string[], options: SpawnOptions, signal?: AbortSignal): ChildProcess {
    const child = spawn(command, [...args], options);
    const forget = (): void => {
      this.running.delete(child);
    };
    this.running.add(child);
    child.once("exit", forget);
    child.once("error", forget);
    if (signal !== undefined) this.interruptOn(signal, child);
    return child;
  }

  /** Interrupts one when a signal fires. */
  interruptOn(signal: AbortSignal, child: ChildProcess): void {
    const interrupt = (): void => this.interrupt(child);
    signal.addEventListener("abort", interrupt);
    child.once("exit", () => signal.removeEventListener("abort", interrupt));
    if (signal.aborted) interrupt();
  }

  /** Interrupts all, as Ctrl-C would; what does not end by itself is killed. */
  interruptAll(): void {
    for (const child of this.running) this.interrupt(child);
  }

  /** Asks all to end, and resolves when they have, or were killed for not doing so. */
  async endAll(): Promise<void> {
    const ends = [...this.running].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    for (const child of this.running) this.end(child, "SIGTERM");
    await Promise.all(ends);
  }

  private interrupt(child: ChildProcess): void {
    this.end(child, "SIGINT");
  }

  private end(child: ChildProcess, signal: NodeJS.Signals): void {
    child.kill(signal);
    const patience = setTimeout(() => child.kill("SIGKILL"), graceMs);
    child.once("exit", () => clearTimeout(patience));
  }
}
