import { expect } from "chai";
import { logsToStderr, withoutValues } from "../../../toolchain/engine-log";

describe("the engine's log", () => {
  const line = (msg: string): string => JSON.stringify({ time: "2026-01-01", level: "INFO", msg, v: 9 });

  it("names the properties of a wire and leaves their values out", () => {
    const dumps = [
      ["Unmarshaling property for RPC[ResourceMonitor.RegisterResource(x)]: value={hunter2}", "value=[not shown]"],
      ["Marshaling property for RPC[Provider[docker].Check.olds]: envs=[{A=hunter2}\n{B}]", "envs=[not shown]"],
      ["Unmarshaling property for RPC[x]: a=b=hunter2", "a=[not shown]"],
    ] as const;
    for (const [msg, shown] of dumps) {
      const answer = withoutValues(line(msg));
      expect(answer).to.contain(shown).and.contain('"v":9').and.not.contain("hunter2");
    }
  });

  it("shows nothing of a dump that is not a record", () => {
    expect(withoutValues("I0101 Unmarshaling property for RPC[x]: value={hunter2}")).to.not.contain("hunter2");
  });

  it("leaves every other line as it is", () => {
    for (const one of ["error: it failed", line("planner decided not to update"), ""])
      expect(withoutValues(one)).to.equal(one);
  });

  it("is on stderr where a flag says so", () => {
    expect(logsToStderr(["up", "--logtostderr", "-v=9"])).to.equal(true);
    expect(logsToStderr(["up", "--logtostderr=true"])).to.equal(true);
    expect(logsToStderr(["up", "--logtostderr=false"])).to.equal(false);
    expect(logsToStderr(["up", "-v=9"])).to.equal(false);
  });
});
