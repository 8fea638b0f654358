import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "../values/cache-folder";
import { SlipwayError } from "../values/fault";
import type { Report } from "./pulumi-cli";

const defaultHost = "unix:///var/run/docker.sock";

/** Which Docker daemon is meant, and by what. */
export interface DaemonChoice {
  /** Its address, as DOCKER_HOST takes it. */
  readonly host: string;
  /** What said so. */
  readonly source: string;
}

/** What came of asking the daemon. */
export type DaemonAnswer =
  | { readonly state: "answers"; readonly apiVersion: string }
  | { readonly state: "unchecked" }
  | { readonly state: "silent" | "denied"; readonly reason: string };

/** The daemon Docker itself would talk to: DOCKER_HOST, then the docker context, then the default socket. */
export function chooseDaemon(environment: NodeJS.ProcessEnv = process.env): DaemonChoice {
  const host = environment["DOCKER_HOST"];
  if (host) return { host, source: "DOCKER_HOST" };
  const folder = environment["DOCKER_CONFIG"] || join(homedir(), ".docker");
  const context = environment["DOCKER_CONTEXT"] || stringAt(readJson(join(folder, "config.json")), "currentContext");
  if (context !== undefined && context !== "default") {
    const id = createHash("sha256").update(context).digest("hex");
    const meta = readJson(join(folder, "contexts", "meta", id, "meta.json"));
    const endpoint = stringAt(meta, "Endpoints", "docker", "Host");
    if (endpoint !== undefined) return { host: endpoint, source: `docker context ${context}` };
  }
  return { host: defaultHost, source: "default socket" };
}

/** Asks the daemon whether it is there. Addresses with TLS or ssh are left to the provider. */
export function askDaemon(choice: DaemonChoice, environment: NodeJS.ProcessEnv = process.env): Promise<DaemonAnswer> {
  const unix = /^unix:\/\/(.*)$/.exec(choice.host)?.[1];
  const tcp = /^(?:tcp|http):\/\/([^/:]+):(\d+)/.exec(choice.host);
  if (unix === undefined && (tcp === null || environment["DOCKER_TLS_VERIFY"]))
    return Promise.resolve({ state: "unchecked" });
  const address = unix !== undefined ? { socketPath: unix } : { host: tcp?.[1] ?? "", port: Number(tcp?.[2]) };
  return new Promise((resolve) => {
    const call = request({ ...address, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      const version = response.headers["api-version"];
      if (response.statusCode === 200) resolve({ state: "answers", apiVersion: String(version ?? "unknown") });
      else resolve({ state: "silent", reason: `it answered ${response.statusCode}` });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in 5 s")));
    call.on("error", (error) => {
      const code = "code" in error ? error.code : undefined;
      resolve({ state: code === "EACCES" || code === "EPERM" ? "denied" : "silent", reason: error.message });
    });
    call.end();
  });
}

/** Makes sure that a daemon answers: starts an installed one, or installs it, where that is ours to do. */
export async function ensureDaemon(
  report: Report,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<DaemonChoice> {
  const choice = chooseDaemon(environment);
  const answer = await askDaemon(choice, environment);
  if (answer.state === "answers" || answer.state === "unchecked") return choice;
  const subject = `Docker daemon at ${choice.host} (${choice.source})`;
  if (answer.state === "denied") {
    throw new SlipwayError({
      subject,
      problem: "does not let this user in",
      advice: "Add the user to the group docker and log in again, or run as root.",
    });
  }
  if (choice.host !== defaultHost) {
    throw new SlipwayError({
      subject,
      problem: `does not answer: ${answer.reason}`,
      advice: "Start that daemon, or correct DOCKER_HOST or the docker context.",
    });
  }
  const root = process.getuid?.() === 0;
  if (!root) {
    throw new SlipwayError({
      subject,
      problem: "does not answer, and only root can start it",
      advice: "Start it (for example `sudo systemctl start docker`), or install Docker Engine first.",
    });
  }
  const dockerd = findDockerd(environment) ?? (await install(report, environment));
  report("starting dockerd (a few seconds)");
  const log = join(cacheFolder(environment), "dockerd.log");
  mkdirSync(cacheFolder(environment), { recursive: true });
  const output = openSync(log, "a");
  const child = spawn(dockerd, [], { detached: true, stdio: ["ignore", output, output], env: environment });
  child.unref();
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  for (let waited = 0; waited < 60_000; waited += 250) {
    if ((await askDaemon(choice, environment)).state === "answers") return choice;
    if (ended) break;
    await sleep(250);
  }
  throw new SlipwayError({
    subject: "dockerd",
    problem: "was started and does not answer",
    advice: `Its log says why: ${log}`,
  });
}

async function install(report: Report, environment: NodeJS.ProcessEnv): Promise<string> {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) {
    throw new SlipwayError({
      subject: "Docker",
      problem: "is not installed",
      advice: "Install Docker Engine (or set DOCKER_HOST to a daemon elsewhere) and run the command again.",
    });
  }
  report("installing Debian's package docker.io, because no Docker is installed (about a minute)");
  const env = { ...environment, DEBIAN_FRONTEND: "noninteractive" };
  await runQuietly("apt-get", ["update", "-qq"], env);
  await runQuietly("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "docker.io", "iptables"], env);
  const dockerd = findDockerd(environment);
  if (dockerd === undefined)
    throw new SlipwayError({ subject: "docker.io", problem: "was installed but brought no dockerd" });
  return dockerd;
}

function runQuietly(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, maxBuffer: 1 << 26 }, (error, _stdout, stderr) => {
      if (error === null) return resolve();
      const reason = stderr.trim().split("\n").slice(-3).join("\n  ") || error.message;
      reject(
        new SlipwayError({
          subject: `${command} ${args[0]}`,
          problem: `failed:\n  ${reason}\n`,
          advice: "Install Docker Engine by hand and run the command again.",
        }),
      );
    });
  });
}

function findDockerd(environment: NodeJS.ProcessEnv): string | undefined {
  const folders = [...(environment["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin", "/usr/local/bin"];
  return folders
    .map((folder) => join(folder, "dockerd"))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function readJson(file: string): unknown {
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return content;
  } catch {
    return undefined;
  }
}

function stringAt(value: unknown, ...path: string[]): string | undefined {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = new Map<string, unknown>(Object.entries(current)).get(key);
  }
  return typeof current === "string" && current !== "" ? current : undefined;
}
