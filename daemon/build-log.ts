import { StringDecoder } from "node:string_decoder";
import { eachField } from "./protobuf";

/** One step of a build, as BuildKit reports it. */
interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly cached: boolean;
  readonly started: number | undefined;
  readonly completed: number | undefined;
  readonly error: string;
}

/** Progress inside a step: something that is fetched, unpacked, written. */
interface Status {
  readonly vertex: string;
  readonly id: string;
  readonly completed: number | undefined;
}

interface Output {
  readonly vertex: string;
  readonly timestamp: number | undefined;
  readonly bytes: Uint8Array;
}

interface Step {
  readonly number: number;
  readonly name: string;
  started: number | undefined;
  done: boolean;
  readonly decoder: StringDecoder;
  partial: string;
  partialTime: number | undefined;
  readonly statuses: Set<string>;
  readonly tail: string[];
}

/** The step a build failed at. */
export interface FailedStep {
  /** The instruction as BuildKit names it: `[2/3] RUN npm test`. */
  readonly name: string;
  /** What BuildKit says about it. */
  readonly error: string;
  /** The last lines the step printed, oldest first. */
  readonly output: readonly string[];
  /** Which instruction of the Dockerfile it is, counted from 1. @default to be found by the name */
  readonly instruction?: number;
}

const tailLength = 20;

/**
 * Turns BuildKit's progress records (base64 protobuf, `moby.buildkit.v1.StatusResponse`, the `moby.buildkit.trace` lines of
 * `POST /build?version=2`) into lines to read, each said once: `#3 [2/4] COPY . .`, `#3 0.2 output`, `#3 CACHED`, `#3 DONE 0.3s`.
 */
export class BuildLog {
  private readonly steps = new Map<string, Step>();
  private failure: { step: Step; error: string } | undefined;

  constructor(private readonly onLine: (line: string) => void) {}

  /** The step that failed, if one did. */
  get failed(): FailedStep | undefined {
    if (this.failure === undefined) return undefined;
    const { step, error } = this.failure;
    return { name: step.name, error, output: step.tail };
  }

  /** Takes one record, in base64. */
  add(record: string): void {
    const { vertexes, statuses, outputs } = decodeStatus(Buffer.from(record, "base64"));
    for (const vertex of vertexes) this.open(vertex);
    for (const status of statuses) this.progress(status);
    for (const output of outputs) this.print(output);
    for (const vertex of vertexes) this.close(vertex);
  }

  private open(vertex: Vertex): void {
    const known = this.steps.get(vertex.digest);
    if (known !== undefined) {
      known.started ??= vertex.started;
      return;
    }
    // A step that has not begun may never run (it is below one that fails): it gets its number when it begins.
    if (vertex.started === undefined && !vertex.cached && vertex.error === "") return;
    const step: Step = {
      number: this.steps.size + 1,
      name: vertex.name,
      started: vertex.started,
      done: false,
      decoder: new StringDecoder("utf8"),
      partial: "",
      partialTime: undefined,
      statuses: new Set(),
      tail: [],
    };
    this.steps.set(vertex.digest, step);
    this.say(step, step.name);
  }

  private progress(status: Status): void {
    const step = this.steps.get(status.vertex);
    if (step === undefined || status.completed === undefined || step.statuses.has(status.id)) return;
    step.statuses.add(status.id);
    this.say(step, `${status.id} done`);
  }

  private print(output: Output): void {
    const step = this.steps.get(output.vertex);
    if (step === undefined) return;
    const text = step.partial + step.decoder.write(Buffer.from(output.bytes));
    const lines = text.split("\n");
    step.partial = lines.pop() ?? "";
    step.partialTime = output.timestamp;
    for (const line of lines) this.outputLine(step, line, output.timestamp);
  }

  private outputLine(step: Step, line: string, timestamp: number | undefined): void {
    // A progress bar redraws itself with carriage returns: its last state is what counts.
    const text = line.replace(/\r+$/, "").replace(/^.*\r/s, "");
    step.tail.push(text);
    if (step.tail.length > tailLength) step.tail.shift();
    const after = timestamp === undefined || step.started === undefined ? 0 : Math.max(0, timestamp - step.started);
    this.say(step, `${after.toFixed(1)} ${text}`);
  }

  private close(vertex: Vertex): void {
    const step = this.steps.get(vertex.digest);
    if (step === undefined || step.done || (vertex.completed === undefined && vertex.error === "")) return;
    step.done = true;
    if (step.partial !== "") this.outputLine(step, step.partial, step.partialTime);
    step.partial = "";
    if (vertex.error !== "") {
      const canceled = /context canceled/.test(vertex.error);
      if (!canceled) this.failure ??= { step, error: vertex.error };
      this.say(step, canceled ? "CANCELED" : `ERROR ${vertex.error}`);
    } else if (vertex.cached) this.say(step, "CACHED");
    else this.say(step, `DONE ${((vertex.completed ?? 0) - (step.started ?? vertex.completed ?? 0)).toFixed(1)}s`);
  }

  private say(step: Step, text: string): void {
    this.onLine(`#${step.number} ${text}`);
  }
}

/** Field numbers of moby.buildkit.v1 (control.proto) that are read; all others are skipped. */
function decodeStatus(bytes: Uint8Array): { vertexes: Vertex[]; statuses: Status[]; outputs: Output[] } {
  const vertexes: Vertex[] = [];
  const statuses: Status[] = [];
  const outputs: Output[] = [];
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

function decodeProgress(bytes: Uint8Array): Status {
  const status: { -readonly [K in keyof Status]: Status[K] } = { vertex: "", id: "", completed: undefined };
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

function decodeOutput(bytes: Uint8Array): Output {
  const output: { -readonly [K in keyof Output]: Output[K] } = {
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
