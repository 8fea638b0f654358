import { existsSync } from "node:fs";
import { expect } from "chai";
import { CaseReplay, casesFolder } from "../support/language-host-cases";

/** Of each kind of case the one that says most; together they take a fifth of the time of all. */
const telling = [
  "config-types",
  "esm-default",
  "exit-3",
  "late-apply",
  "main-subfolder",
  "nodeargs",
  "plugins",
  "reject-error",
  "resource-error-stack",
  "runtime-info",
  "secrets",
  "sigint",
  "throw-top",
  "transforms",
];

/** The official host hangs on a line of 64 KiB on stderr; the README of the cases lets a host succeed instead. */
const hangsOnly: Readonly<Record<string, readonly string[]>> = {
  "console-long-stderr": ["got  0", 'got  "succeeded"', 'got  {"create": 1}'],
};

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

describe("the language host against the recordings of the official one (../shared beside the checkout)", function () {
  this.timeout(1_800_000);

  it(`behaves alike in ${all ? "all cases" : `${telling.length} cases (shortened)`}`, async function () {
    if (!existsSync(casesFolder)) {
      console.log("      skipped: there are no recorded cases beside this checkout");
      return this.skip();
    }
    const names = all ? CaseReplay.names() : telling;
    const replay = await CaseReplay.prepare();
    try {
      const results = await replay.run(names);
      const differing = results.filter(({ name, differences }) => {
        const allowed = hangsOnly[name];
        if (allowed === undefined) return differences.length > 0;
        return differences.filter((line) => line.startsWith("got")).some((line) => !allowed.includes(line));
      });
      console.log(`      ${results.length - differing.length} of ${results.length} cases without difference`);
      const told = differing.map(({ name, differences }) => `${name}\n  ${differences.join("\n  ")}`);
      expect(differing, told.join("\n")).to.have.length(0);
    } finally {
      replay.remove();
    }
  });
});
