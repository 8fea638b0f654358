import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "./packages";
import { end } from "./process";
import { programs } from "./program";

/** What a private daemon is started as. */
export interface EngineProgram {
  readonly program: string;
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Ends what was started beside it. */
  stop(): Promise<void>;
}

/**
 * A current Engine, with runc and its proxy process for published ports, each of the version that fits. Its images are in a
 * containerd of its own: that of the machine would show it the user's.
 */
export async function currentEngine(folder: string): Promise<EngineProgram> {
  installPackages({ "/usr/bin/containerd": "containerd" });
  const [program = ""] = await programs("dockerd", "docker-proxy", "runc");
  // The daemon looks for runc and docker-proxy on PATH.
  const env = { ...process.env, PATH: `${dirname(program)}:${process.env["PATH"]}` };
  const address = join(folder, "containerd.sock");
  const file = join(folder, "containerd.toml");
  writeFileSync(file, containerdConfiguration(folder, address));
  const containerd = spawn("/usr/bin/containerd", ["--config", file], { stdio: "ignore", env });
  for (let tries = 0; tries < 600 && !existsSync(address); tries++) {
    if (containerd.exitCode !== null)
      throw new Error(`containerd --config ${file} ended; start it by hand to see why.`);
    await sleep(100);
  }
  return { program, words: ["--containerd", address], env, stop: () => end(containerd) };
}

function containerdConfiguration(folder: string, address: string): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(join(folder, "containerd"))}
state = ${text(join(folder, "containerd-state"))}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = ${text(address)}
[ttrpc]
address = ${text(`${address}.ttrpc`)}
`;
}
