import { expect } from "chai";
import { diffInputs } from "../../../provider/diff";
import { type Properties, unknown } from "../../../provider/value";

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

  it("names the whole input where a part of it is not known yet and its meaning is compared", () => {
    const ports = { ports: { on: "replace", meaning: () => [] } } as const;
    const news: Properties = { ports: [{ internal: unknown }] };
    expect(diffInputs(ports, { ports: [] }, news)).to.deep.equal([{ path: "ports", kind: "add", effect: "replace" }]);
  });

  it("keeps what is not known yet in a set", () => {
    const news: Properties = { envs: [unknown, "B=2"] };
    expect(diffInputs(rules, { envs: ["A=1", "B=2"] }, news)).to.deep.equal([
      { path: "envs[0]", kind: "update", effect: "replace" },
    ]);
  });

  it("takes lists inside a value as sets where the rule says so, and names the place in the program's list", () => {
    const inner = { networks: { on: "update", unordered: true, sets: ["aliases"] } } as const;
    const olds = { networks: [{ name: "n", aliases: ["a", "b"] }] };
    expect(diffInputs(inner, olds, { networks: [{ name: "n", aliases: ["b", "a"] }] })).to.deep.equal([]);
    const caps = { capabilities: { on: "replace", sets: ["adds"] } } as const;
    expect(
      diffInputs(caps, { capabilities: { adds: ["B", "A"] } }, { capabilities: { adds: ["A", "C", "B"] } }),
    ).to.deep.equal([{ path: "capabilities.adds[1]", kind: "add", effect: "replace" }]);
  });

  it("asks the rule what a change takes where that hangs on the values", () => {
    const limits = { memory: { on: (_: unknown, after: unknown) => (after === null ? "replace" : "update") } } as const;
    expect(diffInputs(limits, { memory: 64 }, {})[0]?.effect).to.equal("replace");
    expect(diffInputs(limits, { memory: 64 }, { memory: 65 })[0]?.effect).to.equal("update");
  });

  it("leaves the ignored part of an input alone, and tells what else of it changes", () => {
    const table = { build: { on: "update" }, ports: { on: "replace", unordered: true } } as const;
    const paths = (olds: Properties, news: Properties, ...ignored: string[]): string[] =>
      diffInputs(table, olds, news, ignored).map(({ path }) => path);
    const olds = { build: { args: { A: "1" }, target: "a" }, ports: [{ internal: 80, external: 1 }] };
    const news = { build: { args: { A: "2" }, target: "b" }, ports: [{ internal: 80, external: 2 }] };
    expect(paths(olds, news, "build.args", "ports[0].external")).to.deep.equal(["build.target"]);
    expect(paths(olds, news, "build.target", "ports[*].external")).to.deep.equal(["build.args.A"]);
    expect(paths(olds, news, 'build.args["A"]', "ports")).to.deep.equal(["build.target"]);
    expect(
      paths(olds, { ...news, ports: [{ internal: 81, external: 2 }] }, "build", "ports[0].external"),
    ).to.deep.equal(["ports[0]"]);
    expect(paths({}, news, "build.args")).to.deep.equal(["build", "ports"]);
  });

  it("leaves ignored inputs alone", () => {
    expect(diffInputs(rules, { memory: 64 }, { memory: 65 }, ["memory"])).to.deep.equal([]);
  });
});
