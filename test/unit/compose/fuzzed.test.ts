import { expect } from "chai";
import { parseGoDuration, printGoDuration } from "../../../compose/decode/go-duration";
import { shellWords } from "../../../compose/decode/shell-words";
import { Float } from "../../../compose/tree";
import { plainScalar } from "../../../compose/yaml/scalar";

/** What test/fuzz/compose.ts and comparisons with compose's own answers have found. */
describe("compose: what random input has found", () => {
  it("a duration whose unit is a word of JavaScript's objects", () => {
    for (const text of ["1__proto__", "1constructor", "1.5toString"]) expect(parseGoDuration(text)).to.equal(undefined);
  });

  it("durations with fractions, days and weeks are printed as Go does", () => {
    const printed = ["1.5h", "1d", "1w2d", "90m", "1500ms", "1.5ms", "1us", "0.1us", "-90s", "0", "1h0m0.5s"].map(
      (text) => printGoDuration(parseGoDuration(text) ?? -1n),
    );
    expect(printed).to.deep.equal([
      "1h30m0s",
      "24h0m0s",
      "216h0m0s",
      "1h30m0s",
      "1.5s",
      "1.5ms",
      "1µs",
      "100ns",
      "-1m30s",
      "0s",
      "1h0m0.5s",
    ]);
  });

  it("a command line with escapes, brackets and quotes in each other", () => {
    expect(shellWords("a 'b \"c' \"d 'e\" f\\ g \\t")).to.deep.equal(["a", 'b "c', "d 'e", "f g", "\t"]);
    expect(shellWords("echo $(a b) `c d` ; rm")).to.deep.equal(["echo", "$(a b)", "`c d`"]);
    expect(shellWords("a '' \"\"")).to.deep.equal(["a", "", ""]);
    expect(shellWords("a 2>b")).to.deep.equal(["a"]);
    for (const line of ["a 'b", 'a "b', "a (b)", "a)", "a `b", "a \\", "é)`)"])
      expect(shellWords(line)).to.equal(undefined);
  });

  it("numbers that YAML 1.1 and Go write otherwise", () => {
    const values = ["017", "0o17", "0x1F", "0b11", "1_000", "+12", "08", "190:20:30", "yes", "~"].map(plainScalar);
    expect(values).to.deep.equal([15, 15, 31, 3, 1000, 12, new Float(8), "190:20:30", "yes", null]);
    expect(plainScalar("18446744073709551615")).to.equal(18446744073709551615n);
    expect(plainScalar("-0")).to.deep.equal(new Float(-0));
  });
});
