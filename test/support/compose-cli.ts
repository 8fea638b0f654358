import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { cacheFolder } from "../../values/cache-folder";
import type { Answer } from "./pulumi";

const version = "v5.5.0";

/** The real docker compose, built from its Go module; the build is kept in the cache. */
export class ComposeCli {
  private constructor(private readonly binary: string) {}

  /** Finds it in the cache, or builds it: about two minutes on two cores. Test files that run side by side build it once. */
  static async make(): Promise<ComposeCli> {
    const folder = join(cacheFolder(), "compose", version);
    const binary = join(folder, "docker-compose");
    const lock = join(folder, "lock");
    mkdirSync(folder, { recursive: true });
    for (;;) {
      if (existsSync(binary)) return new ComposeCli(binary);
      try {
        mkdirSync(lock);
        break;
      } catch {
        // A build that was killed leaves its lock.
        const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
        if (age > 600_000) rmSync(lock, { recursive: true, force: true });
        await sleep(500);
      }
    }
    try {
      await build(lock, binary);
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
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

async function build(work: string, binary: string): Promise<void> {
  writeFileSync(join(work, "go.mod"), "module slipway.test/compose\n");
  const go = (...words: string[]) => promisify(execFile)("go", words, { cwd: work, maxBuffer: 64 * 1024 * 1024 });
  await go("get", `github.com/docker/compose/v5/cmd@${version}`);
  await go("build", "-o", "made", "github.com/docker/compose/v5/cmd");
  renameSync(join(work, "made"), binary);
}
