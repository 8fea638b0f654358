import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { HostedCliFolder } from "./hosted-cli";
import { installPackages } from "./packages";

const root = join(__dirname, "../..");

/** Where the recorded cases are, beside the checkout. */
export const casesFolder = join(root, "../shared/language-host-cases");

/** What one case came to. */
export interface CaseResult {
  readonly name: string;
  /** What differs from the recording, as run.py tells it; none when nothing does. */
  readonly differences: readonly string[];
}

/** Replays the recorded cases of the official host against ours, with a CLI folder, a PULUMI_HOME and a work folder of its own. */
export class CaseReplay {
  private constructor(private readonly host: HostedCliFolder) {}

  static async prepare(): Promise<CaseReplay> {
    const python = (process.env["PATH"] ?? "").split(delimiter).map((at) => join(at, "python3"));
    if (!python.some((path) => existsSync(path))) installPackages({ "/usr/bin/python3": "python3" });
    return new CaseReplay(await HostedCliFolder.make());
  }

  /** The names of all cases. */
  static names(): readonly string[] {
    return readdirSync(casesFolder)
      .filter((name) => existsSync(join(casesFolder, name, "expect.json")))
      .sort();
  }

  /** Replays cases; what differs is replayed up to two times more, since a loaded machine is late for some. */
  async run(names: readonly string[]): Promise<readonly CaseResult[]> {
    const results = new Map<string, CaseResult>();
    let left = names;
    for (let attempt = 0; attempt < 3 && left.length > 0; attempt++) {
      for (const result of await this.once(left, attempt === 0 ? 2 : 1)) results.set(result.name, result);
      left = left.filter((name) => results.get(name)?.differences.length !== 0);
    }
    return names.map((name) => results.get(name) ?? { name, differences: ["run.py did not report it"] });
  }

  remove(): void {
    this.host.remove();
  }

  private async once(names: readonly string[], jobs: number): Promise<CaseResult[]> {
    const options = ["--node-modules", join(root, "node_modules"), "--work", join(this.host.folder, "work")];
    const words = [join(casesFolder, "run.py"), ...options, "--cli", this.host.cli, "--jobs", String(jobs)];
    const env = {
      ...this.host.environment,
      SLIPWAY_CACHE: join(this.host.folder, "cache"),
      // With one processor Go takes calls that arrive together in the order of the recording (duplicate-urn).
      GOMAXPROCS: "1",
    };
    const printed = await new Promise<string>((resolve) => {
      execFile("python3", [...words, ...names], { env, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    return printed.split(/^(?=(?:ok {3}|DIFF )\S)/m).flatMap((block) => {
      const [, verdict, name] = /^(ok|DIFF) +(\S+)/.exec(block) ?? [];
      if (name === undefined) return [];
      const lines = block
        .replace(/^\d+ cases, .*$/m, "")
        .split("\n")
        .slice(2);
      const differences = lines.map((line) => line.trim()).filter((line) => line !== "");
      return [{ name, differences: verdict === "ok" ? [] : differences }];
    });
  }
}
