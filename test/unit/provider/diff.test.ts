import { expect } from "chai";
import { diffInputs } from "../../../provider/diff";
import { unknown } from "../../../provider/value";

const rules = {
  envs: { on: "replace", unordered: true },
  memory: { on: "update" },
  ports: { on: "replace" },
} as const;

describe("the diff of inputs", () => {
  it("names the element that changed", () => {
    expect(diffInputs(rules, { envs: ["A=1", "B=2"] }, { envs: ["B=2", "A=3"] })).to.deep.equal([
      { path: "envs[1]", kind: "update", effect: "replace" },
    ]);
  });

  it("sees a removed input", () => {
    expect(diffInputs(rules, { memory: 64 }, {})).to.deep.equal([{ path: "memory", kind: "delete", effect: "update" }]);
  });

  it("takes null, an empty list and nothing for the same, and the bridge's bookkeeping for nothing", () => {
    expect(diffInputs(rules, { envs: [], memory: null }, {})).to.deep.equal([]);
    expect(
      diffInputs(rules, { ports: [{ __defaults: ["ip"], internal: 80 }] }, { ports: [{ internal: 80 }] }),
    ).to.deep.equal([]);
  });

  it("goes down to the leaf", () => {
    expect(diffInputs(rules, { ports: [{ internal: 80 }] }, { ports: [{ internal: 81 }] })).to.deep.equal([
      { path: "ports[0].internal", kind: "update", effect: "replace" },
    ]);
  });

  it("counts what is not known yet as a change", () => {
    expect(diffInputs(rules, { memory: 64 }, { memory: unknown })).to.have.length(1);
  });

  it("leaves ignored inputs alone", () => {
    expect(diffInputs(rules, { memory: 64 }, { memory: 65 }, ["memory"])).to.deep.equal([]);
  });
});
