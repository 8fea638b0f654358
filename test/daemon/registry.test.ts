import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { inspectImage, removeImage, tagImage } from "../../daemon/image";
import { imageAvailability, registryAvailability } from "../../daemon/image-availability";
import { pullImage, pushImage } from "../../daemon/image-transfer";
import { inspectNetwork } from "../../daemon/network";
import { daemonAllowsInsecure, Registry } from "../../daemon/registry";
import { type FoundLogin, Logins } from "../../daemon/registry-login";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const login = { username: "robot", password: "pass word:1" };
const known: FoundLogin = { login, source: "the test" };
const wrong: FoundLogin = { login: { username: "robot", password: "canary-wrong" }, source: "the test" };
const none: FoundLogin = { source: "no login was found in the test" };

describe("registries, through the daemon and directly", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let open: PrivateRegistry;
  let closed: PrivateRegistry;
  let tokens: PrivateRegistry;
  let tls: PrivateRegistry;
  let far: PrivateRegistry;
  let farTls: PrivateRegistry;
  let digest: string;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon, "2");
    const bridge = await inspectNetwork(daemon.engine, "bridge");
    const ip = bridge?.IPAM?.Config?.[0]?.Gateway ?? "";
    [open, closed, tokens, tls, far, farTls] = await Promise.all([
      startRegistry(),
      startRegistry({ login }),
      startRegistry({ login, tokens: true }),
      startRegistry({ tls: true }),
      startRegistry({ ip }),
      startRegistry({ ip, tls: true }),
    ]);
    digest = await pushTo(open, daemon, "slipway-test/busybox:1", "h/base:1");
    for (const registry of [closed, tokens])
      await pushTo(registry, daemon, "slipway-test/busybox:1", "h/base:1", login);
    await pushTo(tls, daemon, "slipway-test/busybox:1", "h/base:1");
  });

  after(async () => {
    await daemon?.stop();
    await Promise.all([open, closed, tokens, tls, far, farTls].map((registry) => registry?.stop()));
  });

  const failure = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "no error",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  describe("a pull", () => {
    it("shows one line at a time and sums up", async () => {
      const reference = `${open.host}/h/base:1`;
      const lines: string[] = [];
      const pulled = await pullImage(daemon.engine, reference, { found: none, onProgress: (line) => lines.push(line) });
      expect(pulled.digest).to.equal(digest);
      expect(lines[0]).to.equal(`Pulling ${reference}`);
      expect(new Set(lines).size).to.equal(lines.length);
      expect((await inspectImage(daemon.engine, reference))?.RepoDigests).to.include(`${open.host}/h/base@${digest}`);
      const again = await pullImage(daemon.engine, `${open.host}/h/base@${digest}`, { found: none });
      expect(again.summary).to.equal(`${open.host}/h/base@${digest} is up to date, ${digest}`);
    });

    it("takes a login, by password and by token", async () => {
      for (const registry of [closed, tokens]) {
        const pulled = await pullImage(daemon.engine, `${registry.host}/h/base:1`, { found: known });
        expect(pulled.digest).to.equal(digest);
      }
    });

    for (const [what, reference, found, message] of [
      [
        "a tag that is not there",
        () => `${open.host}/h/base:9`,
        none,
        'Image "REF" is not there: registry HOST has no tag "9" of it. Check registry, repository and tag.',
      ],
      [
        "a repository that is not there",
        () => `${open.host}/h/nothing`,
        none,
        'Image "REF" is not there: registry HOST has no tag "latest" of it. Check registry, repository and tag.',
      ],
      [
        "no login",
        () => `${closed.host}/h/base:1`,
        none,
        'Image "REF" is refused by registry HOST, asked without a login, since no login was found in the test. Give the provider a registryAuth for it, or run `docker login HOST`.',
      ],
      [
        "a wrong password",
        () => `${closed.host}/h/base:1`,
        wrong,
        'Image "REF" is refused by registry HOST, with the login of the test. Mend that login, or use one that may do this.',
      ],
      [
        "a wrong password at a token service",
        () => `${tokens.host}/h/base:1`,
        wrong,
        'Image "REF" is refused by registry HOST, with the login of the test. Mend that login, or use one that may do this.',
      ],
      [
        "a registry that is down",
        () => "127.0.0.1:1/h/base:1",
        none,
        "Image \"REF\" can't be pulled: registry HOST can't be reached from the daemon's machine (dial tcp: connect: connection refused). Check the registry's name and port, the network and proxies.",
      ],
      [
        "plain HTTP beyond the loopback",
        () => `${far.host}/h/base:1`,
        none,
        'Image "REF" can\'t be pulled: registry HOST speaks plain HTTP, and is not known as one that may. List it under "insecure-registries" in the daemon\'s daemon.json.',
      ],
      [
        "a certificate that nobody trusts",
        () => `${farTls.host}/h/base:1`,
        none,
        /Image "REF" can't be pulled: the certificate of registry HOST is not trusted \(x509: .*\)\. Put its CA into \/etc\/docker\/certs\.d\/HOST\/ca\.crt on the daemon's machine, or list it under "insecure-registries"\./,
      ],
      [
        "what is no reference",
        () => "Upper Case",
        none,
        'Image "REF" is not a reference of an image in a registry. Write it as [REGISTRY/]REPOSITORY[:TAG], in lower case.',
      ],
    ] as const) {
      it(`says what is wrong: ${what}`, async () => {
        const name = reference();
        const host = name.split("/")[0] ?? "";
        const told = await failure(pullImage(daemon.engine, name, { found }));
        expect(told).not.to.contain("canary");
        const general = told
          .replaceAll(name, "REF")
          .replaceAll(`dial tcp ${host}`, "dial tcp")
          .replaceAll(host, "HOST");
        if (typeof message === "string") expect(general).to.equal(message);
        else expect(general).to.match(message);
      });
    }
  });

  describe("a push", () => {
    it("answers the digest, and says so when everything is there already", async () => {
      const empty = await startRegistry({ login });
      const reference = `${empty.host}/h/pushed:1`;
      await tagImage(daemon.engine, "slipway-test/busybox:2", `${empty.host}/h/pushed`, "1");
      const pushed = await pushImage(daemon.engine, reference, { found: known });
      expect(pushed.digest).to.match(/^sha256:[0-9a-f]{64}$/);
      expect(pushed.summary).to.match(/^Pushed .*: 1 layer, \d+\.\d MB in \d+\.\d s, sha256:/);
      const again = await pushImage(daemon.engine, reference, { found: known });
      expect(again.digest).to.equal(pushed.digest);
      expect(again.summary).to.match(/^Pushed .*: every layer was there already in \d+\.\d s, sha256:/);
      expect(await failure(pushImage(daemon.engine, reference, { found: wrong }))).to.contain(
        `is refused by registry ${empty.host}, with the login of the test`,
      );
      await empty.stop();
      await removeImage(daemon.engine, reference, { force: false });
    });
  });

  describe("availability", () => {
    const env = { DOCKER_CONFIG: "/nowhere" };
    const logins = (): Logins => new Logins({ env, home: "/", entries: [{ address: closed.host, ...login }] });

    it("daemon, registry, nowhere, unknown", async () => {
      const ask = (reference: string) => imageAvailability(daemon.engine, reference, { logins: logins() });
      expect(await ask("slipway-test/busybox:1")).to.deep.equal({ at: "daemon" });
      await tagImage(daemon.engine, "slipway-test/busybox:1", "slipway-test/other", "1");
      await pushTo(closed, daemon, "slipway-test/busybox:1", "h/only:1", login);
      expect(await ask(`${closed.host}/h/only:1`)).to.deep.equal({ at: "registry", digest });
      expect(await ask(`${closed.host}/h/only:2`)).to.deep.include({ at: "nowhere" });
      expect(await ask(`${tokens.host}/h/only:1`)).to.deep.include({ at: "nowhere" });
      expect(await ask(`sha256:${"0".repeat(64)}`)).to.deep.include({ at: "nowhere" });
      const unknown = await ask("127.0.0.1:1/h/only:1");
      expect(unknown.at).to.equal("unknown");
    });

    it("a registry is asked once for each reference", async () => {
      const shared = logins();
      const before = closed.requests.length;
      const reference = `${closed.host}/h/base:1`;
      const ask = () => registryAvailability(daemon.engine, reference, { logins: shared });
      await Promise.all([ask(), ask(), ask()]);
      await ask();
      const asked = closed.requests.slice(before).filter((line) => line.startsWith("HEAD"));
      expect(asked).to.have.length(1);
    });

    it("a registry that hangs is waited for no longer than asked", async () => {
      const silent = createServer(() => undefined).listen(0, "127.0.0.1");
      await once(silent, "listening");
      const address = silent.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const started = Date.now();
      const answer = await registryAvailability(daemon.engine, `127.0.0.1:${port}/a:1`, {
        logins: logins(),
        patience: 300,
      });
      silent.close();
      expect(answer).to.deep.equal({
        at: "unknown",
        reason: `registry 127.0.0.1:${port} did not answer within 0.3 s`,
      });
      expect(Date.now() - started).to.be.below(3000);
    });
  });

  describe("the client of the distribution API", () => {
    it("finds digests and manifests with a password, a token and over TLS", async () => {
      for (const [registry, found, skipVerify] of [
        [open, none, false],
        [closed, known, false],
        [tokens, known, false],
        [tls, none, true],
      ] as const) {
        const client = new Registry(registry.host, { found, insecure: true, skipVerify });
        expect((await client.digest("h/base", "1"))?.digest).to.equal(digest);
        const manifest = await client.manifest("h/base", "1");
        expect(manifest?.digest).to.equal(digest);
        expect(manifest?.content).to.include({ schemaVersion: 2 });
        expect(await client.digest("h/base", "9")).to.equal(undefined);
        expect(await client.tags("h/base")).to.deep.equal(["1"]);
        expect(await client.tags("h/nothing")).to.deep.equal([]);
      }
    });

    it("deletes a manifest with a token that allows it", async () => {
      const pushed = await pushTo(tokens, daemon, "slipway-test/busybox:2", "h/gone:1", login);
      const client = new Registry(tokens.host, { found: known, insecure: true });
      await client.delete("h/gone", pushed);
      expect(await client.digest("h/gone", "1")).to.equal(undefined);
      await client.delete("h/gone", pushed);
    });

    it("insists on TLS and on a trusted certificate unless told otherwise", async () => {
      const ask = (registry: PrivateRegistry, options: object) =>
        failure(new Registry(registry.host, { found: none, ...options }).digest("h/base", "1"));
      expect(await ask(open, {})).to.match(/wrong version number|packet length|HTTP/);
      expect(await ask(tls, {})).to.match(/self.signed certificate/);
      expect(await ask(tls, { skipVerify: true })).to.equal("no error");
      expect(await ask(open, { found: { source: "", scheme: "http" } })).to.equal("no error");
      expect(await ask(closed, { insecure: true })).to.match(/^unauthorized/);
    });

    it("knows what the daemon allows", async () => {
      const ask = (host: string) => daemonAllowsInsecure(daemon.engine, host);
      expect(await ask(open.host)).to.equal(true);
      expect(await ask("localhost:1")).to.equal(true);
      expect(await ask(far.host)).to.equal(false);
      expect(await ask("docker.io")).to.equal(false);
    });
  });
});
