import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { isListed, workspaceRoot } from "../../../../toolchain/language-host/workspace";

describe("the workspace of a program", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-workspace-"));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it("is the one that lists its package, in each package manager's way of saying so", async () => {
    write("infra/stack/package.json", "{}");
    const program = join(root, "infra/stack");
    write("package.json", '{"workspaces":["apps/*"]}');
    expect(await workspaceRoot(program)).to.equal(undefined);
    write("package.json", '{"workspaces":["apps/*","infra/*"]}');
    expect(await workspaceRoot(program)).to.equal(root);
    write("package.json", '{"workspaces":{"packages":["infra/stack"]}}');
    expect(await workspaceRoot(program)).to.equal(root);
    write("package.json", "{}");
    write("pnpm-workspace.yaml", "packages:\n  - infra/**\n");
    expect(await workspaceRoot(program)).to.equal(root);
  });

  it("is found from a folder inside of the package", async () => {
    write("package.json", '{"workspaces":["infra"]}');
    write("infra/package.json", "{}");
    write("infra/stacks/dev/index.ts", "");
    expect(await workspaceRoot(join(root, "infra/stacks/dev"))).to.equal(root);
  });

  it("takes patterns as package managers do", () => {
    expect(isListed("packages/a", ["packages/*"])).to.equal(true);
    expect(isListed("packages/a/b", ["packages/*"])).to.equal(false);
    expect(isListed("packages/a/b", ["packages/**"])).to.equal(true);
    expect(isListed("packages/a", ["./packages/a/"])).to.equal(true);
    expect(isListed("packages/a", ["packages/*", "!packages/a"])).to.equal(false);
    expect(isListed("packages.a", ["packages?a"])).to.equal(true);
    expect(isListed("packagesxa", ["packages.a"])).to.equal(false);
  });
});
