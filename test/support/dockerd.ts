import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../../daemon/client";
import { listContainers, removeContainer } from "../../daemon/container";
import { resolveEndpoint } from "../../daemon/endpoint";
import { listNetworks, removeNetwork } from "../../daemon/network";
import { listServices, removeService } from "../../daemon/swarm";
import { currentEngine, type EngineProgram } from "./current-engine";
import { installPackages } from "./packages";
import { startPodman } from "./podman";
import { end } from "./process";

/** A Docker daemon of the tests' own: socket, data root, exec root and bridge are private, so nothing of the user's is touched. */
export interface PrivateDaemon {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly engine: Engine;
  /** Words before a command that runs on the daemon's network, where that is not this machine's. @default none */
  readonly enter?: readonly string[];
  /** Ends the daemon and removes everything it kept. */
  stop(): Promise<void>;
}

/** How a private daemon differs from the plain one. */
export interface DaemonOptions {
  /** Further words of dockerd's command line, such as `--registry-mirror=http://127.0.0.1:5000`. @default none */
  readonly words?: readonly string[];
  /**
   * Manages a swarm of its own, in a network of its own, since a swarm's ports are fixed: what it publishes can be reached
   * from inside its containers only. @default false
   */
  readonly isSwarmManager?: boolean;
  /**
   * "debian" is Debian's Engine 20.10, the oldest that Slipway is for; "current" is built from its Go module, with images in
   * containerd; "podman" is Debian's Podman behind Docker's API. @default SLIPWAY_TEST_ENGINE, else "debian"
   */
  readonly engine?: EngineKind;
}

/** Which Engine a private daemon is. */
export type EngineKind = "debian" | "current" | "podman";

/** The Engine that daemons are where their test does not say. */
export function engineKind(): EngineKind {
  const asked = process.env["SLIPWAY_TEST_ENGINE"] || "debian";
  if (asked === "debian" || asked === "current" || asked === "podman") return asked;
  throw new Error(`SLIPWAY_TEST_ENGINE is "${asked}". Use debian, current or podman.`);
}

/** Starts one; installs Debian's docker.io and busybox-static where they are missing. No daemon is a failure, never a skip. */
export async function startDockerd(options: DaemonOptions = {}): Promise<PrivateDaemon> {
  installPackages({ "/usr/sbin/dockerd": "docker.io", "/bin/busybox": "busybox-static" });
  const kind = options.engine ?? engineKind();
  if (kind === "podman") return startPodman();
  for (let tries = 1; ; tries++) {
    try {
      return await launch(options, kind);
    } catch (error) {
      // Daemons of one machine make the same chains of iptables when they start; two at once take them from each other.
      if (tries === 5 || !String(error).includes("iptables failed")) throw error;
    }
  }
}

/**
 * Daemons of one machine share its chains of iptables, and each that starts makes them anew under the others' feet. Ours
 * leave them alone: ports are published by Docker's proxy processes, and nothing has to get out.
 */
const withoutChains = ["--iptables=false", "--ip-masq=false"];

function forwarding(interfaces: string): string[] {
  return ["FORWARD", "-i", interfaces, "-o", interfaces, "-j", "ACCEPT", "-m", "comment", "--comment", "slipway tests"];
}

/** Takes the rules away again with the last of our bridges. */
function closeBridges(): void {
  if (/ slipway\d+:/.test(execFileSync("ip", ["-o", "link"], { encoding: "utf8" }))) return;
  for (const interfaces of ["br-+", "slipway+"]) {
    try {
      execFileSync("iptables", ["--wait", "-D", ...forwarding(interfaces)], { stdio: "ignore" });
    } catch {
      // Another run has done it.
    }
  }
}

/** Containers of one network reach each other also where a daemon of the machine's own has closed the way between interfaces. */
function openBridges(interfaces: string): void {
  const rule = forwarding(interfaces);
  try {
    execFileSync("iptables", ["--wait", "-C", ...rule], { stdio: "ignore" });
  } catch {
    execFileSync("iptables", ["--wait", "-I", ...rule], { stdio: "ignore" });
  }
}

async function launch(options: DaemonOptions, kind: EngineKind): Promise<PrivateDaemon> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-dockerd-"));
  const own = kind === "current" ? await currentEngine(folder) : debianEngine(folder);
  const socket = join(folder, "docker.sock");
  const isSwarm = options.isSwarmManager === true;
  const { bridge, pool } = isSwarm ? { bridge: undefined, pool: undefined } : addBridge();
  const words = ["-H", `unix://${socket}`, "--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")];
  const bridged = bridge === undefined ? [] : ["--bridge", bridge, "--default-address-pool", pool, ...withoutChains];
  const further = ["-p", join(folder, "pid"), ...bridged, ...own.words, ...(options.words ?? [])];
  const command = [own.program, ...words, ...further];
  const [program = "", ...rest] = isSwarm ? ["unshare", "--net", "sh", "-c", ownNetwork, "sh", ...command] : command;
  const log = openSync(join(folder, "log"), "w");
  const daemon = spawn(program, rest, { stdio: ["ignore", log, log], env: own.env });
  closeSync(log);
  let running: Engine | undefined;
  const stop = async (): Promise<void> => {
    // A daemon that ends first leaves the processes and mounts of what it ran.
    if (running !== undefined && daemon.exitCode === null) await removeAll(running);
    await end(daemon);
    await own.stop();
    if (bridge !== undefined) {
      ip("link", "delete", bridge);
      closeBridges();
    }
    unmountBelow(folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const host = `unix://${socket}`;
  for (let tries = 0; tries < 600 && daemon.exitCode === null; tries++) {
    if (existsSync(socket)) {
      const endpoint = await resolveEndpoint({ host, env: {}, home: "/" });
      const engine = await Engine.connect(endpoint).catch(() => undefined);
      running = engine;
      if (engine !== undefined && isSwarm) await initSwarm(engine);
      if (engine !== undefined) return { host, engine, stop };
    }
    await sleep(100);
  }
  const said = readFileSync(join(folder, "log"), "utf8").trim().split("\n").slice(-3).join("\n");
  await stop();
  throw new Error(`The private dockerd did not start. Its last words:\n${said}`);
}

/**
 * Engine 20.10 takes its id from a key in /etc/docker, the same for every daemon of the machine; later ones keep it in the
 * data root and don't know the option.
 */
function debianEngine(folder: string): EngineProgram {
  const program = "/usr/sbin/dockerd";
  const plain = { program, words: [], env: process.env, stop: async () => undefined };
  if (!/ 20\.10\./.test(execFileSync(program, ["--version"], { encoding: "utf8" }))) return plain;
  const file = join(folder, "daemon.json");
  writeFileSync(file, JSON.stringify({ "deprecated-key-path": join(folder, "key.json") }));
  return { ...plain, words: ["--config-file", file] };
}

/** Makes `slipway-test/busybox:1` out of Debian's static busybox; further tags are the same image with the label `v`. */
export function makeBaseImage(daemon: PrivateDaemon, ...tags: readonly string[]): void {
  const root = mkdtempSync(join(tmpdir(), "slipway-base-"));
  mkdirSync(join(root, "bin"));
  mkdirSync(join(root, "etc"));
  mkdirSync(join(root, "tmp"));
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" }).split("\n");
  for (const applet of applets) {
    if (applet !== "" && applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  }
  const tar = execFileSync("tar", ["-c", "-C", root, "."], { maxBuffer: 64 * 1024 * 1024 });
  for (const tag of ["1", ...tags]) {
    const changes = ["-c", "ENV PATH=/bin", ...(tag === "1" ? [] : ["-c", `LABEL v=${tag}`])];
    const words = ["-H", daemon.host, "import", ...changes, "-", `slipway-test/busybox:${tag}`];
    execFileSync("docker", words, { input: tar, stdio: ["pipe", "ignore", "inherit"] });
  }
  rmSync(root, { recursive: true, force: true });
}

/**
 * A bridge with a /24 of its own, and a pool of addresses for further networks: several test runs may be under way on one
 * machine, and one may have been killed, so a taken number is passed over.
 */
function addBridge(): { bridge: string; pool: string } {
  for (let tries = 0; tries < 250; tries++) {
    const net = 1 + ((process.pid + tries * 7) % 250);
    const bridge = `slipway${net}`;
    try {
      ip("link", "add", bridge, "type", "bridge");
    } catch {
      continue;
    }
    ip("addr", "add", `10.213.${net}.1/24`, "dev", bridge);
    ip("link", "set", bridge, "up");
    for (const interfaces of ["br-+", "slipway+"]) openBridges(interfaces);
    return { bridge, pool: `base=10.${224 + (net >> 4)}.${(net & 15) << 4}.0/20,size=26` };
  }
  throw new Error("No bridge could be added: `ip link add` is refused. Run the tests as root.");
}

/** Runs its arguments as a program on a network with a loopback and one bridge; nothing leads out of it. */
const ownNetwork = [
  "ip link set lo up",
  "ip link add swarm0 type bridge",
  "ip addr add 10.214.0.1/24 dev swarm0",
  "ip link set swarm0 up",
  'exec "$@"',
].join(" && ");

async function initSwarm(engine: Engine): Promise<void> {
  const body = { ListenAddr: "10.214.0.1:2377", AdvertiseAddr: "10.214.0.1:2377" };
  await engine.json("POST", "/swarm/init", { body });
}

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: "ignore" });
}

/** dockerd leaves the network name space of containers on the host's network mounted. */
function unmountBelow(folder: string): void {
  const points = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const below = points.flatMap((line) => line.split(" ")[1] ?? []).filter((point) => point.startsWith(`${folder}/`));
  for (const point of below.sort().reverse()) execFileSync("umount", ["-l", point], { stdio: "ignore" });
}

async function removeAll(engine: Engine): Promise<void> {
  // Services would make their containers anew.
  const services = await listServices(engine, {}).catch(() => []);
  await Promise.allSettled(services.map(({ ID = "" }) => removeService(engine, ID)));
  const left = await listContainers(engine, {}).catch(() => []);
  await Promise.allSettled(left.map(({ Id = "" }) => removeContainer(engine, Id, { force: true, volumes: true })));
  // Their bridges would stay on this machine, and lead the packets of the next daemon's network of that subnet astray.
  const networks = await listNetworks(engine, { type: ["custom"] }).catch(() => []);
  await Promise.allSettled(networks.map(({ Id = "" }) => removeNetwork(engine, Id)));
}
