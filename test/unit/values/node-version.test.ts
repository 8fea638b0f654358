import { expect } from "chai";
import { describeFault } from "../../../values/fault";
import { nodeFault } from "../../../values/node-version";

describe("the Node that runs Slipway", () => {
  it("is taken from 22 on", () => {
    for (const version of ["22.0.0", "24.21.0", "100.0.0"]) expect(nodeFault(version)).to.equal(undefined);
  });

  it("is refused below, with what to do", () => {
    const fault = nodeFault("20.20.2");
    expect(fault && describeFault(fault)).to.equal(
      'Node "20.20.2" is too old: the Pulumi SDK needs 22 or newer. Install a newer one; or run `npm install node@24` in the project, which is then used instead of the system\'s.',
    );
  });
});
