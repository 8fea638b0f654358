import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { unknown } from "../../provider/value";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ImageUnderTest } from "../support/image";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

describe("pushes of docker.Image", function () {
  this.timeout(120_000);
  const login = { username: "slipway", password: "canary-password" };
  let daemon: PrivateDaemon;
  let open: PrivateRegistry;
  let locked: PrivateRegistry;
  let tokens: PrivateRegistry;
  let image: ImageUnderTest;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    [open, locked, tokens] = await Promise.all([
      startRegistry(),
      startRegistry({ login }),
      startRegistry({ login, tokens: true }),
    ]);
    for (const registry of [locked, tokens])
      pushTo(registry, daemon, "slipway-test/busybox:1", "base/busybox:1", login);
  });

  after(async () => {
    await Promise.all([open, locked, tokens].map((registry) => registry?.stop()));
    await daemon?.stop();
  });

  beforeEach(async () => {
    image = await ImageUnderTest.start(daemon);
    image.write({ Dockerfile: "FROM slipway-test/busybox:1\nCOPY . /app\nRUN echo building\n", "a.txt": "one" });
  });

  afterEach(async () => {
    image.remove();
    const left = Object.keys(await image.tags()).filter((tag) => !tag.startsWith("slipway-test/"));
    for (const tag of left) docker("rmi", "-f", tag.replace("<none> ", ""));
  });

  function docker(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  async function digestIn(registry: PrivateRegistry, path: string, tag: string): Promise<string | null> {
    const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
    const answer = await fetch(`${registry.url}/v2/${path}/manifests/${tag}`, { headers: { accept, authorization } });
    return answer.headers.get("docker-content-digest");
  }

  const built = (said: readonly string[]): boolean => said.some((line) => line.includes("RUN echo building"));

  it("pushes once, says so in one line, and puts out the digest", async () => {
    const inputs = { imageName: `${open.host}/app:1` };
    const planned = await image.preview(inputs);
    expect(planned.state["repoDigest"]).to.equal(unknown);
    const said = await image.up(inputs);
    const digest = await digestIn(open, "app", "1");
    expect(image.current.state["repoDigest"]).to.equal(`${open.host}/app@${digest}`);
    expect(said.filter((line) => line.startsWith("info: "))).to.have.length(1);
    expect(said.at(-1)).to.match(/^info: Pushed .*\/app:1: .* layers?, .* MB in .* s, sha256:/);

    // The registry's log comes a moment after its answers.
    await sleep(300);
    const before = open.requests.length;
    expect(await image.up(inputs)).to.deep.equal([]);
    expect(open.requests.length).to.equal(before);
  });

  it("pushes what is there already without a build: skipPush taken away, another name, another registry", async () => {
    await image.up({ imageName: `${open.host}/app:1`, skipPush: true });
    expect(image.current.state["repoDigest"]).to.match(/^sha256:/);
    const pushed = await image.up({ imageName: `${open.host}/app:1` });
    expect(built(pushed)).to.equal(false);
    expect(image.current.state["repoDigest"]).to.equal(`${open.host}/app@${await digestIn(open, "app", "1")}`);
    const other = { imageName: `${locked.host}/app:2`, registry: { server: locked.host, ...login } };
    expect(built(await image.up(other))).to.equal(false);
    expect(image.current.state["repoDigest"]).to.equal(`${locked.host}/app@${await digestIn(locked, "app", "2")}`);
    expect(image.current.state["registryServer"]).to.equal(locked.host);
    expect(await image.tags()).not.to.have.property(`${open.host}/app:1`);
  });

  it("goes back to an earlier build without building, and pushes it", async () => {
    const inputs = { imageName: `${open.host}/app:back` };
    await image.up(inputs);
    const first = image.current.state["repoDigest"];
    image.write({ "a.txt": "two" });
    await image.up(inputs);
    expect(image.current.state["repoDigest"]).not.to.equal(first);
    image.write({ "a.txt": "one" });
    expect(built(await image.up(inputs))).to.equal(false);
    expect(image.current.state["repoDigest"]).to.equal(first);
    expect(await digestIn(open, "app", "back")).to.equal(String(first).split("@")[1]);
  });

  it("is not rebuilt because another machine's daemon never had it, and destroy leaves the registry alone", async () => {
    const inputs = { imageName: `${open.host}/app:far` };
    await image.up(inputs);
    docker("rmi", `${open.host}/app:far`);
    expect(await image.preview(inputs)).to.deep.include({ changes: [], said: [] });
    await image.destroy();
    expect(await digestIn(open, "app", "far")).to.match(/^sha256:/);
  });

  it("a refused push says why and what to do, never the password; nothing stays, and the next up has its layers in the cache", async () => {
    const name = `${locked.host}/app:3`;
    const without = await image.up({ imageName: name }).catch(String);
    expect(without).to.match(
      /Image ".*\/app:3" is refused by registry .*, asked without a login, since no login was found/,
    );
    expect(without).to.contain("docker login");
    const wrong = { server: locked.host, username: "slipway", password: "canary-wrong" };
    const refused = await image.up({ imageName: name, registry: wrong }).catch(String);
    expect(refused).to.contain("with the login of the image's `registry`");
    expect(refused).not.to.contain("canary");
    expect(await image.tags()).not.to.have.property(name);
    const said = await image.up({ imageName: name, registry: { server: locked.host, ...login } });
    expect(said.join("\n")).to.match(/#(\d+) \[.*RUN echo building[\s\S]*#\1 CACHED/);
    expect(await digestIn(locked, "app", "3")).to.match(/^sha256:/);
  });

  it("A1: after a push that fails the name leads to the old image again, and the retry needs no build", async () => {
    const name = `${locked.host}/app:4`;
    const good = { imageName: name, registry: { server: locked.host, ...login } };
    await image.up(good);
    const before = (await image.tags())[name];
    image.write({ "a.txt": "two" });
    const bad = { imageName: name, registry: { server: locked.host, username: "slipway", password: "canary-wrong" } };
    expect(await image.up(bad).catch(String)).to.contain("is refused by registry");
    expect((await image.tags())[name]).to.equal(before);
    expect(Object.keys(await image.tags()).filter((tag) => tag.startsWith("<none>"))).to.deep.equal([]);
    expect(built(await image.up(good))).to.equal(false);
    expect((await image.tags())[name]).not.to.equal(before);
  });

  it("a registry that is out of reach is named", async () => {
    const error = await image.up({ imageName: "127.0.0.1:27999/app:1" }).catch(String);
    expect(error).to.match(/can't be pushed: registry 127\.0\.0\.1:27999 can't be reached from the daemon's machine/);
  });

  it("refuses a registry that the name does not lead to, and a name that leads to none", async () => {
    const elsewhere = await image
      .check({ imageName: "app:1", registry: { server: locked.host, ...login } })
      .catch(String);
    expect(elsewhere).to.contain(`imageName "app:1" is pushed to docker.io, and \`registry.server\` is ${locked.host}`);
    expect(await image.check({ imageName: "app:1" }).catch(String)).to.contain("it names no registry");
  });

  for (const builder of ["BuilderBuildKit", "BuilderV1"]) {
    for (const [kind, registryOf] of [
      ["a password", () => locked],
      ["tokens", () => tokens],
    ] as const) {
      it(`${builder} fetches a base image from a registry behind a login with ${kind}`, async () => {
        const registry = registryOf();
        docker("rmi", "-f", `${registry.host}/base/busybox:1`);
        image.write({ Dockerfile: `FROM ${registry.host}/base/busybox:1\nRUN echo building ${kind} ${builder}\n` });
        const inputs = {
          imageName: `${registry.host}/built:1`,
          skipPush: true,
          build: { builderVersion: builder },
          registry: { server: registry.host, ...login },
        };
        const without = await image.preview({ ...inputs, registry: {} }).catch(String);
        expect(without).to.match(
          /Dockerfile line 1 ".*\/base\/busybox:1" is refused by registry .*, asked without a login/,
        );
        expect(built(await image.up(inputs))).to.equal(true);
      });
    }
  }
});
