import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";
import { makeProgramImage } from "./program-image";

/** Makes `slipway-test/haproxy:1` out of Debian's haproxy on the test's busybox image, which must be there. */
export function makeHaproxyImage(daemon: PrivateDaemon): string {
  installPackages({ "/usr/sbin/haproxy": "haproxy" });
  return makeProgramImage(daemon, {
    reference: "slipway-test/haproxy:1",
    programs: ["/usr/sbin/haproxy"],
    lines: ["ENV PATH=/bin:/usr/sbin"],
  });
}
