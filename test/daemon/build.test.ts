import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { type BuildEngine, type BuildOptions, buildImage } from "../../daemon/build";
import { isSlipwayError } from "../../values/fault";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";

const busybox = "/bin/busybox";

describe("a build on a real daemon", function () {
  this.timeout(120_000);
  let folder: string;
  let daemon: PrivateDaemon;
  let engine: BuildEngine;
  let lines: string[];

  before(async () => {
    daemon = await startDockerd();
    engine = daemon.engine;
    folder = mkdtempSync(join(tmpdir(), "slipway-build-"));
    write({
      "base/Dockerfile":
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\nENV PATH=/bin\n',
    });
    copyFileSync(busybox, join(folder, "base/busybox"));
    await build({ context: "base", tags: ["slipway-base:1"] });
  });

  after(async () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    if (daemon !== undefined) await daemon.stop();
  });

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  async function build(options: BuildOptions, signal?: AbortSignal) {
    lines = [];
    const log = (line: string) => lines.push(line);
    return await buildImage(engine, { root: folder, networkMode: "none", ...options }, log, signal);
  }

  async function failure(options: BuildOptions, signal?: AbortSignal): Promise<string> {
    try {
      await build(options, signal);
      return "no error";
    } catch (error) {
      return isSlipwayError(error) ? error.message : `another error: ${String(error)}`;
    }
  }

  it("passes arguments, target, hosts and labels, leaves out what is ignored, and caches", async () => {
    write({
      "app/Dockerfile": [
        "FROM slipway-base:1 AS one",
        "ARG V=0",
        "COPY . /app",
        "RUN echo V is $V; ls -A /app; cat /etc/hosts",
        "FROM one AS two",
        "RUN echo not reached",
      ].join("\n"),
      "app/.dockerignore": "secret.txt\n",
      "app/secret.txt": "s",
      "app/kept.txt": "k",
    });
    const options: BuildOptions = {
      context: "app",
      tags: ["slipway-app:1", "slipway-app:2"],
      args: { V: "7" },
      target: "one",
      extraHosts: ["db:10.0.0.7"],
      labels: { colour: "blue" },
    };
    const { imageId } = await build(options);
    expect(imageId).to.match(/^sha256:[0-9a-f]{64}$/);
    const text = lines.join("\n");
    expect(text).to.match(/^#\d+ \[one 2\/3\] COPY \. \/app$/m);
    expect(text).to.match(/^#\d+ \d+\.\d V is 7$/m);
    expect(text).to.match(/^#\d+ \d+\.\d kept\.txt$/m);
    expect(text).to.match(/10\.0\.0\.7\s+db/);
    expect(text).to.match(/^#\d+ DONE \d+\.\d+s$/m);
    expect(text).not.to.contain("secret.txt");
    expect(text).not.to.contain("not reached");

    const image = await inspect("slipway-app:2");
    expect(image.Id).to.equal(imageId);
    expect(image.Config.Labels).to.deep.equal({ colour: "blue" });

    expect((await build(options)).imageId).to.equal(imageId);
    expect(lines.join("\n")).to.match(/^#\d+ CACHED$/m);
    expect(lines.join("\n")).not.to.match(/^#\d+ \d+\.\d V is 7$/m);
  });

  it("takes a Dockerfile from outside the context", async () => {
    write({ "far/Dockerfile": "FROM slipway-base:1\nCOPY a.txt /\n", "near/a.txt": "a" });
    const { imageId } = await build({ context: "near", dockerfile: "far/Dockerfile" });
    expect(imageId).to.match(/^sha256:/);
  });

  it("quotes the failing step, its exit code and what it printed", async () => {
    write({ "bad/Dockerfile": "FROM slipway-base:1\nRUN echo before; exit 3\n" });
    const message = await failure({ context: "bad", tags: ["slipway-bad:1"] });
    expect(message).to.equal(
      'Build of "slipway-bad:1": Dockerfile line 2 "RUN echo before; exit 3" failed with exit code 3. It printed:\n    before',
    );
  });

  it("quotes the line of a Dockerfile that does not parse", async () => {
    write({ "typo/Dockerfile": "FROM slipway-base:1\n\nFOO bar\n" });
    // A newer BuildKit adds what may have been meant.
    expect(await failure({ context: "typo" })).to.match(
      /^Build: Dockerfile line 3 "FOO bar" is not understood: unknown instruction: FOO( \(did you mean FROM\?\))?\.$/,
    );
  });

  it("names the file that COPY does not find", async () => {
    write({ "copy/Dockerfile": "FROM slipway-base:1\nCOPY nothere /\n" });
    expect(await failure({ context: "copy" })).to.match(
      /Dockerfile line 2 "COPY nothere .*" failed: "\/nothere":? not found/,
    );
  });

  it("builds with the classic builder too, with the same log and the same failures", async () => {
    write({
      "old/Dockerfile": "ARG V\nFROM slipway-base:1 AS one\nRUN echo V is here\nFROM one\nCOPY a.txt /\n",
      "old/a.txt": "a",
    });
    const options: BuildOptions = { context: "old", builder: "classic", tags: ["slipway-old:1"] };
    const { imageId } = await build(options);
    expect((await inspect("slipway-old:1")).Id).to.equal(imageId);
    expect(lines).to.deep.equal([
      "#1 [1/5] ARG V",
      "#2 [2/5] FROM slipway-base:1 AS one",
      "#3 [3/5] RUN echo V is here",
      "#3 V is here",
      "#4 [4/5] FROM one",
      "#5 [5/5] COPY a.txt /",
    ]);
    expect((await build(options)).imageId).to.equal(imageId);
    expect(lines).to.include("#3 CACHED");
    write({ "old/Dockerfile": "FROM slipway-base:1\nRUN echo before; exit 3\n" });
    expect(await failure(options)).to.equal(
      'Build of "slipway-old:1": Dockerfile line 2 "RUN echo before; exit 3" failed with exit code 3. It printed:\n    before',
    );
  });

  it("stops when it is told to", async () => {
    write({ "slow/Dockerfile": "FROM slipway-base:1\nRUN sleep 60\n" });
    const began = Date.now();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("cancelled")), 1500);
    expect(await failure({ context: "slow" }, controller.signal)).to.equal("Build was stopped.");
    expect(await failure({ context: "slow" }, AbortSignal.timeout(500))).to.equal(
      "Build was stopped: its time is over. Give it more time with the resource option customTimeouts.",
    );
    expect(Date.now() - began).to.be.lessThan(20_000);
  });

  async function inspect(name: string): Promise<{ Id: string; Config: { Labels: Record<string, string> } }> {
    return await daemon.engine.json("GET", `/images/${name}/json`);
  }
});
