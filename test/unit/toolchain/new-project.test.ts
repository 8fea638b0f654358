import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { initProject } from "../../../toolchain/init";
import { newProject } from "../../../toolchain/new-project";
import { declaredDefault, projectName } from "../../../toolchain/stack";

describe("a project that slipway init makes", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "slipway-new-"));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  function folder(name: string, files: Readonly<Record<string, string>> = {}): string {
    const path = join(parent, name);
    mkdirSync(path);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    return path;
  }

  it("has a program with its application, and the provider, in an empty folder", () => {
    const shop = folder("My shop");
    expect(newProject(shop)).to.deep.equal(["Pulumi.yaml", "index.ts", "tsconfig.json", "app", ".gitignore"]);
    expect(initProject(shop)).to.deep.equal([".slipway/pulumi-resource-docker", "Pulumi.yaml"]);
    expect(projectName(shop)).to.equal("My-shop");
    expect(declaredDefault(shop, "baseImage")).to.equal("node:24-alpine");
    expect(parse(readFileSync(join(shop, "Pulumi.yaml"), "utf8"))).to.include({ runtime: "nodejs", main: "index.ts" });
    expect(readdirSync(join(shop, "app"))).to.include.members(["Dockerfile", "index.js", "package.json"]);
  });

  it("is named by package.json, and leaves what is there as it is", () => {
    const shop = folder("web", {
      "package.json": '{"name":"@team/shop"}',
      "tsconfig.json": "{}",
      ".gitignore": "*.log\n",
    });
    expect(newProject(shop)).to.deep.equal(["Pulumi.yaml", "index.ts", "app"]);
    expect(projectName(shop)).to.equal("shop");
    expect(readFileSync(join(shop, "tsconfig.json"), "utf8")).to.equal("{}");
  });

  it("gets no second program where there is one", () => {
    const typed = folder("typed", { "index.ts": "export {};\n" });
    expect(newProject(typed)).to.deep.equal(["Pulumi.yaml", ".gitignore"]);
    expect(existsSync(join(typed, "app"))).to.equal(false);
    expect(declaredDefault(typed, "baseImage")).to.equal(undefined);
    const plain = folder("plain", { "index.js": "" });
    newProject(plain);
    expect(parse(readFileSync(join(plain, "Pulumi.yaml"), "utf8"))).to.deep.equal({ name: "plain", runtime: "nodejs" });
  });
});
