import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../values/cache-folder";
import { SlipwayError } from "../values/fault";

/** True on Debian, Ubuntu and what is made of them. */
export function isDebian(): boolean {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/**
 * Installs Debian packages as root, after another apt of this machine has ended. It runs on when this process is stopped: a
 * dpkg ended half-way would refuse every later installation.
 * @throws {@link SlipwayError} with what apt said last.
 */
export async function installDebian(packages: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(cacheFolder(environment), { recursive: true });
  const log = join(cacheFolder(environment), "apt.log");
  const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  for (const args of [
    [...wait, "update"],
    [...wait, "install", "-y", "--no-install-recommends", ...packages],
  ]) {
    const output = openSync(log, "w");
    const child = spawn("apt-get", args, {
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...environment, DEBIAN_FRONTEND: "noninteractive" },
    });
    const [code] = await once(child, "close");
    if (code === 0) continue;
    throw new SlipwayError({
      subject: `apt-get ${args.includes("update") ? "update" : `install ${packages.join(" ")}`}`,
      problem: `failed:\n  ${lastLines(log, 3).join("\n  ")}\n`,
      advice: "Mend what it names, or install the packages by hand, and run the command again.",
    });
  }
}

/** The last lines of a text file. */
export function lastLines(file: string, count: number): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
}
