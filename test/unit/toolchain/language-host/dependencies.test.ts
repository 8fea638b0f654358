import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { installedDependencies } from "../../../../toolchain/language-host/dependencies";
import { describeIncompatible, findPackages } from "../../../../toolchain/language-host/packages";
import { servedByProject } from "../../../../toolchain/language-host/project-plugins";

describe("what a program depends on", () => {
  let folder = "";

  const cache = process.env["SLIPWAY_CACHE"];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-language-host-"));
    process.env["SLIPWAY_CACHE"] = join(folder, "cache");
  });

  afterEach(() => {
    if (cache === undefined) delete process.env["SLIPWAY_CACHE"];
    else process.env["SLIPWAY_CACHE"] = cache;
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, content: unknown): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }

  it("is every provider package below the folder, in the order of the official host", () => {
    const resource = { resource: true };
    write("node_modules/@pulumi/a/package.json", { name: "@pulumi/a", version: "1.0.0", pulumi: resource });
    write("node_modules/b/node_modules/c/package.json", {
      name: "c",
      version: "v2.0.0",
      pulumi: { ...resource, name: "c" },
    });
    write("node_modules/b/deep/er/package.json", { name: "@pulumi/d", version: "3.0.0", pulumi: resource });
    write("node_modules/nameless/package.json", { name: "nameless", version: "1.0.0", pulumi: resource });
    write("node_modules/policy/package.json", { name: "@pulumi/policy-needs", version: "1.0.0", pulumi: resource });
    write("node_modules/policy/PulumiPolicy.yaml", "runtime: nodejs");
    write("elsewhere/package.json", { name: "not-a-dependency", version: "1.0.0", pulumi: resource });
    write("node_modules/broken/package.json", "{ pulumi");
    write("node_modules/plain/package.json", { name: "plain", version: "1.0.0" });
    symlinkSync(folder, join(folder, "node_modules/loop"));
    const names = findPackages(folder).packages.map((found) => `${found.getName()} ${found.getVersion()}`);
    expect(names).to.deep.equal(["a v1.0.0", "d v3.0.0", "c v2.0.0"]);
  });

  it("is seen anew where a package has changed, in a later run too", () => {
    const resource = { resource: true };
    const names = () => findPackages(folder).packages.map((found) => `${found.getName()} ${found.getVersion()}`);
    write("node_modules/a/package.json", { name: "@pulumi/a", version: "1.0.0", pulumi: resource });
    write("node_modules/a/deep/package.json", { name: "@pulumi/b", version: "1.0.0", pulumi: resource });
    write("node_modules/linked/package.json", { name: "linked", version: "1.0.0" });
    write("z-local/package.json", { name: "@pulumi/l", version: "1.0.0", pulumi: resource });
    symlinkSync(join(folder, "z-local"), join(folder, "node_modules/linked/link"));
    for (const _ of ["walked", "cached"]) expect(names()).to.deep.equal(["b v1.0.0", "a v1.0.0", "l v1.0.0"]);
    write("node_modules/a/package.json", { name: "@pulumi/a", version: "1.10.0", pulumi: resource });
    write("z-local/package.json", { name: "@pulumi/l", version: "2.0.0", pulumi: resource });
    expect(names()).to.deep.equal(["b v1.0.0", "a v1.10.0", "l v2.0.0"]);
    write("node_modules/a/node_modules/c/package.json", { name: "@pulumi/c", version: "1.0.0", pulumi: resource });
    expect(names()).to.deep.equal(["b v1.0.0", "c v1.0.0", "a v1.10.0", "l v2.0.0"]);
    write("node_modules/a/node_modules/d/package.json", { name: "@pulumi/d", version: "1.0.0", pulumi: resource });
    expect(names()).to.deep.equal(["b v1.0.0", "c v1.0.0", "d v1.0.0", "a v1.10.0", "l v2.0.0"]);
    rmSync(join(folder, "node_modules/a"), { recursive: true });
    expect(names()).to.deep.equal(["l v2.0.0"]);
  });

  it("is walked anew where what was kept is damaged", () => {
    write("node_modules/a/package.json", { name: "@pulumi/a", version: "1.0.0", pulumi: { resource: true } });
    findPackages(folder);
    const kept = join(folder, "cache/packages");
    for (const damage of ["{", "[1]", '{"x":null}', "null"]) {
      for (const name of readdirSync(kept)) writeFileSync(join(kept, name), damage);
      expect(findPackages(folder).packages, damage).to.have.length(1);
    }
  });

  it("needs no download of what the project serves itself", async () => {
    expect([...(await servedByProject(folder))]).to.deep.equal([]);
    write(
      "Pulumi.yaml",
      "name: p\nplugins:\n  providers:\n    - name: docker\n      path: .slipway\n    - name: other\n",
    );
    for (const _ of ["read", "kept"]) expect([...(await servedByProject(folder))]).to.deep.equal(["docker"]);
    for (const name of readdirSync(join(folder, "cache/projects"))) write(`cache/projects/${name}`, "[1");
    expect([...(await servedByProject(folder))], "after damage").to.deep.equal(["docker"]);
  });

  it("complains about SDKs of different major versions only", () => {
    const copies = [
      { path: "/a/package.json", version: "3.1.0" },
      { path: "/b/package.json", version: "3.2.0" },
    ];
    expect(describeIncompatible(copies)).to.equal(undefined);
    expect(describeIncompatible([...copies, { path: "/c/package.json", version: "2.5.0" }])).to.contain(
      "Version 2.5.0 referenced at /c/package.json",
    );
  });

  it("is listed with the installed versions", () => {
    write("package.json", { dependencies: { x: "^1.0.0" }, devDependencies: { y: "*" } });
    expect(() => installedDependencies(folder, false)).to.throw("lock file");
    write("package-lock.json", { packages: { "": {}, "node_modules/x": { version: "1.2.3" } } });
    write("node_modules/x/package.json", { name: "x", version: "1.2.3" });
    write("node_modules/.pnpm/z@2.0.0/node_modules/z/package.json", { name: "z", version: "2.0.0" });
    write("node_modules/x/node_modules/@s/z/package.json", { name: "@s/z", version: "0.1.0" });
    expect(installedDependencies(folder, false)).to.deep.equal([{ name: "x", version: "1.2.3" }]);
    expect(installedDependencies(folder, true)).to.include.deep.members([
      { name: "@s/z", version: "0.1.0" },
      { name: "x", version: "1.2.3" },
      { name: "z", version: "2.0.0" },
    ]);
  });
});
