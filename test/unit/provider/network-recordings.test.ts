import { expect } from "chai";
import { network } from "../../../provider/network";
import { describeRecordings } from "../../support/recordings";
import { Replay } from "../../support/replay";

describeRecordings("docker.Network against the official plugin's recordings", () => {
  const replay = new Replay(network, { path: "networks", keys: ["Id", "Name"] });

  it("Check", async () => expect(await replay.checks()).to.deep.equal([]));
  it("Diff", async () => expect(await replay.diffs()).to.deep.equal([]));
  it("Create", async () => expect(await replay.creates()).to.deep.equal([]));
  it("Read", async () => expect(await replay.reads()).to.deep.equal([]));
});
