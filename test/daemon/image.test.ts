import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Properties, unknown } from "../../provider/value";
import { messageOf } from "../../values/fault";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ImageUnderTest } from "../support/image";

describe("docker.Image on a real daemon", function () {
  this.timeout(120_000);
  let daemon: PrivateDaemon;
  let image: ImageUnderTest;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
  });

  after(async () => {
    await daemon?.stop();
  });

  beforeEach(async () => {
    image = await ImageUnderTest.start(daemon);
    image.write({
      Dockerfile: "FROM slipway-test/busybox:1\nARG V=0\nCOPY . /app\nRUN echo building > /log\n",
      "a.txt": "one",
    });
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

  async function refused(inputs: Properties, why: RegExp): Promise<void> {
    const fault = await image.preview(inputs).then(() => "nothing", messageOf);
    expect(fault).to.match(why);
  }

  const local = { imageName: "app:1", skipPush: true };
  const built = (said: readonly string[]): boolean => said.some((line) => /^status: #\d+ .*RUN/.test(line));
  const digestOf = async (): Promise<unknown> => image.current.state["repoDigest"];

  it("C8, C9: a preview names files, Dockerfile lines and arguments, and changes nothing; up builds once", async () => {
    expect(built(await image.up(local))).to.equal(true);
    const first = await digestOf();
    expect(await image.preview(local)).to.deep.include({ changes: [], said: [] });

    image.write({
      Dockerfile: "FROM slipway-test/busybox:1\nARG V=0\nCOPY . /app\nRUN echo other > /log\n",
      "a.txt": "two",
      "b.txt": "new",
    });
    const before = await image.tags();
    const inputs = { ...local, build: { args: { V: "7" } } };
    const { changes, state, said } = await image.preview(inputs);
    expect(changes).to.deep.equal(["build.args", "build.contextDigest"]);
    expect(state["repoDigest"]).to.equal(unknown);
    expect(said).to.deep.equal([
      `info: ${[
        'Image "app" will be rebuilt, because of:',
        `  ${image.folder}/Dockerfile:`,
        "    - RUN echo building > /log",
        "    + 4: RUN echo other > /log",
        "  a.txt",
        "  b.txt (new)",
        "  build.args (added)",
        "Containers of it are replaced if the result differs.",
      ].join("\n")}`,
    ]);
    expect(await image.tags()).to.deep.equal(before);

    const lines = (await image.up(inputs)).filter((line) => line.startsWith("status: "));
    expect(lines.filter((line) => line.includes("RUN echo other"))).to.have.length(1);
    expect(new Set(lines).size).to.equal(lines.length);
    expect(await digestOf()).not.to.equal(first);
    expect(await image.up(inputs)).to.deep.equal([]);
  });

  for (const builderVersion of ["BuilderBuildKit", "BuilderV1"]) {
    it(`a Dockerfile that is a text of the program, beside an ignore file that leaves all but one out (${builderVersion})`, async () => {
      image.write({ ".dockerignore": "*\n!a.txt\n" });
      const inline = (text: string): Properties => ({
        ...local,
        build: { builderVersion, dockerfileInline: `FROM slipway-test/busybox:1\nCOPY . /app\n${text}` },
      });
      expect(built(await image.up(inline("RUN ls /app > /list && grep -qx a.txt /list\n")))).to.equal(true);
      expect(await image.up(inline("RUN ls /app > /list && grep -qx a.txt /list\n"))).to.deep.equal([]);
      const { said } = await image.preview(inline("RUN true\n"));
      expect(said.join()).to.contain(
        "  dockerfileInline:\n    - RUN ls /app > /list && grep -qx a.txt /list\n    + 3: RUN true",
      );
      await refused(inline("RUN\n"), /dockerfileInline line 3/);
      await refused(
        { ...local, build: { dockerfile: `${image.folder}/Dockerfile`, dockerfileInline: "FROM scratch" } },
        /build.dockerfile is given beside `dockerfileInline`. Keep one of the two./,
      );
    });
  }

  it("C8: a change without effect on the result gives the same id", async () => {
    image.write({ Dockerfile: "FROM slipway-test/busybox:1\nCOPY a.txt /\n", "unused.txt": "1" });
    await image.up(local);
    const first = await digestOf();
    image.write({ "unused.txt": "2" });
    expect((await image.preview(local)).state["repoDigest"]).to.equal(unknown);
    await image.up(local);
    expect(await digestOf()).to.equal(first);
    expect(Object.keys(await image.tags()).filter((tag) => tag.includes("kept"))).to.deep.equal([]);
  });

  it("E5: buildOnPreview builds in preview, leaves no trace on the daemon, and up has the same result", async () => {
    const inputs = { ...local, buildOnPreview: true };
    const none = await image.tags();
    const planned = await image.preview(inputs);
    expect(built(planned.said)).to.equal(true);
    expect(planned.state["repoDigest"]).to.match(/^sha256:/);
    expect(await image.tags()).to.deep.equal(none);
    await image.up(inputs);
    expect(await digestOf()).to.equal(planned.state["repoDigest"]);

    image.write({ "a.txt": "two" });
    const before = await image.tags();
    const next = await image.preview(inputs);
    expect(next.state["repoDigest"])
      .to.match(/^sha256:/)
      .and.not.equal(planned.state["repoDigest"]);
    expect(await image.tags()).to.deep.equal(before);
    await image.up(inputs);
    expect(await digestOf()).to.equal(next.state["repoDigest"]);
  });

  it("E6: earlier builds are kept for a roll-back without a build, the oldest go, nothing dangles, destroy removes all", async () => {
    const ids: unknown[] = [];
    for (const text of ["1", "2", "3", "4", "5"]) {
      image.write({ "a.txt": text });
      await image.up({ ...local, build: { keep: 2 } });
      ids.push(await digestOf());
    }
    const kept = Object.entries(await image.tags()).filter(([tag]) => tag.includes("slipway-kept/app-"));
    expect(kept.map(([, id]) => id).sort()).to.deep.equal([ids[2], ids[3]].sort());
    expect(Object.keys(await image.tags()).filter((tag) => tag.startsWith("<none>"))).to.deep.equal([]);

    image.write({ "a.txt": "3" });
    const planned = await image.preview({ ...local, build: { keep: 2 } });
    expect(planned.state["repoDigest"]).to.equal(ids[2]);
    expect(planned.said.join()).to.contain("goes back to an earlier build that the daemon still has; nothing is built");
    expect(built(await image.up({ ...local, build: { keep: 2 } }))).to.equal(false);
    expect(await digestOf()).to.equal(ids[2]);
    expect((await image.tags())["app:1"]).to.equal(ids[2]);

    expect((await image.preview({ ...local, build: { keep: 0 } })).changes).to.deep.equal(["build.keep"]);
    await image.up({ ...local, build: { keep: 0 } });
    expect(Object.keys(await image.tags()).filter((tag) => tag.includes("kept"))).to.deep.equal([]);
    await image.destroy();
    expect(Object.keys(await image.tags()).filter((tag) => !tag.startsWith("slipway-test/"))).to.deep.equal([]);
  });

  it("E6: a new imageName takes the old one off, without a build", async () => {
    await image.up(local);
    const first = await digestOf();
    const renamed = { ...local, imageName: "renamed:2" };
    const planned = await image.preview(renamed);
    expect(planned.changes).to.deep.equal(["imageName"]);
    expect(planned.state["repoDigest"]).to.equal(first);
    expect(built(await image.up(renamed))).to.equal(false);
    expect(await image.tags())
      .to.include({ "renamed:2": first })
      .and.not.have.property("app:1");
    await image.destroy();
    expect(await image.tags()).not.to.have.property("renamed:2");
  });

  it("E6: what is foreign or in use is never removed", async () => {
    await image.up(local);
    const first = String(await digestOf());
    docker("tag", first, "theirs:1");
    const container = docker("create", first, "/bin/true").trim();
    image.write({ "a.txt": "two" });
    await image.up({ ...local, build: { keep: 0 } });
    docker("tag", "slipway-test/busybox:1", "app:1");
    await image.destroy();
    const tags = await image.tags();
    expect(tags["theirs:1"]).to.equal(first);
    expect(tags["app:1"]).to.equal(tags["slipway-test/busybox:1"]);
    docker("rm", container);
  });

  it("E6: an image that a container uses stays, and destroy says so", async () => {
    await image.up(local);
    const container = docker("create", "app:1", "/bin/true").trim();
    expect((await image.destroy()).join()).to.match(/Image "app:1" stays on the daemon: .*container/);
    expect(await image.tags()).to.have.property("app:1");
    docker("rm", container);
  });

  it("what only docker buildx can do is refused in preview where it is not installed, with what to install", async () => {
    const bin = join(image.folder, "bin");
    image.write({ "bin/docker": "#!/bin/sh\necho \"docker: 'buildx' is not a docker command.\" >&2\nexit 1\n" });
    chmodSync(join(bin, "docker"), 0o755);
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${bin}:${path}`;
    try {
      for (const build of [{ platforms: ["linux/amd64", "linux/arm64"] }, { cacheTo: ["type=local,dest=/c"] }]) {
        const refused = await image.preview({ ...local, build }).catch(String);
        expect(refused).to.contain(`Image "app": build.${Object.keys(build).join()} needs \`docker buildx\``);
        expect(refused).to.contain("docker-buildx-plugin");
      }
    } finally {
      process.env["PATH"] = path;
    }
    expect(
      await image.preview({ ...local, build: { cacheTo: ["type=inline"], platforms: ["linux/amd64"] } }),
    ).to.deep.include({
      changes: ["create"],
    });
  });

  it("D1: an image that was removed is built again, from the cache", async () => {
    await image.up(local);
    const first = await digestOf();
    docker("rmi", "app:1");
    const planned = await image.preview(local);
    expect(planned.changes).to.deep.equal(["build.contextDigest"]);
    expect(planned.said.join()).to.contain("the daemon no longer has the image");
    await image.up(local);
    expect(await image.tags()).to.include({ "app:1": first });
    expect(await image.up(local)).to.deep.equal([]);
  });

  it("D1: a tag that was moved or taken off is put back, without a build", async () => {
    await image.up(local);
    const first = await digestOf();
    docker("tag", "slipway-test/busybox:1", "app:1");
    const planned = await image.preview(local);
    expect(planned.changes).to.deep.equal(["imageName"]);
    expect(planned.state["repoDigest"]).to.equal(first);
    expect(planned.said.join()).to.contain("gets its name back");
    expect(built(await image.up(local))).to.equal(false);
    expect(await image.tags()).to.include({ "app:1": first });
    docker("tag", "app:1", "other:1");
    docker("rmi", "app:1");
    expect(built(await image.up(local))).to.equal(false);
    expect(await image.tags()).to.include({ "app:1": first });
  });

  it("A1: a build that fails leaves the name where it was and nothing behind", async () => {
    await image.up(local);
    const before = await image.tags();
    image.write({ Dockerfile: "FROM slipway-test/busybox:1\nCOPY . /app\nRUN echo before && exit 3\n" });
    const error = await image.up(local).catch(String);
    expect(error).to.contain('Build of "app:1": Dockerfile line 3 "RUN echo before && exit 3" failed with exit code 3');
    expect(error).to.contain("It printed:\n    before");
    expect(await image.tags()).to.deep.equal(before);
  });

  it("cancel stops the build on the daemon at once and leaves nothing", async () => {
    await image.up(local);
    const before = await image.tags();
    image.write({ Dockerfile: "FROM slipway-test/busybox:1\nRUN sleep 61.5\n" });
    const began = Date.now();
    const up = image.up(local).catch(String);
    await until(() => processes().includes("sleep 61.5"));
    await image.cancel();
    expect(await up).to.contain('Build of "app:1" was stopped');
    await until(() => !processes().includes("sleep 61.5"));
    expect(Date.now() - began).to.be.lessThan(20_000);
    expect(await image.tags()).to.deep.equal(before);
  });
});

/** The command lines of everything that runs on this machine. */
function processes(): string {
  return execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(condition()).to.equal(true);
}
