import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPackages } from "./packages";

/** An ssh server of the tests' own on a port of the loopback interface, with keys of its own. */
export interface PrivateSshd {
  /** `ssh://user@127.0.0.1:port` */
  readonly host: string;
  /** What a client must say to know the server and be let in. */
  readonly sshOpts: readonly string[];
  /** The same with a key that is not let in. */
  readonly strangerOpts: readonly string[];
  /** The same for a client that has never seen the server. */
  readonly newcomerOpts: readonly string[];
  /** How many logins there were so far. */
  logins(): number;
  stop(): Promise<void>;
}

/** Starts one in the foreground; the docker command on its far side talks to `dockerHost`. */
export async function startSshd(port: number, dockerHost: string): Promise<PrivateSshd> {
  installPackages({ "/usr/sbin/sshd": "openssh-server", "/usr/bin/ssh": "openssh-client" });
  const folder = mkdtempSync(join(tmpdir(), "slipway-sshd-"));
  const at = (name: string): string => join(folder, name);
  for (const name of ["host", "user", "stranger"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(name)]);
  }
  copyFileSync(at("user.pub"), at("authorized"));
  const hostKey = readFileSync(at("host.pub"), "utf8").split(" ").slice(0, 2).join(" ");
  writeFileSync(at("known"), `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(
    at("config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("authorized")}`,
      "UsePAM no",
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "LogLevel VERBOSE",
      "PidFile none",
      `SetEnv DOCKER_HOST=${dockerHost}`,
    ].join("\n"),
  );
  // sshd wants this folder as root; the system's own server makes it at boot.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const daemon = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", at("config")], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  daemon.stderr.on("data", (chunk: Buffer) => {
    log += String(chunk);
  });
  const stop = async (): Promise<void> => {
    if (daemon.exitCode === null) {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 100 || daemon.exitCode !== null) {
      await stop();
      throw new Error(`The private sshd did not start: ${log}`);
    }
    await sleep(50);
  }
  const client = (key: string, known: string): string[] => [
    "-F none",
    `-i ${at(key)}`,
    "-o IdentitiesOnly=yes",
    "-o IdentityAgent=none",
    `-o UserKnownHostsFile=${at(known)}`,
    "-o GlobalKnownHostsFile=none",
  ];
  return {
    host: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    sshOpts: client("user", "known"),
    strangerOpts: client("stranger", "known"),
    newcomerOpts: client("user", "unknown"),
    logins: () => log.split("Accepted publickey").length - 1,
    stop,
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
