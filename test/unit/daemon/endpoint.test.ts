import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import {
  defaultSocket,
  type EndpointQuery,
  parseEndpoint,
  resolveEndpoint,
  sameEndpoint,
} from "../../../daemon/endpoint";
import { messageOf } from "../../../values/fault";

describe("resolveEndpoint", () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "slipway-endpoint-"));
  });

  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  function context(name: string, docker: object): void {
    const id = createHash("sha256").update(name).digest("hex");
    write(`.docker/contexts/meta/${id}/meta.json`, JSON.stringify({ Name: name, Endpoints: { docker } }));
  }

  const resolve = (query: Partial<EndpointQuery> = {}) => resolveEndpoint({ env: {}, home, ...query });
  const refusal = (query: Partial<EndpointQuery>) => resolve(query).then(() => "no error", messageOf);

  it("takes Docker's order: context, host, DOCKER_HOST, DOCKER_CONTEXT, the current context, the default", async () => {
    for (const name of ["asked", "named", "current"]) context(name, { Host: `tcp://${name}:1` });
    write(".docker/config.json", JSON.stringify({ currentContext: "current" }));
    const env = { DOCKER_HOST: "tcp://variable:1", DOCKER_CONTEXT: "named" };
    const found = async (query: Partial<EndpointQuery>): Promise<string> => {
      const { url, source } = await resolve(query);
      return `${url} from ${source}`;
    };
    expect(await found({ context: "asked", host: "tcp://host:1", env })).to.equal(
      'tcp://asked:1 from the provider\'s setting context "asked"',
    );
    expect(await found({ host: "tcp://host:1", env })).to.equal("tcp://host:1 from the provider's setting host");
    expect(await found({ env })).to.equal("tcp://variable:1 from DOCKER_HOST");
    expect(await found({ env: { DOCKER_CONTEXT: "named" } })).to.equal('tcp://named:1 from DOCKER_CONTEXT "named"');
    expect(await found({})).to.equal(`tcp://current:1 from the current context of ${home}/.docker, "current"`);
    write(".docker/config.json", "{}");
    expect((await resolve()).source).to.match(/^the default/);
  });

  it("means DOCKER_HOST, else the socket, by the context called default", async () => {
    const env = { DOCKER_HOST: "tcp://variable:1" };
    expect((await resolve({ context: "default", env })).url).to.equal("tcp://variable:1");
    expect((await resolve({ env: { DOCKER_CONTEXT: "default" } })).kind).to.equal("unix");
  });

  it("finds the user's own socket where the system's is not there", async () => {
    const socket = join(home, "system.sock");
    write("run/docker.sock", "");
    const env = { XDG_RUNTIME_DIR: join(home, "run") };
    const { url, source } = await resolve({ env, socket });
    expect(url).to.equal(`unix://${home}/run/docker.sock`);
    expect(source).to.equal(`the default: ${socket} is not open to this user`);
    write("system.sock", "");
    expect(await resolve({ env, socket })).to.include({ url: `unix://${socket}`, source: "the default" });
  });

  it("reads the certificates of a context, and whether it wants them checked", async () => {
    context("safe", { Host: "tcp://far:2376", SkipTLSVerify: true });
    const id = createHash("sha256").update("safe").digest("hex");
    write(`.docker/contexts/tls/${id}/docker/ca.pem`, "CA");
    const endpoint = await resolve({ context: "safe" });
    expect(endpoint.kind === "tcp" ? endpoint.tls : undefined).to.deep.equal({ ca: "CA", verify: false });
  });

  it("takes certificates from settings, a folder, or the environment as Docker does", async () => {
    for (const name of ["ca", "cert", "key"]) write(`certs/${name}.pem`, name);
    write(".docker/ca.pem", "home");
    const tls = async (query: Partial<EndpointQuery>): Promise<unknown> => {
      const endpoint = await resolve({ host: "tcp://far:2376", ...query });
      return endpoint.kind === "tcp" ? endpoint.tls : undefined;
    };
    const certs = { ca: "ca", cert: "cert", key: "key" };
    const folder = join(home, "certs");
    expect(await tls({ material: { ca: "A", cert: "B", key: "C" }, certPath: folder })).to.deep.equal({
      ca: "A",
      cert: "B",
      key: "C",
      verify: true,
    });
    expect(await tls({ certPath: folder })).to.deep.equal({ ...certs, verify: true });
    expect(await tls({ env: { DOCKER_CERT_PATH: folder } })).to.deep.equal({ ...certs, verify: true });
    expect(await tls({ env: { DOCKER_CERT_PATH: folder, DOCKER_TLS: "1" } })).to.include({ verify: false });
    expect(await tls({ env: { DOCKER_TLS_VERIFY: "1" } })).to.deep.equal({ ca: "home", verify: true });
    expect(await tls({})).to.equal(undefined);
  });

  it("refuses what can't be right, and says what to do", async () => {
    expect(await refusal({ context: "nosuch" })).to.equal(
      `Docker context from the provider's setting context "nosuch" is not in ${home}/.docker. ` +
        "Name one that `docker context ls` lists.",
    );
    expect(await refusal({ host: "tcp://a", certPath: join(home, "empty") })).to.contain(
      "are not there. The folder must hold",
    );
    write("half/cert.pem", "cert");
    expect(await refusal({ host: "tcp://a", certPath: join(home, "half") })).to.contain("lack key.pem");
    write(".docker/config.json", "{oops");
    expect(await refusal({})).to.contain("config.json is no JSON. Repair it");
    expect(await refusal({ host: "/var/run/docker.sock" })).to.contain("Use unix:///var/run/docker.sock,");
    expect(await refusal({ host: "gopher://x" })).to.contain('"gopher://x" is not understood');
    const secret = await refusal({ host: "ssh://me:hunter2@far" });
    expect(secret).to.contain('"ssh://me:…@far" holds a password').and.not.to.contain("hunter2");
  });

  it("reads every spelling of an address", () => {
    const read = (url: string): object => {
      const { source: _source, url: _url, ...rest } = parseEndpoint(url, "a test");
      return rest;
    };
    expect(read("unix://")).to.deep.equal({ kind: "unix", path: defaultSocket });
    expect(read("localhost:2375")).to.deep.equal({ kind: "tcp", host: "localhost", port: 2375 });
    expect(read("tcp://:4000")).to.deep.equal({ kind: "tcp", host: "127.0.0.1", port: 4000 });
    expect(read("tcp://[::1]:4000")).to.deep.equal({ kind: "tcp", host: "::1", port: 4000 });
    expect(read("tcp://far/docker/")).to.deep.equal({ kind: "tcp", host: "far", port: 2375, prefix: "/docker" });
    expect(read("https://far")).to.deep.equal({ kind: "tcp", host: "far", port: 2376, tls: { verify: true } });
    expect(read("ssh://me@far:2222/run/docker.sock")).to.deep.equal({
      kind: "ssh",
      destination: "me@far",
      port: 2222,
      socket: "/run/docker.sock",
    });
  });

  it("A9: two spellings of one address are the same", async () => {
    write("real.sock", "");
    symlinkSync(join(home, "real.sock"), join(home, "link.sock"));
    const same = (a: string, b: string): Promise<boolean> => sameEndpoint(parseEndpoint(a, "a"), parseEndpoint(b, "b"));
    expect(await same(`unix://${home}/real.sock`, `unix://${home}/link.sock`)).to.equal(true);
    expect(await same("tcp://Far:2375", "far")).to.equal(true);
    expect(await same("ssh://me@far", "ssh://me@far:22")).to.equal(true);
    expect(await same("tcp://far:2375", "tcp://far:2376")).to.equal(false);
    expect(await same("ssh://me@far", "ssh://you@far")).to.equal(false);
    expect(await same("tcp://far", "ssh://far")).to.equal(false);
  });
});
