import { StringDecoder } from "node:string_decoder";
import type { BuildStatus, StepOutput, StepProgress, Vertex } from "./build-status";

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

/** Turns BuildKit's progress records into lines to read, each said once: `#3 [2/4] COPY . .`, `#3 0.2 output`, `#3 CACHED`, `#3 DONE 0.3s`. */
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

  /** Takes one record. */
  add({ vertexes, statuses, outputs }: BuildStatus): void {
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

  private progress(status: StepProgress): void {
    const step = this.steps.get(status.vertex);
    if (step === undefined || status.completed === undefined || step.statuses.has(status.id)) return;
    step.statuses.add(status.id);
    this.say(step, `${status.id} done`);
  }

  private print(output: StepOutput): void {
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
