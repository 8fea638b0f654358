import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What all tests together need of Debian: a file, and the package that brings it. `npm test` installs them before it starts. */
const needed: Readonly<Record<string, string>> = {
  "/usr/sbin/dockerd": "docker.io",
  "/bin/busybox": "busybox-static",
  "/usr/bin/docker-registry": "docker-registry",
  "/usr/sbin/haproxy": "haproxy",
  "/usr/sbin/sshd": "openssh-server",
  "/usr/bin/ssh": "openssh-client",
  "/usr/bin/openssl": "openssl",
  "/usr/bin/curl": "curl",
  "/usr/bin/nsenter": "util-linux",
  "/sbin/ip": "iproute2",
};

/**
 * Installs the Debian packages of the files that are missing, as root on Debian or Ubuntu; else says what to install. Test
 * files run at the same time, and apt-get refuses a second one: they wait for each other.
 */
export function installPackages(wanted: Readonly<Record<string, string>> = needed): void {
  const missing = Object.entries(wanted).flatMap(([file, name]) => (existsSync(file) ? [] : [name]));
  if (missing.length === 0) return;
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) {
    throw new Error(`Install ${missing.join(" and ")} to run these tests.`);
  }
  console.log(`      installing ${missing.join(", ")} for the tests`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const script = 'apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@"';
  const words = [join(tmpdir(), "slipway-apt.lock"), "sh", "-c", script, "sh", ...new Set(missing)];
  execFileSync("flock", words, { stdio: ["ignore", "ignore", "inherit"], env });
}

if (require.main === module) installPackages();
