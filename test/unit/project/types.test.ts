import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import * as ts from "typescript";

const root = join(__dirname, "../../..");

describe("what must not compile (test/types)", function () {
  this.timeout(120_000);

  it("does not, and what is right does", () => {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const files = readdirSync(join(root, "test/types")).map((name) => join(root, "test/types", name));
    const program = ts.createProgram(files, { ...options, noEmit: true });
    const faults = ts.getPreEmitDiagnostics(program).map((one) => {
      const line = one.file?.getLineAndCharacterOfPosition(one.start ?? 0).line ?? 0;
      return `${one.file?.fileName.slice(root.length + 1)}:${line + 1} ${ts.flattenDiagnosticMessageText(one.messageText, "\n")}`;
    });
    expect(faults).to.deep.equal([]);
    expect(files).to.have.length.greaterThan(0);
  });
});
