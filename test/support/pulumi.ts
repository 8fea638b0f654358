import { type ChildProcess, execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PrivateDaemon } from "./dockerd";

const root = join(__dirname, "../..");

/** What a command answered. */
export interface Answer {
  readonly status: number;
  /** stdout and stderr, one after the other. */
  readonly text: string;
}

/** A command that runs. */
export interface Begun {
  readonly child: ChildProcess;
  /** When it has ended; a signal is status 1. */
  readonly answer: Promise<Answer>;
}

/** A resource as `pulumi stack export` shows it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
}

/** What a project is made of. */
export interface ProjectOptions {
  /** Pulumi project name; containers and networks are best named after it. */
  readonly name: string;
  readonly daemon: Pick<PrivateDaemon, "host" | "enter">;
  /** Text of index.ts; it may read `process.env`, which each command can set. */
  readonly program: string;
  /** Further files, path → text. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Environment of every command. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** A user's project in a folder of its own, with a state backend of its own, run by the real CLI on our language host and provider. */
export class PulumiProject {
  private environment: NodeJS.ProcessEnv | undefined;

  private constructor(
    readonly folder: string,
    private readonly options: ProjectOptions,
  ) {}

  static make(options: ProjectOptions): PulumiProject {
    const folder = mkdtempSync(join(tmpdir(), `slipway-${options.name}-`));
    const project = new PulumiProject(folder, options);
    const plugins = `plugins:\n  providers:\n    - name: docker\n      path: ${join(root, "toolchain/plugin")}\n`;
    mkdirSync(join(folder, "node_modules"));
    for (const name of ["@pulumi", "typescript", "ts-node", "@types", "zod", ".bin"]) {
      symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
    }
    symlinkSync(root, join(folder, "node_modules", "slipway"));
    const runtime = "runtime:\n  name: nodejs\n  options:\n    nodeargs: --conditions=slipway-source\n";
    project.write("Pulumi.yaml", `name: ${options.name}\n${runtime}${plugins}`);
    project.write("package.json", JSON.stringify({ name: options.name, private: true }));
    project.write("index.ts", options.program);
    for (const [path, text] of Object.entries(options.files ?? {})) project.write(path, text);
    return project;
  }

  /** Writes a file of the project. */
  write(path: string, text: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Reads a file of the project. */
  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Runs plain `pulumi` as a user does after `slipway env`. */
  async pulumi(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const environment = await this.prepared();
    return run(this.entered("pulumi", "--non-interactive", ...words), this.folder, { ...environment, ...env });
  }

  /** Starts plain `pulumi`; the caller may end it (`SIGINT` is Ctrl-C) before the answer comes. */
  async begin(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Begun> {
    const environment = { ...(await this.prepared()), ...env };
    return start(this.entered("pulumi", "--non-interactive", ...words), this.folder, environment);
  }

  /** Runs the `slipway` command of this checkout in the project. */
  async slipway(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const environment = await this.prepared();
    const command = this.entered(process.execPath, join(root, "dist/bin/slipway.js"), ...words);
    return run(command, this.folder, { ...environment, ...env });
  }

  preview(env: Readonly<Record<string, string>> = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["preview", "--diff", ...words], env);
  }

  up(env: Readonly<Record<string, string>> = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["up", "--yes", "--skip-preview", ...words], env);
  }

  refresh(env: Readonly<Record<string, string>> = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["refresh", "--yes", "--skip-preview", ...words], env);
  }

  destroy(env: Readonly<Record<string, string>> = {}, ...words: string[]): Promise<Answer> {
    return this.pulumi(["destroy", "--yes", "--skip-preview", ...words], env);
  }

  /** The resources in the state, secrets in clear. */
  async state(): Promise<StateResource[]> {
    const { status, text } = await this.pulumi(["stack", "export", "--show-secrets"]);
    if (status !== 0) throw new Error(text);
    const exported: { deployment: { resources?: StateResource[] } } = JSON.parse(text);
    return exported.deployment.resources ?? [];
  }

  /** The one resource of a type and name in the state. */
  async resource(type: string, name: string): Promise<StateResource> {
    const found = (await this.state()).find((one) => one.type === type && one.urn.endsWith(`::${name}`));
    if (found === undefined) throw new Error(`The state holds no ${type} "${name}".`);
    return found;
  }

  /** The environment in which plain `pulumi` works here; made once. */
  async prepared(): Promise<NodeJS.ProcessEnv> {
    if (this.environment !== undefined) return this.environment;
    const own = {
      DOCKER_HOST: this.options.daemon.host,
      XDG_STATE_HOME: join(this.folder, "state"),
      NO_COLOR: "1",
      ...this.options.env,
    };
    const base = { ...process.env, ...own };
    const answer = await run([process.execPath, join(root, "dist/bin/slipway.js"), "env"], this.folder, base);
    if (answer.status !== 0) throw new Error(answer.text);
    const environment: NodeJS.ProcessEnv = { ...base, ...exportsIn(answer.text) };
    this.environment = environment;
    return environment;
  }

  /** A command on the network of the daemon. */
  private entered(...command: readonly string[]): readonly string[] {
    return [...(this.options.daemon.enter ?? []), ...command];
  }

  /** Removes the folder with everything in it, the state too; what runs on the daemon stays. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The variables that `slipway env` prints for a shell. */
export function exportsIn(text: string): Record<string, string> {
  const lines = text.matchAll(/^export (\w+)=(?:'((?:[^']|'\\'')*)'|(.*))$/gm);
  return Object.fromEntries(
    [...lines].map(([, name, quoted, plain]) => [name, quoted?.replaceAll("'\\''", "'") ?? plain]),
  );
}

function run(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  return start(words, cwd, env).answer;
}

function start(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Begun {
  const [command = "", ...rest] = words;
  const begun: { child?: ChildProcess } = {};
  const answer = new Promise<Answer>((resolve) => {
    const options = { cwd, env, maxBuffer: 256 * 1024 * 1024 };
    begun.child = execFile(command, rest, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, text: stdout + stderr });
    });
  });
  if (begun.child === undefined) throw new Error(`${command} was not started.`);
  return { child: begun.child, answer };
}
