import { dirname, relative, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Fault, SlipwayError } from "../values/fault";

// A second copy of the package in one program shares the list, so that a user sees one message.
const key = Symbol.for("slipway.refusals");

/**
 * Refuses the arguments of a component. In a preview the program goes on, with outputs that are not known, so that the
 * faults of all its components are said at once when it ends; in an `up` nothing more may begin, so it throws.
 * @param line place in the program, for what is found out later than the call that led to it
 * @returns true when there is a fault, and the component must make no children.
 * @throws {@link SlipwayError} with every fault, unless this is a preview.
 */
export function refuse(faults: readonly Fault[], line?: string): boolean {
  if (faults.length === 0) return false;
  const place = line ?? placeInProgram();
  const located = place === undefined ? faults : faults.map((fault) => ({ line: place, ...fault }));
  const pending = refusals();
  if (!pulumi.runtime.isDryRun()) {
    // What is found inside an output may be thrown where nobody waits for it.
    if (line !== undefined) pending.push(...located);
    throw new SlipwayError(located);
  }
  if (pending.length === 0) process.once("beforeExit", throwRefusals);
  pending.push(...located);
  return true;
}

/** Throws what a preview has refused so far, all of it in one error; nothing when there is nothing. */
export function throwRefusals(): void {
  const faults = refusals().splice(0);
  process.removeListener("beforeExit", throwRefusals);
  if (faults.length === 0) return;
  const error = new SlipwayError(faults);
  // Pulumi's runner prints the stack of what is thrown this late; there is nothing of the program in it.
  error.stack = error.message;
  throw error;
}

/** Forgets what was refused in a run of this process that is over. */
export function forgetRefusals(): void {
  refusals().splice(0);
  process.removeListener("beforeExit", throwRefusals);
}

/** An output of a component whose arguments were refused: what hangs on it is not known in a preview either. */
export function unknownOutput<T>(): pulumi.Output<T> {
  return pulumi.output<unknown>(pulumi.unknown) as pulumi.Output<T>;
}

function refusals(): Fault[] {
  const present: unknown = Reflect.get(globalThis, key);
  if (Array.isArray(present)) return present;
  const fresh: Fault[] = [];
  Reflect.set(globalThis, key, fresh);
  return fresh;
}

/** `file:line:column` of the call in the program that led here, relative to the project; undefined when no frame is the user's. */
export function placeInProgram(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  const own = dirname(__filename) + sep;
  for (const [, path = "", place] of stack.matchAll(/\(?((?:\/|[A-Za-z]:\\|file:\/\/)[^()\n]+?):(\d+:\d+)\)?$/gm)) {
    const file = path.replace(/^file:\/\//, "");
    if (file.startsWith(own) || file.includes(`${sep}node_modules${sep}`)) continue;
    const inside = relative(process.cwd(), file);
    return `${inside.startsWith("..") ? file : inside}:${place}`;
  }
  return undefined;
}
