import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { HostedCliFolder, linkModule } from "../support/hosted-cli";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

/** A package that needs no registry to be installed. */
const dependency = { "lib/package.json": '{"name":"lib","version":"1.4.2","main":"index.js"}', "lib/index.js": "" };

// What the recorded cases leave out: the commands around `up`, and projects of every shape.
describe("projects on the language host", function () {
  this.timeout(240_000);
  let host: HostedCliFolder;

  before(async () => {
    host = await HostedCliFolder.make();
  });

  after(() => host?.remove());

  it("are run by this checkout's host", async () => {
    const project = await host.project("whose", {
      "index.ts": `import { readFileSync } from "node:fs";
export const command = readFileSync("/proc/" + process.ppid + "/cmdline", "utf8").split("\\0");`,
    });
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(text).to.match(/language-host\/[0-9a-f]{16}\/main\.js/);
  });

  it("are installed with what they depend on, from any folder of them", async () => {
    const manifest = '{"name":"installed","dependencies":{"lib":"file:lib"}}';
    const files = { ...dependency, "package.json": manifest, "index.ts": "", "deep/er/readme": "" };
    const project = await host.project("installed", files, []);
    const { status, text } = await project.pulumi(["install"], { below: "deep/er" });
    expect(status, text).to.equal(0);
    expect(text).to.match(/Installing dependencies\.\.\.[\s\S]*Finished installing dependencies/);
    expect(existsSync(join(project.folder, "node_modules/lib/index.js"))).to.equal(true);
    const about = await project.pulumi(["about"], { below: "deep" });
    expect(about.text)
      .to.match(/version='v2\d[\d.]*'/)
      .and.match(/packagemanagerVersion='\d+\.\d+\.\d+'/);
    expect(about.text).to.contain("packagemanager='npm'");
    expect(about.text).to.match(/^lib +1\.4\.2/m);
    expect((await project.pulumi(["plugin", "ls"])).status).to.equal(0);
  });

  it("of a workspace are installed at its root, and find what is hoisted there", async () => {
    const project = await host.project("workspace", {
      ...dependency,
      "package.json": '{"private":true,"workspaces":["infra/*"]}',
      "infra/stack/package.json": '{"name":"stack","dependencies":{"lib":"file:../../lib"}}',
      "infra/stack/Pulumi.yaml": "name: stack\nruntime: nodejs\n",
      "infra/stack/index.ts": 'export const lib = require("lib/package.json").version;',
    });
    await project.pulumi(["stack", "init", "dev"], { below: "infra/stack" });
    const { status, text } = await project.pulumi(["install"], { below: "infra/stack" });
    expect(status, text).to.equal(0);
    expect(text).to.contain(`Detected workspace root at ${project.folder}\n`);
    for (const name of ["@pulumi/pulumi", "typescript", "ts-node"]) linkModule(name, project.folder);
    const up = await project.up({ below: "infra/stack" });
    expect(up.text).to.contain('lib: "1.4.2"');
    expect(up.status).to.equal(0);
  });

  it("are made from a template", async () => {
    const project = await host.project("made", { "index.ts": "" });
    const name = "$" + "{PROJECT}";
    project.write("template/Pulumi.yaml", `name: ${name}\nruntime: nodejs\ntemplate:\n  description: d\n`);
    project.write("template/index.ts", 'export const made = "from a template";');
    project.write("template/package.json", `{"name":"${name}","dependencies":{"lib":"file:../lib"}}`);
    for (const [path, text] of Object.entries(dependency)) project.write(path, text);
    project.write("fresh/.keep", "");
    const words = ["new", "../template", "--yes", "--force", "--name", "fresh", "--stack", "fresh"];
    const { status, text } = await project.pulumi(words, { below: "fresh" });
    expect(status, text).to.equal(0);
    expect(text).to.contain("Finished installing dependencies");
    expect(project.read("fresh/Pulumi.yaml")).to.match(/^name: fresh$/m);
    expect(project.read("fresh/Pulumi.yaml")).to.match(/packagemanager: npm/);
    expect(existsSync(join(project.folder, "fresh/node_modules/lib"))).to.equal(true);
  });

  it("use component packages of Node, which take the configuration of the program", async () => {
    const project = await host.project("component", {
      "Pulumi.yaml": "name: component\nruntime: nodejs\nplugins:\n  providers:\n    - name: comp\n      path: comp\n",
      "index.ts": `import * as pulumi from "@pulumi/pulumi";
class Thing extends pulumi.ComponentResource { declare readonly shout: pulumi.Output<string>;
  constructor(word: pulumi.Input<string>) { super("comp:index:Thing", "thing", { word, shout: undefined }, {}, true); } }
export const shout = new Thing(pulumi.secret("hello")).shout;`,
      "comp/PulumiPlugin.yaml": "runtime:\n  name: nodejs\n  options:\n    typescript: false\n",
      "comp/package.json": '{"name":"comp","version":"1.2.3","main":"index.js"}',
      "comp/index.ts": "",
      "comp/index.js": `const pulumi = require("@pulumi/pulumi");
exports.Thing = class Thing extends pulumi.ComponentResource {
  constructor(name, args, opts) {
    super("comp:index:Thing", name, args, opts);
    this.shout = pulumi.output(args.word).apply((word) => word.toUpperCase());
    this.registerOutputs({ shout: this.shout });
  } };`,
    });
    project.write("comp/index.ts", componentTypes);
    const { status, text } = await project.up({}, "--show-secrets");
    expect(status, text).to.equal(0);
    expect(text).to.contain("HELLO");
  });

  it("may have resources of their own", async () => {
    host.addDynamicProvider();
    const project = await host.project("dynamic", {
      "index.ts": `import * as pulumi from "@pulumi/pulumi";
const provider: pulumi.dynamic.ResourceProvider = { create: async (i) => ({ id: "1", outs: { double: i.n * 2 } }) };
class Own extends pulumi.dynamic.Resource { declare readonly double: pulumi.Output<number>;
  constructor(n: number) { super(provider, "own", { n, double: undefined }); } }
export const double = new Own(21).double;`,
    });
    const { status, text } = await project.up();
    expect(status, text).to.equal(0);
    expect(text).to.contain("double: 42");
  });

  it("are told what to do where Pulumi's code generators would be needed", async () => {
    const project = await host.project("refused", {
      "index.ts": "",
      "comp/PulumiPlugin.yaml": "runtime: nodejs\n",
      "comp/package.json": '{"name":"comp","version":"1.2.3","main":"index.ts"}',
      "comp/index.ts": componentTypes,
    });
    linkModule("@pulumi/pulumi", join(project.folder, "comp"));
    const added = await project.pulumi(["package", "add", "./comp"]);
    expect(added.status).to.not.equal(0);
    expect(added.text).to.contain(
      "a component package written for Node can be imported as it is, as in npm install ./FOLDER",
    );
    const packed = await project.pulumi(["package", "pack-sdk", "nodejs", "."]);
    expect(packed.status).to.not.equal(0);
    expect(packed.text).to.contain("Run npm pack in the folder of the package.");
  });

  it("are checked by policy packs, which know the stack and its configuration", async () => {
    const project = await host.project("policy", {
      "index.ts": 'import * as pulumi from "@pulumi/pulumi"; new pulumi.ComponentResource("t:m:C", "c");',
      "pack/PulumiPolicy.yaml": "runtime: nodejs\n",
      "pack/package.json": '{"name":"pack","version":"0.0.1"}',
      "pack/index.ts": `import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
new PolicyPack("rules", { policies: [{ name: "none", description: "d", enforcementLevel: "mandatory",
  validateStack: (args, report) => report(pulumi.getStack() + " " + args.resources.length + " " + new pulumi.Config("policy").get("word")) }] });`,
    });
    linkModule("@pulumi/policy", project.folder);
    await project.pulumi(["config", "set", "word", "hi"]);
    const { status, text } = await project.preview({}, "--policy-pack", "pack");
    expect(status).to.not.equal(0);
    expect(text).to.contain("dev 2 hi");
  });

  for (const [manager, version] of [
    ["pnpm", "10"],
    ["yarn", "1"],
    ["bun", "1"],
  ] as const) {
    it(`are installed by ${manager} where their options or lock file ask for it`, async function () {
      if (!all) {
        console.log("      shortened: not run");
        return this.skip();
      }
      const home = join(host.folder, "managers");
      mkdirSync(home, { recursive: true });
      const words = [
        "install",
        "--prefix",
        home,
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        `${manager}@${version}`,
      ];
      execFileSync("npm", words, { stdio: "ignore" });
      const options = `runtime:\n  name: nodejs\n  options:\n    packagemanager: ${manager}\n`;
      const files = {
        ...dependency,
        "package.json": '{"name":"managed","dependencies":{"lib":"file:lib"}}',
        "index.ts": "",
      };
      const path = `${join(home, "node_modules/.bin")}:${host.environment["PATH"]}`;
      const asked = await host.project(
        `asked-${manager}`,
        { ...files, "Pulumi.yaml": `name: asked-${manager}\n${options}` },
        [],
      );
      const missing = await asked.pulumi(["install"]);
      expect(missing.text).to.contain(`could not find ${manager} on the $PATH`);
      const { status, text } = await asked.pulumi(["install"], { env: { PATH: path } });
      expect(status, text).to.equal(0);
      expect(readFileSync(join(asked.folder, "node_modules/lib/package.json"), "utf8")).to.contain("1.4.2");
      const about = await asked.pulumi(["about"], { env: { PATH: path } });
      expect(about.text).to.contain(`packagemanager='${manager}'`).and.contain(`packagemanagerVersion='${version}.`);
      expect(about.text).to.match(/^lib +1\.4\.2/m);
    });
  }
});

const componentTypes = `import * as pulumi from "@pulumi/pulumi";
export interface ThingArgs { word: pulumi.Input<string>; }
export class Thing extends pulumi.ComponentResource {
  public readonly shout: pulumi.Output<string>;
  constructor(name: string, args: ThingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("comp:index:Thing", name, args, opts);
    this.shout = pulumi.output(args.word).apply((word) => word.toUpperCase());
    this.registerOutputs({ shout: this.shout });
  }
}
`;
