import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import * as ts from "typescript";

const root = join(__dirname, "../../..");

/** The TypeScript blocks of a page, as files that stand in the page's folder. */
function programsIn(page: string): Map<string, string> {
  const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```/gms);
  return new Map([...blocks].map(([, text = ""], index) => [join(root, `${page}.${index + 1}.ts`), text]));
}

describe("the code in README and docs", function () {
  this.timeout(120_000);

  it("compiles", () => {
    const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];
    const programs = new Map(pages.filter((page) => page.endsWith(".md")).flatMap((page) => [...programsIn(page)]));
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
});
