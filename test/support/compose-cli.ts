import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../values/cache-folder";
import type { Answer } from "./pulumi";

const version = "v5.5.0";

/** The real docker compose, built from its Go module; the build is kept in the cache. */
export class ComposeCli {
  private constructor(private readonly binary: string) {}

  /** Finds it in the cache, or builds it: about two minutes on two cores. */
  static make(): ComposeCli {
    const folder = join(cacheFolder(), "compose", version);
    const binary = join(folder, "docker-compose");
    if (existsSync(binary)) return new ComposeCli(binary);
    const work = join(folder, "build");
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, "go.mod"), "module slipway.test/compose\n");
    const run = (...words: string[]) =>
      execFileSync("go", words, { cwd: work, stdio: ["ignore", "ignore", "inherit"] });
    run("get", `github.com/docker/compose/v5/cmd@${version}`);
    run("build", "-o", "made", "github.com/docker/compose/v5/cmd");
    renameSync(join(work, "made"), binary);
    return new ComposeCli(binary);
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
