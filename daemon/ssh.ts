import { type ChildProcess, spawn } from "node:child_process";
import { Agent, type AgentOptions } from "node:http";
import { Duplex } from "node:stream";
import type { Endpoint } from "./endpoint";

type SshEndpoint = Extract<Endpoint, { kind: "ssh" }>;

/**
 * The words for the system's ssh, as the docker command calls it (docker/cli, cli/connhelper), so that ~/.ssh/config,
 * agents and jump hosts work as the user set them up. The user's own options come first: ssh takes the first it sees.
 */
export function sshWords(endpoint: SshEndpoint, sshOpts: readonly string[]): string[] {
  const port = endpoint.port === undefined ? [] : ["-p", String(endpoint.port)];
  // A question on the terminal would hang unseen behind Pulumi's display.
  const own = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=30", "-T"];
  const host = endpoint.socket === undefined ? [] : [`--host=unix://${endpoint.socket}`];
  const remote = ["docker", ...host, "system", "dial-stdio"];
  return [...sshOpts.flatMap(wordsOf), ...port, ...own, "--", endpoint.destination, ...remote];
}

/** One option may hold several words, as in the official provider's `sshOpts: ["-o StrictHostKeyChecking=no"]`. */
function wordsOf(option: string): string[] {
  const parts = /^\s*(-\S+)\s+(.+?)\s*$/s.exec(option);
  return parts === null ? [option] : [parts[1] ?? "", parts[2] ?? ""];
}

/** An HTTP agent whose connections are ssh processes that speak to the daemon on the far side. */
export class SshAgent extends Agent {
  constructor(
    private readonly endpoint: SshEndpoint,
    private readonly sshOpts: readonly string[],
    options: AgentOptions,
  ) {
    super(options);
  }

  override createConnection(): Duplex {
    return new SshConnection(spawn("ssh", sshWords(this.endpoint, this.sshOpts), { stdio: "pipe" }));
  }
}

/** What ssh said before it ended. */
export class SshError extends Error {
  constructor(
    /** The last lines of its standard error. */
    readonly said: string,
    /** Its exit code; 255 is ssh's own failure, any other the far side's. */
    readonly exitCode: number | null,
    options?: ErrorOptions,
  ) {
    super(said === "" ? `ssh ended with exit code ${exitCode ?? "?"}` : said, options);
    this.name = "SshError";
  }
}

/** Standard input and output of an ssh process as the socket that node:http expects. */
class SshConnection extends Duplex {
  private said = "";

  constructor(private readonly child: ChildProcess) {
    super();
    child.stdout?.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout?.pause();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.said = `${this.said}${chunk}`.slice(-2000);
    });
    child.stdin?.on("error", () => undefined);
    child.on("error", (error) => this.destroy(error));
    // "close" comes after the last output was read; "exit" may come before.
    child.on("close", (code) => {
      if (code === 0 || this.destroyed) this.push(null);
      else this.destroy(new SshError(lastLines(this.said), code));
    });
  }

  override _read(): void {
    this.child.stdout?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A write to a process that has ended fails with EPIPE; what ssh said is the better error, and comes with "close".
    this.child.stdin?.write(chunk, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.child.stdin?.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.child.kill();
    done(error);
  }

  // What node:http calls on a socket besides the stream's own methods.

  ref(): this {
    this.child.ref();
    return this;
  }

  /** An idle connection keeps no program alive. */
  unref(): this {
    this.child.unref();
    for (const stream of this.child.stdio) {
      if (stream !== null && stream !== undefined && "unref" in stream && typeof stream.unref === "function") {
        stream.unref();
      }
    }
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }
}

function lastLines(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("Warning: Permanently added"));
  return lines.slice(-3).join("; ");
}
