import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../daemon/client";
import { type Endpoint, resolveEndpoint } from "../daemon/endpoint";
import { cacheFolder } from "../values/cache-folder";
import { isSlipwayError, SlipwayError } from "../values/fault";
import { installDebian, isDebian, lastLines } from "./debian";
import { findExecutables } from "./executable";
import { withLock } from "./lock";
import type { Report } from "./report";

const defaultSocket = "/var/run/docker.sock";
const patience = 5000;

/** The daemon that Docker itself would talk to. */
export function chosenEndpoint(environment: NodeJS.ProcessEnv = process.env): Promise<Endpoint> {
  return resolveEndpoint({ env: environment, home: homedir() });
}

/** Connects to the daemon that Docker itself would talk to; the fault says where it was looked for, and what to do. */
export async function connectDaemon(environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  return await connect(await chosenEndpoint(environment));
}

/**
 * Makes sure that a daemon answers: starts an installed one, or installs it, where that is ours to do: on the default
 * socket of this machine, as root. The daemon it starts outlives this process.
 */
export async function ensureDaemon(report: Report, environment: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const endpoint = await chosenEndpoint(environment);
  try {
    return await connect(endpoint);
  } catch (error) {
    if (!isSlipwayError(error) || !isSilentDefault(endpoint, error.cause)) throw error;
    if (process.getuid?.() !== 0) throw onlyRootCan(endpoint, environment);
  }
  const waiting = (pid: number) => report(`waiting for process ${pid}, which starts the Docker daemon`, "progress");
  return await withLock(join(cacheFolder(environment), "dockerd.lock"), waiting, async () => {
    const started = await connect(endpoint).catch(() => undefined);
    return started ?? (await start(endpoint, report, environment));
  });
}

async function connect(endpoint: Endpoint): Promise<Engine> {
  const signal = AbortSignal.timeout(patience);
  try {
    return await Engine.connect(endpoint, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new SlipwayError(
      {
        subject: `Docker daemon at ${endpoint.url} (from ${endpoint.source})`,
        problem: `does not answer within ${patience / 1000} s`,
        advice: "Look at its log, or start it again.",
      },
      { cause: error },
    );
  }
}

/** True when it is the default socket of this machine that nobody serves. */
function isSilentDefault(endpoint: Endpoint, cause: unknown): boolean {
  const code: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, "code") : undefined;
  return (code === "ENOENT" || code === "ECONNREFUSED") && endpoint.kind === "unix" && endpoint.path === defaultSocket;
}

function onlyRootCan(endpoint: Endpoint, environment: NodeJS.ProcessEnv): SlipwayError {
  const isInstalled = findDockerd(environment) !== undefined;
  return new SlipwayError({
    subject: `Docker daemon at ${endpoint.url} (from ${endpoint.source})`,
    problem: isInstalled ? "does not run, and only root can start it" : "is not there: no Docker is installed",
    advice: isInstalled
      ? "Start it (`sudo systemctl start docker`), or set DOCKER_HOST to one elsewhere."
      : "Install Docker Engine (Debian, Ubuntu: `sudo apt-get install docker.io`), or set DOCKER_HOST to one elsewhere.",
  });
}

async function start(endpoint: Endpoint, report: Report, environment: NodeJS.ProcessEnv): Promise<Engine> {
  const dockerd = findDockerd(environment) ?? (await install(report, environment));
  report("starting dockerd, because none runs (a few seconds)");
  const log = join(cacheFolder(environment), "dockerd.log");
  mkdirSync(cacheFolder(environment), { recursive: true });
  const output = openSync(log, "a");
  const child = spawn(dockerd, [], { detached: true, stdio: ["ignore", output, output], env: environment });
  child.unref();
  let ended = false;
  for (const event of ["exit", "error"]) {
    child.once(event, () => {
      ended = true;
    });
  }
  for (let waited = 0; waited < 60_000 && !ended; waited += 250) {
    const engine = await connect(endpoint).catch(() => undefined);
    if (engine !== undefined) return engine;
    await sleep(250);
  }
  throw new SlipwayError({
    subject: "dockerd",
    problem: `was started and does not answer:\n  ${lastLines(log, 3).join("\n  ")}\n`,
    advice: `Its log says more: ${log}`,
  });
}

async function install(report: Report, environment: NodeJS.ProcessEnv): Promise<string> {
  if (!isDebian()) {
    throw new SlipwayError({
      subject: "Docker",
      problem: "is not installed",
      advice: "Install Docker Engine (or set DOCKER_HOST to a daemon elsewhere) and run the command again.",
    });
  }
  report("installing Debian's package docker.io, because no Docker is installed (about a minute)");
  await installDebian(["docker.io", "iptables"], environment);
  const dockerd = findDockerd(environment);
  if (dockerd === undefined)
    throw new SlipwayError({ subject: "docker.io", problem: "was installed but brought no dockerd" });
  return dockerd;
}

function findDockerd(environment: NodeJS.ProcessEnv): string | undefined {
  return findExecutables("dockerd", environment, ["/usr/sbin", "/usr/bin", "/usr/local/bin"])[0];
}
