import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type PrivateBuilder, startBuildkitd } from "../support/buildkit";
import { engineKind, makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ImageUnderTest } from "../support/image";
import { type PrivateRegistry, pushTo, startRegistry } from "../support/registry";

const describeAll = process.env["SLIPWAY_TEST_ALL"] ? describe : describe.skip;

// Builds buildx and buildkitd from their Go modules, which takes minutes the first time.
describeAll("docker.Image through docker buildx (test:all only)", function () {
  this.timeout(900_000);
  const login = { username: "slipway", password: "canary-password" };
  let daemon: PrivateDaemon;
  let builder: PrivateBuilder;
  let registry: PrivateRegistry;
  let image: ImageUnderTest;
  let config: string | undefined;

  before(async () => {
    builder = await startBuildkitd();
    daemon = await startDockerd();
    makeBaseImage(daemon);
    registry = await startRegistry({ login });
    pushTo(registry, daemon, "slipway-test/busybox:1", "base/busybox:1", login);
    config = process.env["DOCKER_CONFIG"];
    process.env["DOCKER_CONFIG"] = builder.config;
  });

  after(async () => {
    if (config === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = config;
    await registry?.stop();
    await daemon?.stop();
    await builder?.stop();
  });

  beforeEach(async () => {
    image = await ImageUnderTest.start(daemon);
    image.write({ Dockerfile: "FROM scratch\nARG V=0\nLABEL v=$V\nCOPY a.txt /\n", "a.txt": "one" });
  });

  afterEach(() => image.remove());

  const pushed = () => ({ imageName: `${registry.host}/app:1`, registry: { server: registry.host, ...login } });

  async function manifest(reference: string): Promise<{ digest: string | null; platforms: string[] }> {
    const accept = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
    const answer = await fetch(`${registry.url}/v2/app/manifests/${reference}`, { headers: { accept, authorization } });
    const list: { manifests?: { platform?: { os: string; architecture: string } }[] } = JSON.parse(await answer.text());
    const platforms = (list.manifests ?? []).map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
    return {
      digest: answer.headers.get("docker-content-digest"),
      platforms: platforms.filter((one) => !one.includes("unknown")),
    };
  }

  it("builds one image for several platforms and pushes it; an unchanged program changes nothing", async () => {
    const inputs = {
      ...pushed(),
      build: {
        platforms: ["linux/amd64", "linux/arm64"],
        builder: builder.name,
        args: { V: ["$", "{not} a %{template}"].join("") },
      },
    };
    const said = await image.up(inputs);
    expect(
      said.some((line) => /^status: #\d+ .*COPY a\.txt/.test(line)),
      said.join("\n"),
    ).to.equal(true);
    const { digest, platforms } = await manifest("1");
    expect(platforms.sort()).to.deep.equal(["linux/amd64", "linux/arm64"]);
    expect(image.current.state["repoDigest"]).to.equal(`${registry.host}/app@${digest}`);
    expect(await image.up(inputs)).to.deep.equal([]);
    expect((await image.preview({ ...inputs, build: { ...inputs.build, keep: 1 } })).state["repoDigest"]).to.equal(
      image.current.state["repoDigest"],
    );
    image.write({ "a.txt": "two" });
    const planned = await image.preview(inputs);
    expect(planned.said.join()).to.match(/will be rebuilt, because of:\n {2}a\.txt\n/);
    await image.up(inputs);
    expect(image.current.state["repoDigest"]).to.equal(`${registry.host}/app@${(await manifest("1")).digest}`);
    expect((await manifest("1")).digest).not.to.equal(digest);
  });

  it("exports its cache, takes further contexts, and puts the result on the daemon", async () => {
    image.write({
      Dockerfile: `FROM base\nCOPY --from=more more.txt /more.txt\nRUN cat /more.txt\n`,
      "other/more.txt": "m",
    });
    const cache = join(image.folder, "cache");
    const build = {
      builder: builder.name,
      cacheTo: [`type=local,dest=${cache}`],
      contexts: { base: `docker-image://${registry.host}/base/busybox:1`, more: join(image.folder, "other") },
    };
    const inputs = {
      imageName: "buildx-local:1",
      skipPush: true,
      build,
      registry: { server: registry.host, ...login },
    };
    const said = await image.up(inputs);
    expect(
      said.filter((line) => /RUN cat/.test(line)),
      said.join("\n"),
    ).to.have.length(1);
    expect(existsSync(join(cache, "index.json"))).to.equal(true);
    expect((await image.tags())["buildx-local:1"]).to.equal(image.current.state["repoDigest"]);
    await image.destroy();
    expect(await image.tags()).not.to.have.property("buildx-local:1");
  });

  it("hands secrets over without their showing among the arguments of any process, in the log, or on disk", async () => {
    image.write({
      Dockerfile: `FROM ${registry.host}/base/busybox:1\nARG T\nRUN --mount=type=secret,id=s cat /run/secrets/s && sleep 3\n`,
    });
    // Other test files run beside this one, and put things into the common folder.
    const temporary = mkdtempSync(join(tmpdir(), "buildx-secret-"));
    const common = process.env["TMPDIR"];
    process.env["TMPDIR"] = temporary;
    const build = { builder: builder.name, secrets: { s: { value: "canary-secret" } }, args: { T: "canary-argument" } };
    const up = image.up({
      imageName: "buildx-secret:1",
      skipPush: true,
      build,
      registry: { server: registry.host, ...login },
    });
    const seen: string[] = [];
    const look = setInterval(() => seen.push(processes()), 200);
    const said = await up.finally(() => {
      clearInterval(look);
      if (common === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = common;
    });
    const left = readdirSync(temporary);
    rmSync(temporary, { recursive: true, force: true });
    expect(seen.some((list) => list.includes("buildx bake"))).to.equal(true);
    expect(seen.join("\n")).not.to.contain("canary");
    expect(said.join("\n")).to.contain("[secret]").and.not.contain("canary-secret");
    expect(left).to.deep.equal([]);
  });

  it("names the line of the Dockerfile that fails, with what it printed", async () => {
    image.write({ Dockerfile: `FROM ${registry.host}/base/busybox:1\nRUN echo before && exit 4\n` });
    const error = await image
      .up({
        imageName: "buildx-bad:1",
        skipPush: true,
        build: { builder: builder.name },
        registry: { server: registry.host, ...login },
      })
      .catch(String);
    expect(error).to.contain(
      'Dockerfile line 2 "RUN echo before && exit 4" failed with exit code 4. It printed:\n    before',
    );
  });

  it("cancel stops the build on the builder", async () => {
    image.write({ Dockerfile: `FROM ${registry.host}/base/busybox:1\nRUN sleep 62.5\n` });
    const up = image
      .up({
        imageName: "buildx-slow:1",
        skipPush: true,
        build: { builder: builder.name },
        registry: { server: registry.host, ...login },
      })
      .catch(String);
    await until(() => processes().includes("sleep 62.5"));
    await image.cancel();
    expect(await up).to.contain('Build of "buildx-slow:1" was stopped');
    await until(() => !processes().includes("sleep 62.5"));
  });

  it("refuses in preview what the builder in use can't do, and a builder that is not there", async () => {
    const several = { ...pushed(), build: { platforms: ["linux/amd64", "linux/arm64"] } };
    // A current Engine keeps images in containerd, where its own builder can.
    if (engineKind() !== "current") {
      expect(await image.preview(several).catch(String)).to.contain(
        'asks for several platforms, which builder "default" on this daemon can\'t do',
      );
    }
    const local = { imageName: "x:1", skipPush: true, build: { ...several.build, builder: builder.name } };
    expect(await image.preview(local).catch(String)).to.contain("which only a registry can hold");
    const absent = { ...pushed(), build: { builder: "nobody" } };
    expect(await image.preview(absent).catch(String)).to.contain('build.builder "nobody" can\'t be used: ');
  });
});

function processes(): string {
  return execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(condition()).to.equal(true);
}
