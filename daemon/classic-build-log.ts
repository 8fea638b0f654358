import type { FailedStep } from "./build-log";

const tailLength = 20;

/** What the classic builder says of itself rather than of the build. */
const noise =
  /^ ---> |^Removing intermediate container |^Successfully (?:built|tagged) |^Sending build context|^\s*$|^\[Warning\] One or more build-args/;

/**
 * Turns the text of the classic builder (`POST /build?version=1`) into the lines that {@link BuildLog} gives of BuildKit's
 * records: `#2 [2/3] RUN make`, `#2 output`, `#2 CACHED`.
 */
export class ClassicBuildLog {
  private partial = "";
  private step: { readonly number: number; readonly name: string; readonly tail: string[] } | undefined;

  constructor(private readonly onLine: (line: string) => void) {}

  /** The step that runs, which is the one that failed once the build has. */
  get failed(): FailedStep | undefined {
    if (this.step === undefined) return undefined;
    return { name: this.step.name, error: "", output: this.step.tail, instruction: this.step.number };
  }

  /** Takes a piece of text; lines may come in several. */
  add(text: string): void {
    const lines = (this.partial + text).split("\n");
    this.partial = lines.pop() ?? "";
    for (const line of lines) this.line(line.replace(/\r+$/, "").replace(/^.*\r/s, ""));
  }

  private line(line: string): void {
    const begins = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (begins !== null) {
      const [, number, total, instruction = ""] = begins;
      this.step = { number: Number(number), name: `[${number}/${total}] ${instruction}`, tail: [] };
      this.say(this.step.name);
    } else if (/^ ---> Using cache/.test(line)) this.say("CACHED");
    else if (!noise.test(line)) {
      this.step?.tail.push(line);
      if ((this.step?.tail.length ?? 0) > tailLength) this.step?.tail.shift();
      this.say(line);
    }
  }

  private say(text: string): void {
    this.onLine(this.step === undefined ? text : `#${this.step.number} ${text}`);
  }
}
