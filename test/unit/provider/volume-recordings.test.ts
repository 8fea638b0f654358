import { expect } from "chai";
import { volume } from "../../../provider/volume";
import { describeRecordings } from "../../support/recordings";
import { Replay } from "../../support/replay";

describeRecordings("docker.Volume against the official plugin's recordings", () => {
  const replay = new Replay(
    volume,
    { path: "volumes", keys: ["Name"] },
    {
      "v-exists/grpc.up.jsonl Create":
        "B2: the official one adopts a volume that is there and states labels that it has not",
      "im-volume/grpc.import.jsonl Read": "B2: `adopted` in the state, so that what was imported survives a destroy",
    },
  );

  it("Check", async () => expect(await replay.checks()).to.deep.equal([]));
  it("Diff", async () => expect(await replay.diffs()).to.deep.equal([]));
  it("Create", async () => expect(await replay.creates()).to.deep.equal([]));
  it("Read", async () => expect(await replay.reads()).to.deep.equal([]));
});
