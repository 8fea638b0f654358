import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { type BuildOptions, buildImage } from "../../daemon/build";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { installPackages } from "../support/packages";

// Issue 4, "Images for real": a build asks its client for secrets and for an ssh agent.
describe("the session of a build", function () {
  this.timeout(120_000);
  let folder: string;
  let daemon: PrivateDaemon;
  let lines: string[];

  before(async () => {
    installPackages({ "/usr/bin/ssh-agent": "openssh-client" });
    daemon = await startDockerd();
    makeBaseImage(daemon);
    folder = mkdtempSync(join(tmpdir(), "slipway-session-"));
  });

  after(async () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    await daemon?.stop();
  });

  async function build(dockerfile: string, options: Partial<BuildOptions>): Promise<string> {
    lines = [];
    mkdirSync(join(folder, "app"), { recursive: true });
    writeFileSync(join(folder, "app/Dockerfile"), dockerfile);
    const all = { context: "app", root: folder, networkMode: "none", ...options };
    try {
      const { imageId } = await buildImage(daemon.engine, all, (line) => lines.push(line));
      return imageId;
    } catch (error) {
      return String(error);
    }
  }

  it("hands secrets from a file, the environment and a value to the steps that mount them, and to no layer", async () => {
    writeFileSync(join(folder, "token.txt"), "canary-file");
    process.env["SLIPWAY_TEST_SECRET"] = "canary-environment";
    const steps = ["file", "environment", "value"].map(
      (id) => `RUN --mount=type=secret,id=${id} cat /run/secrets/${id} && cat /run/secrets/${id} | md5sum >> /sums`,
    );
    const result = await build(`FROM slipway-test/busybox:1\n${steps.join("\n")}\nRUN cat /sums`, {
      tags: ["slipway-test/secrets:1"],
      offer: {
        secrets: new Map([
          ["file", { file: join(folder, "token.txt") }],
          ["environment", { environment: "SLIPWAY_TEST_SECRET" }],
          ["value", { value: "canary-value" }],
        ]),
      },
      secrets: ["canary-file", "canary-environment", "canary-value"],
    });
    expect(result).to.match(/^sha256:/);
    const text = lines.join("\n");
    for (const secret of ["canary-file", "canary-environment", "canary-value"]) {
      expect(text).to.contain(execFileSync("md5sum", { input: secret, encoding: "utf8" }).split(" ")[0]);
    }
    expect(text.match(/\[secret\]/g)).to.have.length(3);
    expect(text).not.to.contain("canary");
    const history = await daemon.engine.json<unknown>("GET", "/images/slipway-test%2Fsecrets:1/history");
    expect(JSON.stringify(history)).not.to.contain("canary");
  });

  it("fails in the step's own words where a required secret was not given", async () => {
    const text = await build(
      "FROM slipway-test/busybox:1\nRUN --mount=type=secret,id=absent,required cat /run/secrets/absent",
      { offer: { secrets: new Map([["other", { value: "x" }]]) } },
    );
    expect(text).to.contain('Dockerfile line 2 "RUN --mount=type=secret,id=absent,required cat /run/secrets/absent"');
    expect(text).to.contain("absent");
  });

  it("forwards an ssh agent, whose keys never leave it", async () => {
    const socket = join(folder, "agent.sock");
    const agent = execFileSync("ssh-agent", ["-a", socket], { encoding: "utf8" });
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]);
    try {
      execFileSync("ssh-keygen", [
        "-q",
        "-t",
        "ed25519",
        "-N",
        "",
        "-C",
        "slipway-test-key",
        "-f",
        join(folder, "key"),
      ]);
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      execFileSync("ssh-add", ["-q", join(folder, "key")], { env, stdio: "ignore" });
      copyWithLibraries("/usr/bin/ssh-add", join(folder, "app/root"));
      const result = await build("FROM slipway-test/busybox:1\nCOPY root /\nRUN --mount=type=ssh /usr/bin/ssh-add -l", {
        offer: { ssh: new Map([["default", socket]]) },
      });
      expect(result).to.match(/^sha256:/);
      expect(lines.join("\n")).to.match(/256 SHA256:\S+ slipway-test-key \(ED25519\)/);
    } finally {
      process.kill(pid);
    }
  });

  it("says which agent a step wants that the build was not given", async () => {
    const text = await build("FROM slipway-test/busybox:1\nRUN --mount=type=ssh,id=deploy,required true", {
      offer: { ssh: new Map([["default", "/nowhere.sock"]]) },
    });
    expect(text).to.contain("Dockerfile line 2");
    expect(text).to.contain("deploy");
  });
});

/** A program with the libraries that the loader would look for, under another root. */
function copyWithLibraries(program: string, root: string): void {
  const listed = execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/(\/\S+)/g);
  for (const file of [program, ...[...listed].map(([, path = ""]) => path)]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
}
