import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { Engine } from "../../daemon/client";
import { createContainer, inspectContainer } from "../../daemon/container";
import { type EndpointQuery, resolveEndpoint } from "../../daemon/endpoint";
import { messageOf } from "../../values/fault";
import { type Authority, makeAuthority } from "../support/certificates";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type PrivateSshd, startSshd } from "../support/sshd";

const tlsPort = 29010;
const plainPort = 29011;
const sshPort = 29012;

// Every way to reach a daemon besides its socket, on real ones: reconciliation.md, E1.
describe("ways to a daemon", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let ours: Authority;
  let theirs: Authority;
  let home: string;
  let client: string;

  before(async () => {
    ours = makeAuthority();
    theirs = makeAuthority();
    home = mkdtempSync(join(tmpdir(), "slipway-home-"));
    client = ours.issue("client");
    const server = ours.issue("server", "DNS:localhost");
    const tls = ["ca", "cert", "key"].map((name) => `--tls${name === "ca" ? "cacert" : name}=${server}/${name}.pem`);
    daemon = await startDockerd({ words: ["-H", `tcp://127.0.0.1:${tlsPort}`, "--tlsverify", ...tls] });
    makeBaseImage(daemon);
  });

  after(async () => {
    ours?.remove();
    theirs?.remove();
    rmSync(home, { recursive: true, force: true });
    await daemon?.stop();
  });

  async function connect(query: Partial<EndpointQuery>, sshOpts: readonly string[] = []): Promise<Engine> {
    return Engine.connect(await resolveEndpoint({ env: {}, home, ...query }), { sshOpts });
  }

  /** The daemon's id, so that a test can't be fooled by another one. */
  async function idBy(query: Partial<EndpointQuery>, sshOpts: readonly string[] = []): Promise<unknown> {
    const engine = await connect(query, sshOpts);
    const info: { ID: string } = await engine.json("GET", "/info");
    engine.close();
    return info.ID;
  }

  async function failure(query: Partial<EndpointQuery>, sshOpts: readonly string[] = []): Promise<string> {
    return connect(query, sshOpts).then(() => "it connected", messageOf);
  }

  async function ownId(): Promise<unknown> {
    return (await daemon.engine.json<{ ID: string }>("GET", "/info")).ID;
  }

  describe("TLS", () => {
    const host = `tcp://localhost:${tlsPort}`;

    it("is let in with a folder of certificates, PEM texts, the environment, and a docker context", async () => {
      const [ca, cert, key] = ["ca", "cert", "key"].map((name) => readFileSync(join(client, `${name}.pem`), "utf8"));
      const id = await ownId();
      expect(await idBy({ host, certPath: client })).to.equal(id);
      expect(await idBy({ host, material: { ca: ca ?? "", cert: cert ?? "", key: key ?? "" } })).to.equal(id);
      const env = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: client };
      expect(await idBy({ env })).to.equal(id);
      const files = `ca=${client}/ca.pem,cert=${client}/cert.pem,key=${client}/key.pem`;
      execFileSync("docker", ["context", "create", "far", "--docker", `host=${host},${files}`], {
        env: { ...process.env, DOCKER_CONFIG: join(home, ".docker"), DOCKER_HOST: undefined },
        stdio: "pipe",
      });
      expect(await idBy({ context: "far" })).to.equal(id);
    });

    const cases: Readonly<Record<string, [() => Partial<EndpointQuery>, RegExp]>> = {
      "no certificate of a client": [
        () => ({ host, material: { ca: readFileSync(join(client, "ca.pem"), "utf8") } }),
        /refused the client's certificate.*Give a cert\.pem and key\.pem that the daemon's authority has signed/,
      ],
      "a client's certificate of another authority": [
        () => {
          const folder = theirs.issue("stranger");
          const [cert, key] = ["cert", "key"].map((name) => readFileSync(join(folder, `${name}.pem`), "utf8"));
          return {
            host,
            material: { ca: readFileSync(join(client, "ca.pem"), "utf8"), cert: cert ?? "", key: key ?? "" },
          };
        },
        /refused the client's certificate/,
      ],
      "a daemon's certificate of another authority": [
        () => ({ host, certPath: theirs.issue("other") }),
        /its certificate is not signed by the given authority\. Give the ca\.pem/,
      ],
      "a daemon's certificate for another name": [
        () => ({ host: `tcp://127.0.0.1:${tlsPort}`, certPath: client }),
        /its certificate is for another name\. Use a name of the certificate in the provider's setting host/,
      ],
      "a key that belongs to another certificate": [
        () => {
          const [ca, cert] = ["ca", "cert"].map((name) => readFileSync(join(client, `${name}.pem`), "utf8"));
          const key = readFileSync(join(ours.issue("second"), "key.pem"), "utf8");
          return { host, material: { ca: ca ?? "", cert: cert ?? "", key } };
        },
        /certificate and key do not belong together/,
      ],
      "certificates that are no PEM": [
        () => ({ host, material: { ca: "x", cert: "y", key: "z" } }),
        /a certificate or key can't be read .*Give PEM texts/,
      ],
      "no TLS": [() => ({ host }), /speaks TLS, and was asked without\. Set DOCKER_TLS_VERIFY=1/],
    };
    for (const [name, [query, message]] of Object.entries(cases)) {
      it(`E1: ${name}`, async () => {
        expect(await failure(query())).to.match(message);
      });
    }

    it("does not check the daemon's certificate where Docker would not", async () => {
      const folder = theirs.issue("unchecked");
      const stranger = { DOCKER_HOST: host, DOCKER_CERT_PATH: folder };
      expect(await failure({ env: { ...stranger, DOCKER_TLS: "1" } })).to.match(/refused the client's certificate/);
      expect(await failure({ env: stranger })).to.match(/not signed by the given authority/);
    });
  });

  describe("plain tcp", () => {
    it("works, and says when TLS was tried on it", async () => {
      const plain = await startDockerd({ words: ["-H", `tcp://127.0.0.1:${plainPort}`, "--tls=false"] });
      try {
        const engine = await connect({ host: `127.0.0.1:${plainPort}` });
        expect(engine.endpoint.url).to.equal(`tcp://127.0.0.1:${plainPort}`);
        engine.close();
        expect(await failure({ host: `tcp://127.0.0.1:${plainPort}`, certPath: client })).to.match(
          /it does not speak TLS there\. Leave the certificates out/,
        );
      } finally {
        await plain.stop();
      }
    });
  });

  describe("a socket that is closed to the user", () => {
    it("E1: says so, and how to be let in", async () => {
      const root = join(__dirname, "../..");
      const script = `require("${root}/daemon/client").Engine.connect(
        { kind: "unix", path: "${daemon.host.slice(7)}", url: "${daemon.host}", source: "DOCKER_HOST" },
      ).catch((error) => console.log(error.message));`;
      // Only another user is refused: root may open everything. The folder of the socket is closed to others, too.
      const words = ["--conditions=slipway-source", "-r", "ts-node/register/transpile-only", "-e", script];
      const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, uid: 65534, gid: 65534 });
      expect(stdout).to.match(
        /does not answer: this user may not open the socket\. Add the user to the group `docker` and log in again/,
      );
    });
  });

  describe("ssh", () => {
    let sshd: PrivateSshd;

    before(async () => {
      sshd = await startSshd(sshPort, daemon.host);
    });

    after(async () => {
      await sshd?.stop();
    });

    it("reaches the daemon that the far side's environment names, or the one of a socket", async () => {
      const id = await ownId();
      expect(await idBy({ host: sshd.host }, sshd.sshOpts)).to.equal(id);
      const socket = daemon.host.slice("unix://".length);
      expect(await idBy({ host: `${sshd.host}${socket}` }, sshd.sshOpts)).to.equal(id);
    });

    it("asks many things at once over a few logins, and streams beside them", async () => {
      const engine = await connect({ host: sshd.host }, sshd.sshOpts);
      const made = await createContainer(daemon.engine, "ssh-many", {
        Image: "slipway-test/busybox:1",
        Cmd: ["true"],
      });
      const before = sshd.logins();
      const events = await engine.stream("GET", "/events", { signal: AbortSignal.timeout(60_000) });
      const seen = await Promise.all(Array.from({ length: 100 }, () => inspectContainer(engine, made.Id ?? "")));
      expect(seen.every((one) => one?.Id === made.Id)).to.equal(true);
      const logins = sshd.logins() - before;
      console.log(`      100 questions and a stream: ${logins} logins`);
      expect(logins).to.be.within(1, 7);
      events.on("error", () => undefined).destroy();
      engine.close();
    });

    it("lets a program end that has a connection left", async () => {
      const root = join(__dirname, "../..");
      const script = `const { Engine } = require("${root}/daemon/client");
        const { parseEndpoint } = require("${root}/daemon/endpoint");
        Engine.connect(parseEndpoint(${JSON.stringify(sshd.host)}, "a test"), { sshOpts: ${JSON.stringify(sshd.sshOpts)} })
          .then((engine) => console.log(engine.apiVersion));`;
      const words = ["--conditions=slipway-source", "-r", "ts-node/register/transpile-only", "-e", script];
      const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: root, timeout: 20_000 });
      expect(stdout.trim()).to.equal(daemon.engine.apiVersion);
    });

    it("E1: says what ssh said, and what to do", async () => {
      expect(await failure({ host: sshd.host }, sshd.strangerOpts)).to.match(
        /does not answer: ssh says ".*Permission denied \(publickey\)\.?"\. Load the key into an agent/,
      );
      expect(await failure({ host: sshd.host }, sshd.newcomerOpts)).to.match(
        /ssh says ".*Host key verification failed\.?"\. Connect once by hand/,
      );
      expect(await failure({ host: "ssh://nobody@127.0.0.1:29998" }, sshd.sshOpts)).to.match(
        /ssh says ".*Connection refused"\. Check the network and that sshd runs there/,
      );
      const gone = await failure({ host: `${sshd.host}/nowhere/docker.sock` }, sshd.sshOpts);
      expect(gone).to.match(/ssh says ".*nowhere\/docker\.sock.*Start Docker on the far side/i);
    });
  });
});
