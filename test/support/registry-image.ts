import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";
import { makeProgramImage } from "./program-image";

const configuration = `version: 0.1
storage:
  filesystem: { rootdirectory: /var/lib/registry }
http:
  addr: :5000
`;

/** Makes `slipway-test/registry:1` out of Debian's docker-registry; port and data are where the official image has them. */
export function makeRegistryImage(daemon: PrivateDaemon): string {
  installPackages({ "/usr/bin/docker-registry": "docker-registry" });
  return makeProgramImage(daemon, {
    reference: "slipway-test/registry:1",
    programs: ["/usr/bin/docker-registry"],
    files: { "/etc/registry.yml": configuration },
    lines: ["ENV PATH=/bin:/usr/bin", 'ENTRYPOINT ["docker-registry"]', 'CMD ["serve", "/etc/registry.yml"]'],
  });
}
