import { expect } from "chai";
import { splitArguments } from "../../../../toolchain/language-host/options";

describe("splitArguments", () => {
  it("splits as a shell does", () => {
    expect(splitArguments(`--a=1  --title 'a b' "c \\" d" e\\ f ''`)).to.deep.equal([
      "--a=1",
      "--title",
      "a b",
      'c " d',
      "e f",
      "",
    ]);
    expect(splitArguments("")).to.deep.equal([]);
  });

  it("refuses an open quote", () => {
    expect(() => splitArguments("'a")).to.throw("quote");
  });
});
