import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { PrivateDaemon } from "./dockerd";

// All that a daemon wants of a plugin is a socket to connect to; Debian's perl-base, which is always there, can make one.
const program = `use Socket; $SIG{TERM} = sub { exit 0 }; socket(S, PF_UNIX, SOCK_STREAM, 0); unlink $ARGV[0];
bind(S, pack_sockaddr_un($ARGV[0])) or die $!; listen(S, 5); while (accept(C, S)) { close(C); }`;

/**
 * Makes a managed plugin on a daemon: it wants the host's network and CAP_SYS_ADMIN, has the variable DEBUG, and does
 * nothing. One with `works: false` ends at once when it is switched on.
 */
export async function makePlugin(daemon: PrivateDaemon, name: string, works = true): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-plugin-"));
  const root = join(folder, "rootfs");
  const copy = (path: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(realpathSync(path), join(root, path), { recursive: true });
  };
  copy("/usr/bin/perl");
  const libraries = execFileSync("ldd", ["/usr/bin/perl"], { encoding: "utf8" });
  for (const [, path] of libraries.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)) if (path !== undefined) copy(path);
  const folders = execFileSync("perl", ["-e", "print join qq(\\n), @INC"], { encoding: "utf8" }).split("\n");
  const base = folders.filter((path) => /\/perl-base$/.test(path) && existsSync(path));
  for (const path of base) copy(path);
  mkdirSync(join(root, "run/docker/plugins"), { recursive: true });
  const code = works ? program : "exit 3;";
  const config = {
    description: "A plugin of Slipway's tests",
    entrypoint: ["/usr/bin/perl", ...base.map((path) => `-I${path}`), "-e", code, "/run/docker/plugins/test.sock"],
    env: [{ name: "DEBUG", settable: ["value"], value: "0" }],
    interface: { socket: "test.sock", types: ["docker.dummy/1.0"] },
    linux: { capabilities: ["CAP_SYS_ADMIN"] },
    network: { type: "host" },
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  await promisify(execFile)("docker", ["-H", daemon.host, "plugin", "create", name, folder]);
  rmSync(folder, { recursive: true, force: true });
}

/** Makes a plugin, pushes it to the registry that its name says, and removes it from the daemon. */
export async function pushPlugin(daemon: PrivateDaemon, name: string, works = true): Promise<void> {
  await makePlugin(daemon, name, works);
  const docker = (...words: string[]) => promisify(execFile)("docker", ["-H", daemon.host, "plugin", ...words]);
  await docker("push", name);
  await docker("rm", name);
}
