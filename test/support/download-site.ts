import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAuthority } from "./certificates";
import { installPackages } from "./packages";

const host = "get.pulumi.com";

/**
 * Does what Pulumi's install script does with the words that npm's package `pulumi` gives it: loads an archive from the same
 * site and unpacks it into `--install-root`.
 */
const installer = `#!/bin/sh
set -e
while [ $# -gt 0 ]; do
  case "$1" in
    --install-root) root=$2; shift ;;
    --version) version=$2; shift ;;
  esac
  shift
done
archive=$(mktemp -t pulumi.tar.XXXXXX)
echo "+ Downloading pulumi v$version..."
curl --fail --silent --show-error -o "$archive" "https://${host}/releases/sdk/pulumi-v$version.tar"
mkdir -p "$root/bin"
tar -xf "$archive" -C "$root/bin" --strip-components=1
rm -f "$archive"
`;

/**
 * The site from which npm's package `pulumi` downloads, on this machine: a proxy that answers for that host with a
 * certificate of its own, and lets every other host (the package registry) through.
 */
export class DownloadSite {
  /** What a process needs to meet it. */
  readonly env: NodeJS.ProcessEnv;
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  /** True makes it accept requests and never answer. */
  silent = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly folder: string,
    private readonly servers: readonly Server[],
    port: number,
  ) {
    const proxy = `http://127.0.0.1:${port}`;
    const ca = join(folder, "trusted.pem");
    this.env = {
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      NO_PROXY: "",
      no_proxy: "",
      NODE_EXTRA_CA_CERTS: ca,
      CURL_CA_BUNDLE: ca,
    };
  }

  /** Serves the executables of a folder as the official archive of a version. */
  static async start(version: string, executables: Readonly<Record<string, string>>): Promise<DownloadSite> {
    installPackages({ "/usr/bin/openssl": "openssl", "/usr/bin/curl": "curl" });
    const folder = mkdtempSync(join(tmpdir(), "slipway-download-"));
    const authority = makeAuthority();
    const issued = authority.issue("site", `DNS:${host}`);
    const [key, cert, own] = ["key.pem", "cert.pem", "ca.pem"].map((name) => readFileSync(join(issued, name)));
    authority.remove();
    // Beside our own authority all that this machine trusts, for the package registry.
    const known = [process.env["NODE_EXTRA_CA_CERTS"], "/etc/ssl/certs/ca-certificates.crt"];
    const trusted = known.flatMap((file) => (file && existsSync(file) ? [readFileSync(file, "utf8")] : []));
    writeFileSync(join(folder, "trusted.pem"), [...trusted, own].join("\n"));
    mkdirSync(join(folder, "pulumi"));
    for (const [name, path] of Object.entries(executables)) copyFileSync(path, join(folder, "pulumi", name));
    const archive = join(folder, "pulumi.tar");
    execFileSync("tar", ["-cf", archive, "-C", folder, "pulumi"]);
    writeFileSync(join(folder, "install.sh"), installer);

    const site: { current?: DownloadSite } = {};
    const files: Readonly<Record<string, string>> = {
      "/install.sh": join(folder, "install.sh"),
      [`/releases/sdk/pulumi-v${version}.tar`]: archive,
    };
    const tls = createTlsServer({ key, cert }, (request, response) => {
      const path = request.url ?? "";
      site.current?.asked.push(path);
      if (site.current?.silent) return;
      const file = files[path];
      if (file === undefined) response.writeHead(404).end();
      else response.end(readFileSync(file));
    });
    const tlsPort = await listen(tls);
    const proxy = createHttpServer();
    proxy.on("connect", (request, client: Socket) => {
      const [name = "", port = "443"] = (request.url ?? "").split(":");
      const target = name === host ? connect(tlsPort, "127.0.0.1") : connect(Number(port), name);
      for (const socket of [client, target]) {
        site.current?.sockets.add(socket);
        socket.on("error", () => {
          client.destroy();
          target.destroy();
        });
      }
      target.once("connect", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        client.pipe(target).pipe(client);
      });
    });
    site.current = new DownloadSite(folder, [tls, proxy], await listen(proxy));
    return site.current;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address: AddressInfo | string | null = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
    });
  });
}
