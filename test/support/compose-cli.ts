import { execFile } from "node:child_process";
import { join } from "node:path";
import { ensureGoTool } from "./go-tool";
import type { Answer } from "./pulumi";

/** The one that bench/compose/go.mod pins. */
export const composeVersion = "v5.5.0";

/** The real docker compose, built from its Go module; the build is kept in the cache. */
export class ComposeCli {
  private constructor(private readonly binary: string) {}

  /** Finds it in the cache, or builds it: about two minutes on two cores. */
  static async make(): Promise<ComposeCli> {
    const binary = await ensureGoTool({
      folder: join(__dirname, "../../bench/compose"),
      package: "github.com/docker/compose/v5/cmd",
      linker: `-X github.com/docker/compose/v5/internal.Version=${composeVersion}`,
    });
    return new ComposeCli(binary);
  }

  /** The executable. */
  get path(): string {
    return this.binary;
  }

  /** Runs `docker compose` in a folder against a daemon. */
  run(
    host: string,
    folder: string,
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const own = { PATH: process.env["PATH"] ?? "", HOME: folder, DOCKER_HOST: host, ...env };
    return new Promise((resolve) => {
      execFile(this.binary, [...words], { cwd: folder, env: own }, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ status, text: stdout + stderr });
      });
    });
  }
}
