import { expect } from "chai";
import { canonicalPlatform, isPlatform } from "../../../values/platform";

describe("platforms", () => {
  for (const [text, canonical] of [
    ["linux/amd64", "linux/amd64"],
    ["Linux/x86_64", "linux/amd64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["linux", "linux"],
    ["linux/", undefined],
    ["", undefined],
    ["a b", undefined],
  ] as const) {
    it(`"${text}" is ${canonical}`, () => expect(canonicalPlatform(text)).to.equal(canonical));
  }

  it("an image is of the platform, of another, or can't be compared", () => {
    const image = { Os: "linux", Architecture: "amd64" };
    for (const text of ["linux", "linux/amd64", "linux/x86_64"]) expect(isPlatform(image, text), text).to.equal(true);
    for (const text of ["linux/arm64", "windows", "windows/amd64"])
      expect(isPlatform(image, text), text).to.equal(false);
    const arm = { Os: "linux", Architecture: "arm", Variant: "v6" };
    expect(isPlatform(arm, "linux/arm/v6")).to.equal(true);
    expect(isPlatform(arm, "linux/arm")).to.equal(false);
  });
});
