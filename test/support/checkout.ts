import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Answer, exportsIn } from "./pulumi";

const root = join(__dirname, "../..");
const omitted = new Set([".git", "node_modules", "test", "bench", "docs"].map((name) => join(root, name)));

/** How a copy of this checkout is made and run. */
export interface CheckoutOptions {
  /** Environment of every command on top of this process's; undefined takes a variable away. @default none */
  readonly env?: NodeJS.ProcessEnv;
  /** Shell commands that run first, as root, in a mount namespace of the command's own. @default none */
  readonly mounts?: string;
  /** False leaves node_modules and dist out, as in a fresh clone. @default true */
  readonly installed?: boolean;
}

/** A command that runs in a process group of its own, as a terminal starts one. */
export interface Running {
  /** Settled when it has ended. */
  readonly ended: Promise<Answer>;
  /** What it has written so far. */
  text(): string;
  /** Resolves when it has written something that matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Sends a signal to the whole group, as Ctrl-C on a terminal does. */
  signal(name: NodeJS.Signals): void;
  readonly process: ChildProcess;
}

/** A copy of this checkout with its own state, for commands as a user types them. */
export class Checkout {
  private exported: Record<string, string> | undefined;

  private constructor(
    readonly folder: string,
    readonly environment: NodeJS.ProcessEnv,
    private readonly mounts: string | undefined,
  ) {}

  static make(options: CheckoutOptions = {}): Checkout {
    const folder = mkdtempSync(join(tmpdir(), "slipway-checkout-"));
    const installed = options.installed ?? true;
    const isWanted = (path: string): boolean =>
      !omitted.has(path) && !/\/Pulumi\.[^/]+\.yaml$/.test(path) && (installed || path !== join(root, "dist"));
    // Times are kept: by them the command knows that dependencies and bundles are up to date.
    cpSync(root, folder, { recursive: true, preserveTimestamps: true, filter: isWanted });
    if (installed) symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const own = { XDG_STATE_HOME: join(folder, "state"), NO_COLOR: "1" };
    return new Checkout(folder, { ...process.env, ...own, ...options.env }, options.mounts);
  }

  /** Path of something in it. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Sets values of the stack's settings file, and keeps what else is there; undefined takes one away. */
  configure(values: Readonly<Record<string, string | undefined>>, stack = "dev"): void {
    const file = this.path(`Pulumi.${stack}.yaml`);
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    const isSet = (line: string) => Object.keys(values).some((name) => line.startsWith(`  slipway:${name}:`));
    const kept = lines.filter((line) => line !== "" && line !== "config:" && !isSet(line));
    const set = Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [`  slipway:${name}: "${value}"`],
    );
    const config = [...kept.filter((line) => line.startsWith(" ")), ...set];
    const salt = kept.filter((line) => !line.startsWith(" "));
    writeFileSync(file, [...salt, "config:", ...config, ""].join("\n"));
  }

  /** Runs the `slipway` command to its end. */
  slipway(...words: readonly string[]): Promise<Answer> {
    return this.start([process.execPath, this.path("dist/bin/slipway.js"), ...words]).ended;
  }

  /** Runs plain `pulumi` as a user does after `eval "$(npx slipway env)"`. */
  async pulumi(...words: readonly string[]): Promise<Answer> {
    if (this.exported === undefined) {
      const answer = await this.slipway("env");
      if (answer.status !== 0) throw new Error(answer.text);
      this.exported = exportsIn(answer.text);
    }
    return this.start(["pulumi", "--non-interactive", ...words], this.exported).ended;
  }

  /** Runs an npm script to its end: `npm run NAME -- WORDS`. */
  npm(name: string, ...words: readonly string[]): Promise<Answer> {
    return this.startNpm(name, ...words).ended;
  }

  /** Starts an npm script. */
  startNpm(name: string, ...words: readonly string[]): Running {
    return this.start(["npm", "run", "--silent", name, "--", ...words]);
  }

  /** Starts any command in the checkout. */
  start(words: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const own = this.mounts === undefined ? words : mounted(this.mounts, words);
    return startGroup(own, this.folder, { ...this.environment, ...env });
  }

  /** Removes it with its state; what runs on the daemon stays. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A command that sees other mounts than the rest of the machine: a folder hidden, a small disk in its place. */
export function mounted(mounts: string, words: readonly string[]): readonly string[] {
  return ["unshare", "--mount", "--", "sh", "-ec", `${mounts}\nexec "$@"`, "sh", ...words];
}

/** Starts a command in a process group of its own. */
export function startGroup(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const [command = "", ...args] = words;
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Answer>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status: status ?? 1, text }));
  });
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(text)) resolve();
      };
      listeners.add(look);
      look();
      ended.then(() => reject(new Error(`It ended without ${pattern}:\n${text}`)), reject);
    });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  };
  return { ended, until, signal, text: () => text, process: child };
}
