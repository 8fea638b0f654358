import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";

/** Makes `slipway-test/haproxy:1` out of Debian's haproxy on the test's busybox image, which must be there. */
export function makeHaproxyImage(daemon: PrivateDaemon): string {
  installPackages({ "/usr/sbin/haproxy": "haproxy" });
  return buildImage(daemon, "1", (files) => {
    const put = (source: string, target: string): void => {
      mkdirSync(dirname(join(files, target)), { recursive: true });
      copyFileSync(realpathSync(source), join(files, target));
    };
    put("/usr/sbin/haproxy", "/usr/sbin/haproxy");
    const libraries = execFileSync("ldd", ["/usr/sbin/haproxy"], { encoding: "utf8" });
    for (const [, path = ""] of libraries.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)) put(path, path);
  });
}

/**
 * Makes `slipway-test/haproxy:newest` out of the newest HAProxy that Debian has (unstable: 3.2, as the Gateway's own image),
 * with the C library it needs. This machine's packages are left alone.
 */
export function makeNewestHaproxyImage(daemon: PrivateDaemon): string {
  return buildImage(daemon, "newest", (files, root) => {
    const apt = join(root, "apt");
    for (const folder of ["lists/partial", "archives/partial"]) mkdirSync(join(apt, folder), { recursive: true });
    const keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    writeFileSync(join(apt, "sources.list"), `deb [signed-by=${keys}] http://deb.debian.org/debian sid main\n`);
    writeFileSync(join(apt, "status"), "");
    const options = [
      ...["-o", `Dir::Etc::sourcelist=${join(apt, "sources.list")}`, "-o", "Dir::Etc::sourceparts=-"],
      ...["-o", `Dir::State::lists=${join(apt, "lists")}`, "-o", `Dir::State::status=${join(apt, "status")}`],
      ...["-o", `Dir::Cache::archives=${join(apt, "archives")}`, "-o", "Debug::NoLocking=1", "-qq"],
      ...["-o", "APT::Sandbox::User=root"],
    ];
    execFileSync("apt-get", [...options, "update"], { stdio: ["ignore", "ignore", "inherit"] });
    const words = ["install", "-y", "--download-only", "--no-install-recommends", "haproxy"];
    execFileSync("apt-get", [...options, ...words], { stdio: ["ignore", "ignore", "inherit"] });
    // Unstable has /lib as a link to /usr/lib; one package that puts it there is not unpacked.
    for (const name of ["lib", "lib64"]) {
      mkdirSync(join(files, "usr", name), { recursive: true });
      symlinkSync(`usr/${name}`, join(files, name));
    }
    const packages = readdirSync(join(apt, "archives")).filter((name) => /^(haproxy|lib|zlib)\S*\.deb$/.test(name));
    for (const name of packages) execFileSync("dpkg", ["-x", join(apt, "archives", name), files]);
  });
}

function buildImage(daemon: PrivateDaemon, tag: string, fill: (files: string, root: string) => void): string {
  const root = mkdtempSync(join(tmpdir(), "slipway-haproxy-"));
  const reference = `slipway-test/haproxy:${tag}`;
  mkdirSync(join(root, "files"));
  fill(join(root, "files"), root);
  writeFileSync(join(root, "Dockerfile"), "FROM slipway-test/busybox:1\nCOPY files /\nENV PATH=/bin:/usr/sbin\n");
  execFileSync("docker", ["-H", daemon.host, "build", "-q", "-t", reference, root], { stdio: "ignore" });
  rmSync(root, { recursive: true, force: true });
  return reference;
}
