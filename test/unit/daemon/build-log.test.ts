import { expect } from "chai";
import { BinaryWriter } from "google-protobuf";
import { BuildLog } from "../../../daemon/build-log";
import { type BuildStatus, statusOfTrace } from "../../../daemon/build-status";

describe("the log of a build", () => {
  let lines: string[];
  let log: BuildLog;

  beforeEach(() => {
    lines = [];
    log = new BuildLog((line) => lines.push(line));
  });

  it("says each thing once", () => {
    const copy = { digest: "a", name: "[1/2] COPY . .", started: 10 };
    log.add(record({ vertexes: [{ digest: "z", name: "[2/2] RUN later" }] }));
    log.add(record({ vertexes: [copy] }));
    log.add(record({ vertexes: [{ ...copy, completed: 10.25 }] }));
    log.add(record({ vertexes: [{ ...copy, completed: 10.25 }] }));
    log.add(
      record({ vertexes: [{ digest: "b", name: "[2/2] WORKDIR /w", started: 11, completed: 11, cached: true }] }),
    );
    expect(lines).to.deep.equal(["#1 [1/2] COPY . .", "#1 DONE 0.3s", "#2 [2/2] WORKDIR /w", "#2 CACHED"]);
  });

  it("joins output that arrives in pieces, a letter cut in two included", () => {
    const run = { digest: "a", name: "RUN x", started: 10 };
    const [first = 0, second = 0] = Buffer.from("é");
    log.add(record({ vertexes: [run], outputs: [{ vertex: "a", time: 10.2, bytes: [0x64, first] }] }));
    log.add(record({ outputs: [{ vertex: "a", time: 10.3, bytes: [second, 0x0a, 0x65] }] }));
    log.add(record({ vertexes: [{ ...run, completed: 11 }] }));
    expect(lines).to.deep.equal(["#1 RUN x", "#1 0.3 dé", "#1 0.3 e", "#1 DONE 1.0s"]);
  });

  it("keeps the last state of a line that redraws itself", () => {
    const bytes = [...Buffer.from("10%\r50%\r100%\r\n")];
    log.add(
      record({ vertexes: [{ digest: "a", name: "RUN x", started: 1 }], outputs: [{ vertex: "a", time: 1, bytes }] }),
    );
    expect(lines.at(-1)).to.equal("#1 0.0 100%");
  });

  it("remembers the step that failed and its last lines, not the steps cancelled with it", () => {
    const bytes = [...Buffer.from(Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join(""))];
    const vertex = { digest: "a", name: "[2/3] RUN npm test", started: 1 };
    log.add(record({ vertexes: [vertex, { digest: "b", name: "other", started: 1 }] }));
    log.add(record({ outputs: [{ vertex: "a", time: 1, bytes }] }));
    log.add(
      record({ vertexes: [{ digest: "b", name: "other", started: 1, completed: 2, error: "context canceled" }] }),
    );
    log.add(record({ vertexes: [{ ...vertex, completed: 2, error: "exit code: 3" }] }));
    expect(log.failed?.name).to.equal("[2/3] RUN npm test");
    expect(log.failed?.error).to.equal("exit code: 3");
    expect(log.failed?.output).to.have.length(20);
    expect(log.failed?.output.at(-1)).to.equal("line 29");
    expect(lines).to.include("#2 CANCELED");
  });
});

interface VertexLike {
  readonly digest: string;
  readonly name: string;
  readonly started?: number;
  readonly completed?: number;
  readonly cached?: boolean;
  readonly error?: string;
}

interface OutputLike {
  readonly vertex: string;
  readonly time: number;
  readonly bytes: readonly number[];
}

function record(status: { vertexes?: readonly VertexLike[]; outputs?: readonly OutputLike[] }): BuildStatus {
  const writer = new BinaryWriter();
  for (const vertex of status.vertexes ?? []) {
    const inner = new BinaryWriter();
    inner.writeString(1, vertex.digest);
    inner.writeString(2, "an input, to be skipped");
    inner.writeString(3, vertex.name);
    inner.writeBool(4, vertex.cached ?? false);
    if (vertex.started !== undefined) inner.writeBytes(5, time(vertex.started));
    if (vertex.completed !== undefined) inner.writeBytes(6, time(vertex.completed));
    inner.writeString(7, vertex.error ?? "");
    writer.writeBytes(1, inner.getResultBuffer());
  }
  for (const output of status.outputs ?? []) {
    const inner = new BinaryWriter();
    inner.writeString(1, output.vertex);
    inner.writeBytes(2, time(output.time));
    inner.writeInt64(3, 1);
    inner.writeBytes(4, Uint8Array.from(output.bytes));
    writer.writeBytes(3, inner.getResultBuffer());
  }
  return statusOfTrace(Buffer.from(writer.getResultBuffer()).toString("base64"));
}

function time(seconds: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeInt64(1, Math.floor(seconds));
  writer.writeInt32(2, Math.round((seconds % 1) * 1e9));
  return writer.getResultBuffer();
}
