import { expect } from "chai";
import { secret } from "../../../provider/secret";
import { serviceConfig } from "../../../provider/service-config";
import { describeRecordings } from "../../support/recordings";
import { Replay } from "../../support/replay";

const labels = "C6: the swarm changes labels in place";

describeRecordings("docker.Secret against the official plugin's recordings", () => {
  const replay = new Replay(
    secret,
    { path: "secrets", keys: ["ID", "Spec.Name"] },
    {
      "sec-auto/grpc.change.preview.jsonl Diff": labels,
      "sec-auto/grpc.change.up.jsonl Diff": labels,
    },
  );

  it("Check", async () => expect(await replay.checks()).to.deep.equal([]));
  it("Diff", async () => expect(await replay.diffs()).to.deep.equal([]));
  it("Create", async () => expect(await replay.creates()).to.deep.equal([]));
  it("Read", async () => expect(await replay.reads()).to.deep.equal([]));
});

describeRecordings("docker.ServiceConfig against the official plugin's recordings", () => {
  const replay = new Replay(serviceConfig, { path: "configs", keys: ["ID", "Spec.Name"] });

  it("Check", async () => expect(await replay.checks()).to.deep.equal([]));
  it("Diff", async () => expect(await replay.diffs()).to.deep.equal([]));
  it("Create", async () => expect(await replay.creates()).to.deep.equal([]));
  it("Read", async () => expect(await replay.reads()).to.deep.equal([]));
});
