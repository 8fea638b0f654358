import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const count = all ? 100 : 20;

interface LoggedCall {
  readonly method: string;
  readonly progress: string;
  readonly timestamp: string;
  readonly duration: number;
}

// Every preview looks at every container: that must not be what it waits for.
describe(`reading ${count} containers${all ? "" : " (shortened from 100; npm run test:all runs all)"}`, function () {
  this.timeout(590_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    project = PulumiProject.make({
      name: "reads",
      daemon,
      program: `import * as docker from "@pulumi/docker";
for (let i = 0; i < ${count}; i++) {
  new docker.Container("c" + i, { name: "reads-" + i, image: "slipway-test/busybox:1", command: ["sleep", "1000"], start: false });
}
`,
    });
  });

  after(async () => {
    project?.remove();
    await daemon?.stop();
  });

  it("takes less than a tenth of a preview", async () => {
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    const log = join(project.folder, "grpc.jsonl");
    const began = performance.now();
    const preview = await project.preview({ PULUMI_DEBUG_GRPC: log }, "--expect-no-changes");
    const whole = performance.now() - began;
    expect(preview.status, preview.text).to.equal(0);
    const lines = readFileSync(log, "utf8").split("\n").filter(Boolean);
    const reads = lines
      .map((line): LoggedCall => JSON.parse(line))
      .filter((call) => call.method.endsWith("/Read") && call.progress === "response_completed");
    expect(reads).to.have.length(count);
    const ends = reads.map((call) => Date.parse(call.timestamp));
    const starts = reads.map((call) => Date.parse(call.timestamp) - call.duration / 1e6);
    const span = Math.max(...ends) - Math.min(...starts);
    console.log(`      ${count} reads in ${span.toFixed(0)} ms of a preview of ${whole.toFixed(0)} ms`);
    expect(span).to.be.below(whole / 10);
  });
});
