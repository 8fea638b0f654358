import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createPrivateKey, randomBytes, sign, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { PrivateDaemon } from "./dockerd";
import { installPackages } from "./packages";
import { end } from "./process";

/** A registry of the tests' own; a daemon may use it as its mirror of the default registry. */
export interface PrivateRegistry {
  /** `IP:PORT`, to stand in front of references. */
  readonly host: string;
  /** With its scheme, for `--registry-mirror` and requests. */
  readonly url: string;
  /** Path of its certificate, where it speaks TLS. */
  readonly certificate?: string;
  /** Every request it has answered so far, as `GET /v2/a/b/manifests/1 200`. */
  readonly requests: readonly string[];
  /** Ends it and removes what it kept. */
  stop(): Promise<void>;
}

/** How a private registry differs from an open one over plain HTTP. */
export interface RegistryOptions {
  /** The only user that may do anything. @default anyone may do everything */
  readonly login?: { readonly username: string; readonly password: string };
  /** Asks for a token of a token service instead of the password itself, as the public registries do. @default false */
  readonly tokens?: boolean;
  /** Speaks TLS with a certificate that nobody trusts. @default false */
  readonly tls?: boolean;
  /** Address to listen on; beyond the loopback interface a daemon insists on TLS. @default "127.0.0.1" */
  readonly ip?: string;
  /** @default one that is free */
  readonly port?: number;
}

/** Starts Debian's docker-registry, which is installed where it is missing; manifests can be deleted. */
export async function startRegistry(options: RegistryOptions = {}): Promise<PrivateRegistry> {
  installPackages({ "/usr/bin/docker-registry": "docker-registry", "/usr/bin/openssl": "openssl" });
  const folder = mkdtempSync(join(tmpdir(), "slipway-registry-"));
  const { login, tokens = false, tls = false, ip = "127.0.0.1", port = 0 } = options;
  const certificate = tls || tokens ? makeCertificate(folder) : undefined;
  const service = tokens && certificate !== undefined ? await tokenService(certificate, login) : undefined;
  const lines = ["version: 0.1", "storage:", `  filesystem: { rootdirectory: ${join(folder, "data")} }`];
  lines.push("  delete: { enabled: true }", "http:", `  addr: ${ip}:${port}`);
  if (tls && certificate !== undefined)
    lines.push(`  tls: { certificate: ${certificate.pem}, key: ${certificate.key} }`);
  if (service !== undefined && certificate !== undefined) {
    lines.push(
      "auth:",
      "  token:",
      `    realm: ${service.url}`,
      "    service: slipway-test",
      "    issuer: slipway-test",
    );
    lines.push(`    rootcertbundle: ${certificate.pem}`);
  } else if (login !== undefined) {
    const users = join(folder, "htpasswd");
    writeFileSync(users, `${login.username}:${bcrypt(login.password)}\n`);
    lines.push("auth:", `  htpasswd: { realm: slipway-test, path: ${users} }`);
  }
  const config = join(folder, "config.yml");
  writeFileSync(config, `${lines.join("\n")}\n`);
  const child = spawn("/usr/bin/docker-registry", ["serve", config], { stdio: ["ignore", "pipe", "pipe"] });
  const requests: string[] = [];
  const address = await addressOf(child, requests);
  const stop = async (): Promise<void> => {
    service?.server.close();
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  if (address === undefined) {
    await stop();
    throw new Error(`docker-registry did not start: ${requests.join("\n")}`);
  }
  const url = `${tls ? "https" : "http"}://${address}`;
  return { host: address, url, requests, stop, ...(certificate === undefined ? {} : { certificate: certificate.pem }) };
}

/** Pushes an image of a daemon under another name; the daemon does not keep that name. @returns the manifest's digest */
export async function pushTo(
  registry: PrivateRegistry,
  daemon: PrivateDaemon,
  image: string,
  name: string,
  login?: RegistryOptions["login"],
): Promise<string> {
  const target = `${registry.host}/${name}`;
  const config = mkdtempSync(join(tmpdir(), "slipway-docker-config-"));
  const auth = Buffer.from(`${login?.username}:${login?.password}`).toString("base64");
  const auths = login === undefined ? {} : { [registry.host]: { auth } };
  writeFileSync(join(config, "config.json"), JSON.stringify({ auths }));
  const docker = async (...words: string[]): Promise<string> =>
    (await promisify(execFile)("docker", ["--config", config, "-H", daemon.host, ...words])).stdout;
  await docker("tag", image, target);
  const printed = await docker("push", target);
  await docker("rmi", target);
  rmSync(config, { recursive: true, force: true });
  return /digest: (sha256:[0-9a-f]{64})/.exec(printed)?.[1] ?? "";
}

/** Pushes an image of one layer that nobody has yet, of random bytes; the daemon does not keep it. */
export async function pushRandom(
  registry: PrivateRegistry,
  daemon: PrivateDaemon,
  name: string,
  bytes: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-random-"));
  writeFileSync(join(folder, "random"), randomBytes(bytes));
  const tar = execFileSync("tar", ["-c", "-C", folder, "."], { maxBuffer: bytes + 1024 * 1024 });
  rmSync(folder, { recursive: true });
  const docker = ["-H", daemon.host];
  execFileSync("docker", [...docker, "import", "-", "random:1"], { input: tar, stdio: ["pipe", "ignore", "inherit"] });
  await pushTo(registry, daemon, "random:1", name);
  execFileSync("docker", [...docker, "rmi", "random:1"], { stdio: "ignore" });
}

/** Puts a list of images that the repository has under a name: architecture → digest. */
export async function pushList(
  registry: PrivateRegistry,
  name: string,
  digests: Readonly<Record<string, string>>,
): Promise<void> {
  const [repository = "", tag = ""] = name.split(":");
  const type = "application/vnd.docker.distribution.manifest.v2+json";
  const manifests: object[] = [];
  for (const [architecture, digest] of Object.entries(digests)) {
    const url = `${registry.url}/v2/${repository}/manifests/${digest}`;
    const answer = await fetch(url, { method: "HEAD", headers: { accept: type } });
    const size = Number(answer.headers.get("content-length"));
    manifests.push({ mediaType: type, digest, size, platform: { architecture, os: "linux" } });
  }
  const mediaType = "application/vnd.docker.distribution.manifest.list.v2+json";
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  const url = `${registry.url}/v2/${repository}/manifests/${tag}`;
  const answer = await fetch(url, { method: "PUT", headers: { "content-type": mediaType }, body });
  if (!answer.ok) throw new Error(`The registry did not take the list: ${await answer.text()}`);
}

interface Certificate {
  readonly pem: string;
  readonly key: string;
}

function makeCertificate(folder: string): Certificate {
  const pem = join(folder, "certificate.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=slipway-test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const kind = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
  execFileSync("/usr/bin/openssl", [...kind, ...subject, "-keyout", key, "-out", pem], { stdio: "ignore" });
  return { pem, key };
}

/** A token service as the distribution specification describes it: password in, signed token for the asked scopes out. */
async function tokenService(
  certificate: Certificate,
  login: RegistryOptions["login"],
): Promise<{ url: string; server: Server }> {
  const key = createPrivateKey(readFileSync(certificate.key));
  const chain = [new X509Certificate(readFileSync(certificate.pem)).raw.toString("base64")];
  const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const basic = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
    if (login !== undefined && basic !== `${login.username}:${login.password}`) {
      response.writeHead(401).end();
      return;
    }
    const access = url.searchParams.getAll("scope").map((scope) => {
      const [type, name, actions] = scope.split(":");
      return { type, name, actions: actions?.split(",") };
    });
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now - 10, exp: now + 300 };
    const claims = { iss: "slipway-test", sub: login?.username ?? "", aud: "slipway-test", jti: "1", access, ...times };
    const signed = `${text({ typ: "JWT", alg: "RS256", x5c: chain })}.${text(claims)}`;
    const token = `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/token`, server };
}

/** The registry takes bcrypt only; Debian's perl, which is always there, makes it with the system's crypt(3). */
function bcrypt(password: string): string {
  const program = "chomp(my $word = <STDIN>); print crypt($word, q($2b$05$slipwaytestslipwaytest));";
  return execFileSync("perl", ["-e", program], { input: `${password}\n`, encoding: "utf8" });
}

/** Reads its log: first where it listens, then what it answers. */
function addressOf(child: ChildProcess, requests: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const read = (line: string): void => {
      const listening = /listening on ([\d.]+:\d+)/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
      // The access log of Apache's format: 127.0.0.1 - - [date] "GET /v2/ HTTP/1.1" 200 2 "" "agent"
      const request = /"([A-Z]+ \S+) HTTP\/[\d.]+" (\d+)/.exec(line);
      if (request !== null) requests.push(`${request[1]} ${request[2]}`);
      else if (/level=(fatal|panic)/.test(line)) requests.push(line);
    };
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", read);
    }
    child.on("exit", () => resolve(undefined));
  });
}
