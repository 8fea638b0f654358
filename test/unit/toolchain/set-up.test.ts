import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { connectDaemon } from "../../../toolchain/daemon";
import { exportLines } from "../../../toolchain/environment";
import { addProvider } from "../../../toolchain/init";
import { withLock } from "../../../toolchain/lock";
import { isIntact, publish } from "../../../toolchain/published";
import { isAtLeast } from "../../../toolchain/pulumi-version";
import { clearBrokenSidecars, clearStaleLocks, ensureState } from "../../../toolchain/state";

describe("toolchain set-up", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-set-up-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("compares versions by number, a pre-release before its release", () => {
    expect(isAtLeast("3.259.0", "3.259.0")).to.equal(true);
    expect(isAtLeast("3.1000.0", "3.259.0")).to.equal(true);
    expect(isAtLeast("4.0.0", "3.259.0")).to.equal(true);
    expect(isAtLeast("3.258.9", "3.259.0")).to.equal(false);
    expect(isAtLeast("3.259.0-alpha.1", "3.259.0")).to.equal(false);
  });

  it("trusts a published executable only while its bytes match the checksum", async () => {
    const target = join(folder, "pulumi");
    writeFileSync(`${target}.partial`, "#!/bin/sh\n");
    await publish(`${target}.partial`, target);
    expect(await isIntact(target)).to.equal(true);
    expect(await isIntact(target)).to.equal(true);
    writeFileSync(target, "half");
    chmodSync(target, 0o755);
    expect(await isIntact(target)).to.equal(false);
  });

  it("lets one holder of a lock in at a time and takes over from a process that is gone", async () => {
    const lock = join(folder, "lock");
    mkdirSync(lock);
    const gone = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" });
    writeFileSync(join(lock, "pid"), gone);
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside++;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(lock, () => {}, work)));
    expect(most).to.equal(1);
    expect(existsSync(lock)).to.equal(false);
  });

  it("makes a passphrase once, readable by its owner only, outside the project", () => {
    const project = join(folder, "shop");
    mkdirSync(project);
    const environment = { XDG_STATE_HOME: join(folder, "state") };
    const state = ensureState(project, environment);
    const file = state.passphraseFile ?? "";
    expect(state.own).to.equal(true);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const before = readFileSync(file, "utf8");
    expect(ensureState(project, environment).passphraseFile).to.equal(file);
    expect(readFileSync(file, "utf8")).to.equal(before);
    expect(file.startsWith(project)).to.equal(false);
  });

  it("respects a backend and a passphrase of the user's", () => {
    const state = ensureState(folder, { PULUMI_BACKEND_URL: "s3://bucket", PULUMI_CONFIG_PASSPHRASE: "" });
    expect(state).to.deep.equal({ backend: "s3://bucket", own: false, isNew: false });
  });

  it("clears a lock of a process that is gone, never a living one's or another machine's", () => {
    const locks = join(folder, ".pulumi", "locks", "organization", "demo", "dev");
    mkdirSync(locks, { recursive: true });
    const gone = Number(execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }));
    const write = (name: string, pid: number, host: string) =>
      writeFileSync(join(locks, name), JSON.stringify({ pid, hostname: host, timestamp: new Date().toISOString() }));
    write("gone.json", gone, hostname());
    write("alive.json", process.pid, hostname());
    write("elsewhere.json", gone, `not-${hostname()}`);
    const cleared = clearStaleLocks(pathToFileURL(folder).href);
    expect(cleared.map((lock) => lock.pid)).to.deep.equal([gone]);
    expect(existsSync(join(locks, "alive.json"))).to.equal(true);
    expect(existsSync(join(locks, "elsewhere.json"))).to.equal(true);
  });

  it("takes away what a killed process left empty beside the state, and nothing else", () => {
    const stacks = join(folder, ".pulumi/stacks/shop");
    mkdirSync(stacks, { recursive: true });
    for (const [name, text] of [
      ["dev.json", "{}"],
      ["dev.json.attrs", ""],
      ["prod.json.attrs", '{"user.content_type":'],
      ["test.json.attrs", '{"user.content_type":"text/plain"}'],
    ] as const)
      writeFileSync(join(stacks, name), text);
    writeFileSync(join(folder, ".pulumi/meta.yaml.attrs"), "");
    clearBrokenSidecars(pathToFileURL(folder).href);
    expect(readdirSync(stacks).sort()).to.deep.equal(["dev.json", "test.json.attrs"]);
    expect(existsSync(join(folder, ".pulumi/meta.yaml.attrs"))).to.equal(false);
    expect(clearBrokenSidecars("s3://bucket")).to.deep.equal([]);
  });

  it("quotes what a shell would take apart", () => {
    const lines = exportLines({ A: "it's $HOME; `x`" });
    const seen = execFileSync("sh", ["-c", `${lines}printf %s "$A"`], { encoding: "utf8" });
    expect(seen).to.equal("it's $HOME; `x`");
  });

  it("adds the provider once and keeps comments", () => {
    const before = "# shop\nname: shop\nruntime: nodejs # here\n";
    const after = addProvider(before);
    expect(after).to.equal(`${before}plugins:\n  providers:\n    - name: docker\n      path: .slipway\n`);
    expect(addProvider(after)).to.equal(after);
  });

  it("prefers DOCKER_HOST and says when nobody answers", async () => {
    const environment = { DOCKER_HOST: `unix://${folder}/none.sock`, DOCKER_CONTEXT: "other" };
    const error: unknown = await connectDaemon(environment).catch((thrown: unknown) => thrown);
    expect(String(error)).to.contain(`Docker daemon at unix://${folder}/none.sock (from DOCKER_HOST) does not answer`);
  });
});
