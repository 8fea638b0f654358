/**
 * One thing that is wrong with what a user wrote or with what was found, in the user's own terms.
 * Wording: subject, fault, the bad value quoted, what to do. Never a secret in any field.
 */
export interface Fault {
  /** What it is about: a resource, a file, a command. Example: `Container "web"`. */
  readonly subject: string;
  /** Where in the subject, as a property path. Example: `ports[0].external`. */
  readonly path?: string;
  /** What is wrong, as the end of a sentence that starts with the path. Example: `is not a port`. */
  readonly problem: string;
  /** The offending value as the user wrote it; it is quoted when shown. Leave out for secrets. */
  readonly value?: unknown;
  /** What to do, as an imperative sentence. Example: `Use a number from 1 to 65535.` */
  readonly advice?: string;
  /** Where in the program it was said, as `file:line:column`. */
  readonly line?: string;
}

const marker = Symbol.for("slipway.error");

/** An error made of faults. It is recognised by {@link isSlipwayError} even across two copies of the package. */
export class SlipwayError extends Error {
  /** Everything that was found wrong, in the order it was found; never empty. */
  readonly faults: readonly Fault[];
  readonly [marker] = true;
  /** Tells Pulumi's runner that the message is for the user and says it all, so that it prints no stack (RunError of the SDK). */
  readonly __pulumiRunError = true;

  /** The options are spelt out: `ErrorOptions` is not in the library of programs whose target is older than es2022. */
  constructor(faults: Fault | readonly Fault[], options?: { readonly cause?: unknown }) {
    const list = isFaultList(faults) ? faults : [faults];
    super(list.map(describeFault).join("\n"), options);
    this.name = "SlipwayError";
    this.faults = list;
  }
}

/** True for a {@link SlipwayError} of this or another copy of the package. */
export function isSlipwayError(error: unknown): error is SlipwayError {
  return typeof error === "object" && error !== null && marker in error;
}

/** One fault as one sentence (or two, with the advice), and the place in the program. */
export function describeFault(fault: Fault): string {
  const where = fault.path === undefined ? fault.subject : `${fault.subject}: ${fault.path}`;
  const value = fault.value === undefined ? "" : ` ${quote(fault.value)}`;
  const advice = fault.advice === undefined ? "" : ` ${fault.advice}`;
  const line = fault.line === undefined ? "" : ` (${fault.line})`;
  return `${where}${value} ${fault.problem.replace(/[.\s]+$/, "")}.${advice}${line}`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function quote(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return `"${text.length > 200 ? `${text.slice(0, 200)}…` : text}"`;
}

function isFaultList(faults: Fault | readonly Fault[]): faults is readonly Fault[] {
  return Array.isArray(faults);
}
