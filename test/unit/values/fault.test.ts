import { expect } from "chai";
import { describeFault, isSlipwayError, SlipwayError } from "../../../values/fault";

describe("a fault", () => {
  it("reads as subject, path, value, problem, advice", () => {
    const text = describeFault({
      subject: 'Container "web"',
      path: "ports[0].external",
      value: 99999,
      problem: "is not a port",
      advice: "Use a number from 1 to 65535.",
    });
    expect(text).to.equal('Container "web": ports[0].external "99999" is not a port. Use a number from 1 to 65535.');
  });

  it("is recognised by its marker", () => {
    expect(isSlipwayError(new SlipwayError({ subject: "x", problem: "is bad" }))).to.equal(true);
    expect(isSlipwayError(new Error("x"))).to.equal(false);
  });
});
