import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The SDK tells the engine, in a debug line each, what it sends and what it is answered: whole requests and answers, secrets in
 * clear (@pulumi/pulumi, runtime/resource.js: "RegisterResource RPC finished: …, resp: …"). They end up in event logs and in
 * `--debug` output, where the engine masks only the stack's config secrets. So the lines stay, and what was sent is left out.
 * The calls of functions have lines that consist of nothing else.
 */
export function hideWireLines(target: string): void {
  const log = logOf(target);
  const debug: unknown = log === undefined ? undefined : Reflect.get(log, "debug");
  if (log === undefined || typeof debug !== "function") return;
  const quiet = (message: unknown, ...rest: readonly unknown[]): unknown =>
    Reflect.apply(debug, log, [typeof message === "string" ? withoutWire(message) : message, ...rest]);
  Reflect.set(log, "debug", quiet);
}

/** A debug line of the SDK without the request or answer that it shows. */
export function withoutWire(line: string): string {
  return line.replace(
    /^((?:[^\n]* RPC (?:prepared|finished)\b[^\n]*?)?,? ?(?:obj=|outputs=|resp: ))[\s\S]*$/,
    "$1[not shown]",
  );
}

/** The SDK's log, as the program's own copy of the SDK has it; undefined for an SDK that is built otherwise. */
function logOf(target: string): object | undefined {
  try {
    const log: unknown = createRequire(target)(join(dirname(target), "..", "..", "log", "index.js"));
    return typeof log === "object" && log !== null ? log : undefined;
  } catch {
    return undefined;
  }
}
