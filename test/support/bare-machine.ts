import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "./packages";

/**
 * This machine as it is before any Docker daemon runs: namespaces with an empty /run, an empty /var/lib/docker and a network
 * of their own, so that what is started on the default socket in there is not the user's.
 */
export class BareMachine {
  private constructor(
    private readonly folder: string,
    private readonly holder: ChildProcess,
  ) {}

  static async make(): Promise<BareMachine> {
    installPackages({ "/usr/sbin/dockerd": "docker.io", "/usr/bin/nsenter": "util-linux" });
    const folder = mkdtempSync(join(tmpdir(), "slipway-bare-"));
    mkdirSync(join(folder, "docker"));
    const script = `mount -t tmpfs tmpfs /run
mkdir -p /var/lib/docker
mount --bind ${folder}/docker /var/lib/docker
ip link set lo up
touch ${folder}/ready
exec sleep 100000`;
    const words = ["--mount", "--net", "--", "sh", "-ec", script];
    const holder = spawn("unshare", words, { stdio: "ignore" });
    const machine = new BareMachine(folder, holder);
    for (let tries = 0; tries < 100; tries++) {
      if (machine.ask("test", "-e", `${folder}/ready`) !== undefined) return machine;
      await sleep(50);
    }
    machine.remove();
    throw new Error("The namespaces could not be made. Run the tests as root.");
  }

  /** A command line that runs there, in the folder given: entering a mount namespace leads to its root. */
  inside(folder: string, words: readonly string[]): readonly string[] {
    return [...this.enter(), "sh", "-c", 'cd "$0" && exec "$@"', folder, ...words];
  }

  /** What a command writes there; undefined when it fails. */
  ask(...words: readonly string[]): string | undefined {
    const [command = "", ...args] = [
      "nsenter",
      "--target",
      String(this.holder.pid),
      "--mount",
      "--net",
      "--",
      ...words,
    ];
    try {
      return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    } catch {
      return undefined;
    }
  }

  /** Ends the daemon that was started there, if one was, and removes everything. */
  remove(): void {
    this.ask(
      "sh",
      "-c",
      'pid=$(cat /run/docker.pid) && kill "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done',
    );
    this.holder.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private enter(): readonly string[] {
    return ["nsenter", "--target", String(this.holder.pid), "--mount", "--net", "--"];
  }
}
