import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensureDynamicProvider } from "../../toolchain/dynamic-provider";
import { ensureLanguageHost, type HostedCli } from "../../toolchain/language-host";
import { ensurePulumi } from "../../toolchain/pulumi-cli";
import { pulumiVersion } from "../../toolchain/pulumi-version";
import type { Answer } from "./pulumi";

const root = join(__dirname, "../..");

/** The Pulumi CLI with our language host in a folder of its own, whatever host a user's CLI has, for programs without a daemon. */
export class HostedCliFolder {
  /** The commands that projects have started and left running. */
  readonly started: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    private readonly hosted: HostedCli,
  ) {}

  /** With `plainRunner` programs start on the SDK's own runner, as on the official host, without what ours puts off. */
  static async make({ plainRunner = false } = {}): Promise<HostedCliFolder> {
    const found = await ensurePulumi((line) => console.log(`      ${line}`));
    const folder = mkdtempSync(join(tmpdir(), "slipway-hosted-cli-"));
    const copy = join(folder, "cli", "bin", "pulumi");
    mkdirSync(dirname(copy), { recursive: true });
    try {
      linkSync(found.path, copy);
    } catch {
      copyFileSync(found.path, copy);
    }
    const cli = { path: copy, version: pulumiVersion, origin: "cache" } as const;
    if (!plainRunner) return new HostedCliFolder(folder, ensureLanguageHost(cli, join(folder, "home")));
    const host = join(dirname(copy), "pulumi-language-nodejs");
    const main = join(folder, "main.js");
    copyFileSync(join(root, "dist/toolchain/language-host/main.js"), main);
    writeFileSync(host, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`, { mode: 0o755 });
    return new HostedCliFolder(folder, { cli, host: { path: host, origin: "slipway" } });
  }

  /** Absolute path of the CLI. */
  get cli(): string {
    return this.hosted.cli.path;
  }

  /** PULUMI_HOME of its own. */
  get home(): string {
    return join(this.folder, "home");
  }

  /** As set-up does; without it a program can't have resources of its own. */
  addDynamicProvider(): void {
    ensureDynamicProvider(this.hosted, this.home);
  }

  /** The environment in which `pulumi` is this CLI, with a state of its own. */
  get environment(): NodeJS.ProcessEnv {
    const { NODE_OPTIONS: _, ...rest } = process.env;
    return {
      ...rest,
      PATH: [dirname(this.cli), join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
      PULUMI_HOME: this.home,
      PULUMI_BACKEND_URL: `file://${this.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "x",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      NO_COLOR: "1",
    };
  }

  /** A project with a stack `dev`; `modules` are linked from this checkout. */
  async project(name: string, files: Readonly<Record<string, string>>, modules = sdkModules): Promise<HostedProject> {
    const project = new HostedProject(this, join(this.folder, "projects", name));
    for (const module of modules) linkModule(module, project.folder);
    const described = { "Pulumi.yaml": `name: ${name}\nruntime: nodejs\n`, "package.json": `{"name":"${name}"}` };
    for (const [path, text] of Object.entries({ ...described, ...files })) project.write(path, text);
    const { status, text } = await project.pulumi(["stack", "init", "dev"]);
    if (status !== 0) throw new Error(text);
    return project;
  }

  /** Ends what still runs, and removes all. */
  remove(): void {
    for (const child of this.started) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a program needs installed. */
const sdkModules: readonly string[] = ["@pulumi/pulumi", "typescript", "ts-node", "@types/node"];

/** Links one package of this checkout; never a whole scope, in which an install would remove what it does not know. */
export function linkModule(module: string, folder: string): void {
  const link = join(folder, "node_modules", module);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(join(root, "node_modules", module), link);
}

/** How a command of a project is run. */
export interface RunOptions {
  /** Environment on top of the project's. @default none */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder below the project's. @default the project's */
  readonly below?: string;
}

/** A project without containers. */
export class HostedProject {
  constructor(
    private readonly host: HostedCliFolder,
    readonly folder: string,
  ) {}

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Runs `pulumi` to its end. */
  pulumi(words: readonly string[], options: RunOptions = {}): Promise<Answer> {
    const { cwd, env } = this.place(options);
    return new Promise((resolve) => {
      const limits = { cwd, env, maxBuffer: 256 * 1024 * 1024 };
      execFile(this.host.cli, ["--non-interactive", ...words], limits, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ status, text: stdout + stderr });
      });
    });
  }

  preview(options: RunOptions = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["preview", ...words], options);
  }

  up(options: RunOptions = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["up", "--yes", "--skip-preview", ...words], options);
  }

  /** Starts `pulumi` and leaves it running, at most until the folder of its host is removed. */
  start(words: readonly string[], options: RunOptions = {}): ChildProcess {
    const { cwd, env } = this.place(options);
    const child = spawn(this.host.cli, ["--non-interactive", ...words], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.host.started.push(child);
    return child;
  }

  private place({ env = {}, below = "" }: RunOptions): { cwd: string; env: NodeJS.ProcessEnv } {
    return { cwd: join(this.folder, below), env: { ...this.host.environment, ...env } };
  }
}
