import { existsSync, realpathSync } from "node:fs";
import { expect } from "chai";
import { pulumiHome } from "../../toolchain/environment";
import { findLanguageHost } from "../../toolchain/language-host";
import { findPulumi } from "../../toolchain/pulumi-cli";
import { makeBaseImage, startDockerd } from "../support/dockerd";
import { CaseReplay, casesFolder } from "../support/language-host-cases";
import { PulumiProject } from "../support/pulumi";

/** Of each kind of case the one that says most; together they take a tenth of the time of all. */
const telling = ["config-types", "esm-default", "nodeargs", "plugins", "resource-error-stack", "sigint", "transforms"];

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

// Where the user's own CLI has Pulumi's host beside it, set-up leaves both alone, and a project runs on them.
describe("a stock language host", function () {
  this.timeout(300_000);

  it("runs a project with containers, where there is one", async function () {
    const cli = await findPulumi();
    const stock = cli === undefined ? undefined : findLanguageHost(cli, pulumiHome());
    if (stock?.host.origin !== "official") {
      console.log("      not run: no stock host");
      return this.skip();
    }
    const daemon = await startDockerd();
    let project: PulumiProject | undefined;
    try {
      makeBaseImage(daemon);
      project = PulumiProject.make({
        name: "stock",
        daemon,
        program: `import { readlinkSync } from "node:fs";
import { Container } from "slipway";
export const host = readlinkSync("/proc/" + process.ppid + "/exe");
export const id = new Container("web", { image: "slipway-test/busybox:1", command: ["sleep", "1000"] }).id;
`,
      });
      const first = await project.up();
      expect(first.status, first.text).to.equal(0);
      expect(first.text, "the process that ran the program").to.contain(`"${realpathSync(stock.host.path)}"`);
      const second = await project.up({}, "--expect-no-changes");
      expect(second.status, second.text).to.equal(0);
      const end = await project.destroy();
      expect(end.status, end.text).to.equal(0);
    } finally {
      project?.remove();
      await daemon.stop();
    }
  });
});
