import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../../daemon/client";
import { resolveEndpoint } from "../../daemon/endpoint";

/** A Docker daemon of the tests' own: socket, data root, exec root and bridge are private, so nothing of the user's is touched. */
export interface PrivateDaemon {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly engine: Engine;
  /** Ends the daemon and removes everything it kept. */
  stop(): Promise<void>;
}

/** Starts one; installs Debian's docker.io and busybox-static where they are missing. No daemon is a failure, never a skip. */
export async function startDockerd(): Promise<PrivateDaemon> {
  install({ docker: "/usr/sbin/dockerd", busybox: "/bin/busybox" });
  const folder = mkdtempSync(join(tmpdir(), "slipway-dockerd-"));
  const socket = join(folder, "docker.sock");
  const net = 1 + (process.pid % 250);
  const bridge = `slipway${net}`;
  const ip = (...words: string[]): void => void execFileSync("ip", words, { stdio: "ignore" });
  ip("link", "add", bridge, "type", "bridge");
  ip("addr", "add", `10.213.${net}.1/24`, "dev", bridge);
  ip("link", "set", bridge, "up");
  const words = ["-H", `unix://${socket}`, "--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")];
  const daemon = spawn("/usr/sbin/dockerd", [...words, "-p", join(folder, "pid"), "--bridge", bridge], {
    stdio: "ignore",
  });
  const stop = async (): Promise<void> => {
    await end(daemon);
    ip("link", "delete", bridge);
    rmSync(folder, { recursive: true, force: true });
  };
  const host = `unix://${socket}`;
  for (let tries = 0; tries < 300 && daemon.exitCode === null; tries++) {
    if (existsSync(socket)) {
      const endpoint = await resolveEndpoint({ host, env: {}, home: "/" });
      const engine = await Engine.connect(endpoint).catch(() => undefined);
      if (engine !== undefined) return { host, engine, stop };
    }
    await sleep(100);
  }
  await stop();
  throw new Error("The private dockerd did not start within 30 s; start one by hand to see why.");
}

/** Makes `slipway-test/busybox:1` out of Debian's static busybox. */
export function makeBaseImage(daemon: PrivateDaemon): void {
  const root = mkdtempSync(join(tmpdir(), "slipway-base-"));
  mkdirSync(join(root, "bin"));
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of ["sh", "sleep", "httpd", "echo", "cat", "ls", "mkdir"]) {
    symlinkSync("busybox", join(root, "bin", applet));
  }
  const tar = execFileSync("tar", ["-c", "-C", root, "."], { maxBuffer: 64 * 1024 * 1024 });
  const words = ["-H", daemon.host, "import", "-c", "ENV PATH=/bin", "-", "slipway-test/busybox:1"];
  execFileSync("docker", words, { input: tar, stdio: ["pipe", "ignore", "inherit"] });
  rmSync(root, { recursive: true, force: true });
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return;
  const ended = once(daemon, "exit");
  daemon.kill("SIGTERM");
  await ended;
}

function install(needed: { readonly docker: string; readonly busybox: string }): void {
  const missing = [
    ...(existsSync(needed.docker) ? [] : ["docker.io"]),
    ...(existsSync(needed.busybox) ? [] : ["busybox-static"]),
  ];
  if (missing.length === 0) return;
  const debian = existsSync("/etc/debian_version") && readFileSync("/etc/debian_version", "utf8") !== "";
  if (!debian || process.getuid?.() !== 0) throw new Error(`Install ${missing.join(" and ")} to run these tests.`);
  console.log(`      installing ${missing.join(", ")} for the private daemon`);
  execFileSync("apt-get", ["update"], { stdio: "ignore" });
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", ...missing], { stdio: "ignore" });
}
