import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "./packages";
import { end } from "./process";
import { programs } from "./program";

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
  const [buildx = "", buildkitd = ""] = await programs("buildx", "buildkitd");
  const folder = mkdtempSync(join(tmpdir(), "slipway-buildkitd-"));
  const config = join(folder, "config");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  symlinkSync(buildx, join(config, "cli-plugins", "docker-buildx"));
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
  const child = spawn(buildkitd, words, { stdio: "ignore" });
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
