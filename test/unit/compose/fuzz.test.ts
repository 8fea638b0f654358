import { expect } from "chai";
import { fuzz } from "../../fuzz/compose";

describe("compose: random input", function () {
  this.timeout(60_000);

  it("makes neither the loader nor a parser of a short form hang, crash or throw what is no refusal", () => {
    const seed = Number(process.env["SLIPWAY_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
    const { inputs, accepted, findings } = fuzz(seed, 2000);
    console.log(
      `      seed ${seed}: ${inputs} inputs, ${accepted} projects accepted (2 s; 10 minutes: test/fuzz/compose.ts)`,
    );
    expect(findings).to.deep.equal([]);
  });
});
