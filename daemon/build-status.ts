import { eachField } from "./protobuf";

/** One record of progress: steps that began or ended, what moved in them, what they printed. */
export interface BuildStatus {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly StepProgress[];
  readonly outputs: readonly StepOutput[];
}

/** One step of a build, as BuildKit reports it. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly error: string;
}

/** Progress inside a step: something that is fetched, unpacked, written. */
export interface StepProgress {
  readonly vertex: string;
  readonly id: string;
  readonly completed: number | undefined;
}

/** A piece of what a step printed. */
export interface StepOutput {
  readonly vertex: string;
  readonly timestamp: number | undefined;
  readonly bytes: Uint8Array;
}

/**
 * A record as the Engine hands it on: base64 protobuf, `moby.buildkit.v1.StatusResponse`, the `moby.buildkit.trace` lines of
 * `POST /build?version=2`. Field numbers are those of buildkit's control.proto; what is not read is skipped.
 */
export function statusOfTrace(record: string): BuildStatus {
  const vertexes: Vertex[] = [];
  const statuses: StepProgress[] = [];
  const outputs: StepOutput[] = [];
  const bytes = Buffer.from(record, "base64");
  eachField(bytes, {
    1: (reader) => vertexes.push(decodeVertex(reader.readBytes())),
    2: (reader) => statuses.push(decodeProgress(reader.readBytes())),
    3: (reader) => outputs.push(decodeOutput(reader.readBytes())),
  });
  return { vertexes, statuses, outputs };
}

function decodeVertex(bytes: Uint8Array): Vertex {
  const vertex: { -readonly [K in keyof Vertex]: Vertex[K] } = {
    digest: "",
    name: "",
    cached: false,
    started: undefined,
    completed: undefined,
    error: "",
  };
  eachField(bytes, {
    1: (reader) => {
      vertex.digest = reader.readString();
    },
    3: (reader) => {
      vertex.name = reader.readString();
    },
    4: (reader) => {
      vertex.cached = reader.readBool();
    },
    5: (reader) => {
      vertex.started = decodeTime(reader.readBytes());
    },
    6: (reader) => {
      vertex.completed = decodeTime(reader.readBytes());
    },
    7: (reader) => {
      vertex.error = reader.readString();
    },
  });
  return vertex;
}

function decodeProgress(bytes: Uint8Array): StepProgress {
  const status: { -readonly [K in keyof StepProgress]: StepProgress[K] } = { vertex: "", id: "", completed: undefined };
  eachField(bytes, {
    1: (reader) => {
      status.id = reader.readString();
    },
    2: (reader) => {
      status.vertex = reader.readString();
    },
    8: (reader) => {
      status.completed = decodeTime(reader.readBytes());
    },
  });
  return status;
}

function decodeOutput(bytes: Uint8Array): StepOutput {
  const output: { -readonly [K in keyof StepOutput]: StepOutput[K] } = {
    vertex: "",
    timestamp: undefined,
    bytes: new Uint8Array(),
  };
  eachField(bytes, {
    1: (reader) => {
      output.vertex = reader.readString();
    },
    2: (reader) => {
      output.timestamp = decodeTime(reader.readBytes());
    },
    4: (reader) => {
      output.bytes = reader.readBytes();
    },
  });
  return output;
}

/** A google.protobuf.Timestamp, in seconds. */
function decodeTime(bytes: Uint8Array): number {
  let seconds = 0;
  let nanos = 0;
  eachField(bytes, {
    1: (reader) => {
      seconds = reader.readInt64();
    },
    2: (reader) => {
      nanos = reader.readInt32();
    },
  });
  return seconds + nanos / 1e9;
}

/** A record as `docker buildx build --progress rawjson` prints it: a line of JSON (buildkit, client/graph.go, SolveStatus). */
export function statusOfJson(line: string): BuildStatus | undefined {
  const record = objectIn(line);
  if (record === undefined) return undefined;
  const list = (name: string): object[] => {
    const value: unknown = Reflect.get(record, name);
    return Array.isArray(value) ? value.filter((item: unknown) => typeof item === "object" && item !== null) : [];
  };
  return {
    vertexes: list("vertexes").map((item) => ({
      digest: text(item, "digest"),
      name: text(item, "name"),
      cached: Reflect.get(item, "cached") === true,
      started: time(item, "started"),
      completed: time(item, "completed"),
      error: text(item, "error"),
    })),
    statuses: list("statuses").map((item) => ({
      vertex: text(item, "vertex"),
      id: text(item, "id"),
      completed: time(item, "completed"),
    })),
    outputs: list("logs").map((item) => ({
      vertex: text(item, "vertex"),
      timestamp: time(item, "timestamp"),
      bytes: Buffer.from(text(item, "data"), "base64"),
    })),
  };
}

function objectIn(line: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function text(item: object, name: string): string {
  const value: unknown = Reflect.get(item, name);
  return typeof value === "string" ? value : "";
}

/** Seconds of a point in time in RFC 3339. */
function time(item: object, name: string): number | undefined {
  const value = text(item, name);
  return value === "" ? undefined : Date.parse(value) / 1000;
}
