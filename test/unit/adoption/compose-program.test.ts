import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ComposeProject } from "slipway";
import { type Registered, runStack } from "slipway/testing";
import * as ts from "typescript";
import { writeComposeProgram } from "../../../adoption/compose/program";
import type { Program } from "../../../adoption/program";
import { namingOf } from "../../../components/compose/naming";
import { loadProject } from "../../../compose/project";
import { isSlipwayError } from "../../../values/fault";

const root = join(__dirname, "../../..");
const fixtures = join(root, "test/fixtures/compose");
const names = readdirSync(fixtures).sort();

/** The files of a fixture, as `docker compose` would find them, and the environment. */
function optionsOf(name: string) {
  const override = name === "dev" ? ["compose.override.yaml"] : [];
  const files = ["compose.yaml", ...override].map((file) => join(fixtures, name, file));
  const profiles = ["notebook", "dev"].includes(name) ? ["*"] : [];
  return { files, profiles, environment: { SESSION_SECRET: "made-up" } };
}

function programOf(name: string): Program {
  const loaded = loadProject(optionsOf(name));
  return writeComposeProgram(loaded, namingOf(loaded), process.cwd());
}

describe("slipway import of compose files", function () {
  this.timeout(120_000);

  for (const name of names) {
    it(`plans what ComposeProject plans: ${name}`, async () => {
      const { project } = loadProject(optionsOf(name));
      const program = programOf(name);
      const config = Object.fromEntries([...program.secrets].map(([key, value]) => [`project:${key}`, value]));
      const written = await runStack(() => run(program.text), { config, functions });
      const declared = await runStack(() => void new ComposeProject(project.name, optionsOf(name)), { functions });
      expect(planOf(written.resources)).to.deep.equal(planOf(declared.resources));
      expect(planOf(declared.resources).length).to.be.greaterThan(2);
    });
  }

  it("type-checks, under the strictest flags", () => {
    const programs = new Map(names.map((name) => [join(root, `docs/${name}.ts`), programOf(name).text]));
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists } = host;
    const getSourceFile = host.getSourceFile.bind(host);
    host.readFile = (file) => programs.get(file) ?? readFile(file);
    host.fileExists = (file) => programs.has(file) || fileExists(file);
    host.getSourceFile = (file, ...rest) => {
      const text = programs.get(file);
      return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0], true);
    };
    const checked = ts.createProgram([...programs.keys()], { ...options, noEmit: true, noUnusedLocals: false }, host);
    const faults = ts.getPreEmitDiagnostics(checked).map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0;
      return `${one.file?.fileName}:${line + 1} ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`;
    });
    expect(faults).to.deep.equal([]);
  });

  it("keeps secrets out of the program, and writes it for people", () => {
    const { text, secrets } = programOf("web-db-cache");
    expect(text).not.to.contain("made-up");
    expect([...secrets]).to.deep.equal([["web-SESSION_SECRET", "made-up"]]);
    expect(text).to.contain('const db = new Container("web-db-cache-db-1", {');
    expect(text).to.contain("}, { dependsOn: [cache, db] });");
    const workers = programOf("queue-workers").text;
    expect(workers).to.contain("const worker = [1, 2, 3, 4].map((number) => {");
  });

  it("refuses what can't be done, each with its place in the file", () => {
    const file = join(root, "test/fixtures/compose-refused.yaml");
    const loaded = loadProject({ files: [file] });
    let faults: readonly string[] = [];
    try {
      writeComposeProgram(loaded, namingOf(loaded), root);
    } catch (error) {
      if (isSlipwayError(error)) faults = error.faults.map(({ path, line }) => `${path} ${line?.replace(/^.*\//, "")}`);
    }
    expect(faults).to.deep.equal([
      "services.a.build.privileged compose-refused.yaml:3:26",
      "services.a.use_api_socket compose-refused.yaml:4:5",
      "services.b.provider compose-refused.yaml:6:5",
    ]);
  });
});

/** The Engine's resources, in an order of their own: the order of labels says nothing. */
function planOf(resources: readonly Registered[]): object[] {
  const own = resources.filter(({ type }) => type.startsWith("docker:"));
  const plan = own.map(({ type, name, inputs, secrets }) => ({ type, name, inputs: sorted(inputs), secrets }));
  return plan.sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

function sorted(inputs: Readonly<Record<string, unknown>>): object {
  const labels = inputs["labels"];
  if (!Array.isArray(labels)) return inputs;
  return { ...inputs, labels: labels.map((one) => JSON.stringify(one)).sort() };
}

const functions = { "docker:index/getNetwork:getNetwork": (args: object) => ({ ...args, id: "made-up" }) };

function run(program: string): void {
  const { outputText } = ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  new Function("exports", "require", outputText)({}, require);
}
