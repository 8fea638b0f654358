import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";

/** Makes `slipway-test/haproxy:1` out of Debian's haproxy on the test's busybox image, which must be there. */
export function makeHaproxyImage(daemon: PrivateDaemon): string {
  installPackages({ "/usr/sbin/haproxy": "haproxy" });
  const root = mkdtempSync(join(tmpdir(), "slipway-haproxy-"));
  const put = (source: string, target: string): void => {
    mkdirSync(dirname(join(root, "files", target)), { recursive: true });
    copyFileSync(realpathSync(source), join(root, "files", target));
  };
  put("/usr/sbin/haproxy", "/usr/sbin/haproxy");
  const libraries = execFileSync("ldd", ["/usr/sbin/haproxy"], { encoding: "utf8" });
  for (const [, path = ""] of libraries.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)) put(path, path);
  execFileSync(
    "sh",
    ["-c", "printf 'FROM slipway-test/busybox:1\\nCOPY files /\\nENV PATH=/bin:/usr/sbin\\n' > Dockerfile"],
    {
      cwd: root,
    },
  );
  execFileSync("docker", ["-H", daemon.host, "build", "-q", "-t", "slipway-test/haproxy:1", root], { stdio: "ignore" });
  rmSync(root, { recursive: true, force: true });
  return "slipway-test/haproxy:1";
}
