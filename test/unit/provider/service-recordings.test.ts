import { expect } from "chai";
import { service } from "../../../provider/service";
import { objectOf, type Properties, type Value } from "../../../provider/value";
import { describeRecordings, equal } from "../../support/recordings";
import { Replay } from "../../support/replay";

const credentials =
  "C6: credentials alone change nothing that runs; and the official Diff names env and sysctl that nobody touched";

const deliberate = {
  "s-full/grpc.up.jsonl Create": "mounts in the swarm's order",
  "s-global/grpc.preview.jsonl Create": "a global service has no replicas, which is known",
  "s-full/grpc.refresh.jsonl Diff": "C5: the official one sees `__meta` change after every refresh, and replaces",
  "s-global/grpc.change.preview.jsonl Diff": credentials,
  "s-global/grpc.change.up.jsonl Diff": credentials,
  "s-full/grpc.refresh.jsonl Read":
    "C5: a network keeps the word that the program has for it; mounts in the swarm's order",
  "im-service/grpc.import.jsonl Read":
    "blocks that are not there are written as after a Create, not as null; no empty dnsConfig",
};

/** `docker service inspect` fills in defaults (`insertDefaults`) that the plain API, which both providers ask, does not. */
function withoutInserted(object: Properties): Properties {
  const { UpdateConfig, RollbackConfig, ...spec } = objectOf(object["Spec"]);
  const inserted = { Parallelism: 1, FailureAction: "pause", Monitor: 5e9, MaxFailureRatio: 0, Order: "stop-first" };
  const own = (value: Value | undefined): Value | undefined => (equal(value, inserted) ? undefined : value);
  const { RestartPolicy, ...task } = objectOf(spec["TaskTemplate"]);
  const isInserted = equal(RestartPolicy, { Condition: "any", Delay: 5e9, MaxAttempts: 0 });
  const rollOut = Object.entries({ UpdateConfig: own(UpdateConfig), RollbackConfig: own(RollbackConfig) });
  return {
    ...object,
    Spec: {
      ...spec,
      TaskTemplate: isInserted ? task : { ...task, ...(RestartPolicy === undefined ? {} : { RestartPolicy }) },
      ...Object.fromEntries(rollOut.filter(([, value]) => value !== undefined)),
    },
  };
}

describeRecordings("docker.Service against the official plugin's recordings", () => {
  const replay = new Replay(service, { path: "services", keys: ["ID", "Spec.Name"], raw: withoutInserted }, deliberate);

  it("Check", async () => expect(await replay.checks()).to.deep.equal([]));
  it("Diff", async () => expect(await replay.diffs()).to.deep.equal([]));
  it("Create", async () => expect(await replay.creates()).to.deep.equal([]));
  it("Read", async () => expect(await replay.reads()).to.deep.equal([]));
});
