import { expect } from "chai";
import { nearest } from "../../../values/nearest";

describe("nearest", () => {
  const known = ["replicas", "ports", "env", "image", "volumes"];

  it("finds what was meant: a letter less, more, another, two swapped, another case", () => {
    for (const name of ["replica", "replicass", "replikas", "repilcas", "REPLICAS"]) {
      expect(nearest(name, known), name).to.equal("replicas");
    }
    expect(nearest("prots", known)).to.equal("ports");
    expect(nearest("envs", known)).to.equal("env");
  });

  it("suggests nothing that is far away", () => {
    for (const name of ["memory", "x", "networks", ""]) expect(nearest(name, known), name).to.equal(undefined);
  });
});
