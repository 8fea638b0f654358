import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isSlipwayError } from "slipway";
import { runStack } from "slipway/testing";
import * as ts from "typescript";

const root = join(__dirname, "../../..");
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith(".md"),
);

/** The TypeScript blocks of a page, as files that stand in the page's folder. */
function programsIn(page: string): Map<string, string> {
  const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts(?: refused)?\n(.*?)^```/gms);
  return new Map([...blocks].map(([, text = ""], index) => [join(root, `${page}.${index + 1}.ts`), text]));
}

describe("the code in README and docs", function () {
  this.timeout(120_000);

  it("compiles", () => {
    const programs = new Map(pages.flatMap((page) => [...programsIn(page)]));
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists } = host;
    host.readFile = (file) => programs.get(file) ?? readFile(file);
    host.fileExists = (file) => programs.has(file) || fileExists(file);
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (file, ...rest) => {
      const text = programs.get(file);
      return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0], true);
    };
    const program = ts.createProgram([...programs.keys()], { ...options, noEmit: true, noUnusedLocals: false }, host);
    const faults = ts.getPreEmitDiagnostics(program).map((one) => {
      const place = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0;
      return `${one.file?.fileName.slice(root.length + 1)}:${place + 1} ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`;
    });
    expect(faults).to.deep.equal([]);
    expect(programs.size).to.be.greaterThan(2);
  });

  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    // A program under "ts refused" is followed by what is said about it.
    const refused = [...text.matchAll(/^```ts refused\n(.*?)^```\n+```\n(.*?)^```/gms)];
    if (refused.length === 0) continue;
    it(`is refused with the words that ${page} shows`, async () => {
      for (const [, program = "", words = ""] of refused) expect(await refusalOf(program)).to.equal(words);
    });
  }
});

/** What a preview says about a program, without the places in it. */
async function refusalOf(program: string): Promise<string> {
  const { outputText } = ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.CommonJS } });
  const run = new Function("exports", "require", outputText);
  const preview = { project: "shop", stack: "dev", preview: true };
  const failure: unknown = await runStack(() => void run({}, require), preview).catch((error: unknown) => error);
  if (!isSlipwayError(failure)) throw new Error(`It was not refused: ${program}`);
  return `${failure.message.replace(/ \(\S+:\d+:\d+\)$/gm, "")}\n`;
}
