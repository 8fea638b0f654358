/** Errors that only a mistake in the code throws. */
const mistakes = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError];

/**
 * The message for an error that no user can have caused: it says that it is Slipway's fault, and what to report. Undefined
 * for every other error.
 */
export function asBug(error: unknown, doing: string): string | undefined {
  const isMistake = mistakes.some((kind) => error instanceof kind) || !(error instanceof Error);
  return isMistake ? bugMessage(error, doing) : undefined;
}

/** What to report of an error that nobody expected. */
export function bugMessage(error: unknown, doing: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : `Something thrown: ${String(error)}`;
  const lines = stack.split("\n").slice(0, 6);
  const where = `${doing}, Node ${process.versions.node}, ${process.platform}-${process.arch}`;
  return [
    "This is a bug in Slipway, not in your program. Please report it with the lines below.",
    `  ${where}`,
    ...lines.map((line) => `  ${line.trim()}`),
  ].join("\n");
}
