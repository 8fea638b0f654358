import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "./packages";

const packages = {
  buildx: ["github.com/docker/buildx/cmd/buildx", "v0.35.0"],
  buildkitd: ["github.com/moby/buildkit/cmd/buildkitd", "v0.31.0"],
} as const;

/** A BuildKit of the tests' own, and a docker configuration in which `docker buildx` is installed and uses it. */
export interface PrivateBuilder {
  /** For DOCKER_CONFIG. */
  readonly config: string;
  readonly name: string;
  stop(): Promise<void>;
}

/** Starts one. The programs are built from their Go modules once, which takes minutes, and kept in the cache. */
export async function startBuildkitd(): Promise<PrivateBuilder> {
  installPackages({ "/usr/sbin/runc": "runc" });
  const folder = mkdtempSync(join(tmpdir(), "slipway-buildkitd-"));
  const config = join(folder, "config");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  symlinkSync(program("buildx"), join(config, "cli-plugins", "docker-buildx"));
  const address = `unix://${join(folder, "buildkitd.sock")}`;
  const words = [
    "--root",
    join(folder, "root"),
    "--addr",
    address,
    "--oci-worker-net",
    "host",
    "--config",
    "/dev/null",
  ];
  const child = spawn(program("buildkitd"), words, { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 300 && !existsSync(join(folder, "buildkitd.sock")); tries++) {
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  if (child.exitCode !== null) {
    await stop();
    throw new Error("buildkitd did not start; start it by hand to see why.");
  }
  const name = "slipway-test";
  const env = { ...process.env, DOCKER_CONFIG: config };
  execFileSync("docker", ["buildx", "create", "--name", name, "--driver", "remote", address], { env, stdio: "ignore" });
  return { config, name, stop };
}

/** Path of a program, built where the cache lacks it. */
function program(name: keyof typeof packages): string {
  const cache = process.env["SLIPWAY_CACHE"] || join(homedir(), ".cache", "slipway");
  const folder = join(cache, "tools");
  const path = join(folder, name);
  if (existsSync(path)) return path;
  console.log(`      building ${name} from its Go module for the tests; some minutes`);
  mkdirSync(folder, { recursive: true });
  const [module, version] = packages[name];
  // `go install` refuses a module with exclude directives, so the package is built inside of a module of our own.
  const source = mkdtempSync(join(tmpdir(), `slipway-${name}-`));
  const go = (...words: string[]): void => void execFileSync("go", words, { cwd: source, stdio: "ignore" });
  go("mod", "init", "slipway.test/tools");
  go("get", `${module}@${version}`);
  go("build", "-o", `${path}.partial`, module);
  renameSync(`${path}.partial`, path);
  rmSync(source, { recursive: true, force: true });
  return path;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
