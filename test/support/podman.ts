import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../../daemon/client";
import { resolveEndpoint } from "../../daemon/endpoint";
import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";
import { end } from "./process";

/** A Podman of the tests' own, on a network of its own, so that its chains of iptables are nobody else's. */
export interface PrivatePodman extends PrivateDaemon {
  /** Words before a command that is to reach what Podman publishes, and whose ports Podman's containers would take. */
  readonly enter: readonly string[];
  /** Runs a command of podman itself. */
  podman(...words: string[]): string;
}

/** Starts Debian's Podman as a service that speaks Docker's API. */
export async function startPodman(): Promise<PrivatePodman> {
  installPackages({
    "/usr/bin/podman": "podman",
    "/usr/lib/podman/netavark": "netavark",
    "/usr/lib/podman/aardvark-dns": "aardvark-dns",
    "/usr/sbin/iptables": "iptables",
    "/usr/bin/unshare": "util-linux",
    "/bin/busybox": "busybox-static",
  });
  const folder = mkdtempSync(join(tmpdir(), "slipway-podman-"));
  const socket = join(folder, "podman.sock");
  const configuration = join(folder, "containers.conf");
  // Podman's default asks for more open files than a container may have here.
  writeFileSync(configuration, '[containers]\ndefault_ulimits = []\n[network]\nnetwork_backend = "netavark"\n');
  const at = (name: string): string => join(folder, name);
  const store = ["--root", at("root"), "--runroot", at("run"), "--tmpdir", at("tmp"), "--volumepath", at("volumes")];
  const own = [...store, "--network-config-dir", at("networks")];
  const env = { ...process.env, CONTAINERS_CONF: configuration };
  const script = 'ip link set lo up && exec podman "$@"';
  const service = [...own, "system", "service", "--time=0", `unix://${socket}`];
  const log = openSync(at("log"), "w");
  const child = spawn("unshare", ["--net", "sh", "-c", script, "sh", ...service], { stdio: ["ignore", log, log], env });
  closeSync(log);
  const enter = ["nsenter", `--net=/proc/${child.pid}/ns/net`];
  const podman = (...words: string[]): string => {
    const [command = "", ...rest] = [...enter, "podman", ...own, ...words];
    return execFileSync(command, rest, { encoding: "utf8", env, stdio: ["ignore", "pipe", "pipe"] }).trim();
  };
  const stop = async (): Promise<void> => {
    // What it ran would go on without it.
    if (child.exitCode === null) podman("rm", "--all", "--force", "--time", "0");
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const host = `unix://${socket}`;
  const endpoint = await resolveEndpoint({ host, env: {}, home: "/" });
  for (let tries = 0; tries < 300 && child.exitCode === null; tries++) {
    const engine = await Engine.connect(endpoint).catch(() => undefined);
    if (engine !== undefined) return { host, engine, stop, enter, podman };
    await sleep(100);
  }
  const said = readFileSync(at("log"), "utf8").trim().split("\n").slice(-3).join("\n");
  await stop();
  throw new Error(`Podman did not start. Its last words:\n${said}`);
}
