import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startGroup } from "./checkout";
import { HostedCliFolder } from "./hosted-cli";
import type { Answer } from "./pulumi";

/** Files by path. */
export type Files = Readonly<Record<string, string>>;

/** A user with git, a package manager and Pulumi, who has a project of his own in a repository. */
export class Consumer {
  private readonly clones: string[] = [];

  private constructor(
    /** Where the project is written. */
    readonly origin: string,
    private readonly host: HostedCliFolder,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Writes a project; `programs` are folders of PATH besides the machine's own. */
  static async make(files: Files, env: NodeJS.ProcessEnv, programs: readonly string[] = []): Promise<Consumer> {
    const origin = mkdtempSync(join(tmpdir(), "slipway-consumer-"));
    const host = await HostedCliFolder.make();
    // Only what a user has: the CLI with its language host, not this checkout's own programs.
    const path = [dirname(host.cli), ...programs, process.env["PATH"] ?? ""].join(":");
    const { PULUMI_NODEJS_TRANSPILE_ONLY: _, ...rest } = host.environment;
    const consumer = new Consumer(origin, host, { ...rest, PATH: path, ...env });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(origin, name)), { recursive: true });
      writeFileSync(join(origin, name), text);
    }
    return consumer;
  }

  /** Runs a command to its end; fails with what it wrote when it fails. */
  async must(folder: string, ...words: readonly string[]): Promise<string> {
    const { status, text } = await this.run(folder, ...words);
    if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}:\n${text}`);
    return text;
  }

  run(folder: string, ...words: readonly string[]): Promise<Answer> {
    return startGroup(words, folder, this.environment).ended;
  }

  /** Commits everything that is not ignored, and clones it as another user would. */
  clone(): string {
    const git = (cwd: string, ...words: string[]): void => {
      const who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"];
      execFileSync("git", [...who, ...words], { cwd, stdio: "ignore" });
    };
    git(this.origin, "init");
    git(this.origin, "add", "--all");
    git(this.origin, "commit", "-m", "project");
    const folder = mkdtempSync(join(tmpdir(), "slipway-clone-"));
    this.clones.push(folder);
    git(folder, "clone", this.origin, "fresh");
    return join(folder, "fresh");
  }

  remove(): void {
    for (const folder of [this.origin, ...this.clones]) rmSync(folder, { recursive: true, force: true });
    this.host.remove();
  }
}
