import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Children } from "../../../../toolchain/language-host/children";
import { install, packageManagerFor, versionOf } from "../../../../toolchain/language-host/package-manager";

describe("the package manager of a program", () => {
  const path = process.env["PATH"];
  let folder = "";
  let bin = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-package-manager-"));
    bin = join(folder, "bin");
    mkdirSync(bin);
    process.env["PATH"] = bin;
    writeFileSync(join(folder, "package.json"), "{}");
    put("npm");
  });

  afterEach(() => {
    process.env["PATH"] = path;
    delete process.env["PULUMI_PREFER_YARN"];
    rmSync(folder, { recursive: true, force: true });
  });

  function put(name: string, script = "exit 0"): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const lock = (name: string): void => writeFileSync(join(folder, name), "");
  const chosen = (): string => packageManagerFor(folder, "auto").name;

  it("is npm without a lock file, else the lock file's where it is installed", () => {
    expect(chosen()).to.equal("npm");
    lock("bun.lock");
    expect(chosen()).to.equal("npm");
    put("bun");
    expect(chosen()).to.equal("bun");
    lock("pnpm-lock.yaml");
    put("pnpm");
    expect(chosen()).to.equal("pnpm");
    lock("yarn.lock");
    put("yarn");
    expect(chosen()).to.equal("yarn");
  });

  it("is yarn where PULUMI_PREFER_YARN asks for it", () => {
    process.env["PULUMI_PREFER_YARN"] = "true";
    expect(chosen()).to.equal("npm");
    put("yarn");
    expect(chosen()).to.equal("yarn");
  });

  it("is pnpm where the manifest is a package.yaml", () => {
    rmSync(join(folder, "package.json"));
    lock("package.yaml");
    expect(chosen).to.throw("could not find pnpm");
    put("pnpm");
    expect(chosen()).to.equal("pnpm");
    expect(() => packageManagerFor(folder, "npm")).to.throw('only pnpm reads, but packagemanager is "npm"');
  });

  it("that is asked for and missing is named with what to do", () => {
    expect(() => packageManagerFor(folder, "yarn")).to.throw("could not find yarn on the $PATH; install yarn");
  });

  it("has its version from its package, else from itself", async () => {
    put("npm", "echo 9.8.7");
    expect(await versionOf(packageManagerFor(folder, "npm"), new Children())).to.equal("9.8.7");
    writeFileSync(join(bin, "package.json"), '{"name":"npm","version":"1.2.3"}');
    expect(await versionOf(packageManagerFor(folder, "npm"), new Children())).to.equal("1.2.3");
  });

  it("yarn is asked three times, and what it warned about is shown when it fails", async () => {
    put("yarn", "echo asked >> ../asked; echo warning >&2; exit 4");
    const warned: string[] = [];
    const output = { stdout: () => undefined, stderr: (chunk: Buffer) => warned.push(chunk.toString()) };
    process.env["PATH"] = `${bin}:/bin:/usr/bin`;
    const inner = join(folder, "inner");
    mkdirSync(inner);
    let message = "";
    await install(packageManagerFor(inner, "yarn"), inner, output, new Children(), new AbortController().signal).catch(
      (error: unknown) => {
        message = String(error);
      },
    );
    expect(message).to.contain("yarn install failed: exit status 4");
    expect(warned).to.deep.equal(["warning\n", "warning\n", "warning\n"]);
  });
});
