import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { type ConfigOptions, configLines } from "../../../bin/config";
import { serviceHash } from "../../../compose/hash";
import { canonicalJson, loadProject } from "../../../compose/project";

const text = `name: shop
services:
  web:
    image: "nginx:\${TAG:-1}"
    mem_limit: 9007199254740993
    labels: { empty: "", quote: 'a "b" {c}' }
  api:
    build: .
    profiles: [full]
`;

describe("slipway config", () => {
  let file: string;
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-config-"));
    file = join(folder, "compose.yaml");
    writeFileSync(file, text);
  });

  after(() => rmSync(folder, { recursive: true }));

  function lines(more: Partial<ConfigOptions> = {}): readonly string[] {
    return configLines([file], {
      profile: [],
      envFile: [],
      format: "yaml",
      interpolate: true,
      pathResolution: true,
      envResolution: true,
      consistency: true,
      normalize: true,
      ...more,
    });
  }

  it("prints the canonical model as JSON and as YAML, whole numbers over 2^53 as they are", () => {
    const model = canonicalJson(loadProject({ files: [file] }).project);
    const json = lines({ format: "json" }).join("\n");
    expect(JSON.parse(json)).to.deep.equal(JSON.parse(model));
    expect(json.split("\n").length).to.be.greaterThan(10);
    expect(json).to.contain('"quote": "a \\"b\\" {c}"').and.to.contain("9007199254740993");
    const yaml = lines().join("\n");
    expect(parse(yaml)).to.deep.equal(JSON.parse(model));
    expect(yaml).to.contain("9007199254740993");
  });

  it("prints views: services, images, hashes, variables, what is written, nothing", () => {
    const all = { profile: ["*"] };
    expect([...lines({ ...all, services: true })].sort()).to.deep.equal(["api", "web"]);
    expect([...lines({ ...all, images: true })].sort()).to.deep.equal(["nginx:1", "shop-api"]);
    const web = loadProject({ files: [file] }).project.services["web"];
    expect(lines({ hash: "*" })).to.deep.equal([`web ${web === undefined ? "" : serviceHash(web)}`]);
    expect(lines({ variables: true })).to.deep.equal([
      "NAME   REQUIRED   DEFAULT VALUE   ALTERNATE VALUE",
      "TAG    false      1",
    ]);
    expect(lines({ interpolate: false }).join("\n")).to.match(/nginx:\$\{TAG:-1\}/);
    expect(lines({ quiet: true })).to.deep.equal([]);
  });

  it("refuses a service that is not there and a format that is none, by name", () => {
    expect(() => lines({ hash: "api" })).to.throw(
      'slipway config: --hash "api" is no service of these files. Use one of: web.',
    );
    expect(() => lines({ format: "xml" })).to.throw('slipway config: --format "xml" is no format. Use yaml or json.');
  });
});
