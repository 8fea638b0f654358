import { bugMessage } from "./bug";
import type { Deployment } from "./deployment";

/**
 * An error that nothing caught, such as one in a callback of a socket. What the process knows may be wrong from then on, so
 * it ends; but first what is under way ends as by Ctrl-C, so that what served before serves again, and the error is said on
 * standard error, which the engine shows. Without this Node ends at once, half-way through a swap.
 */
export function endAfterCrash(deployment: Deployment, abort: (why: Error) => void): void {
  let isEnding = false;
  // Whoever reads them may be gone, as after kill -9 of the engine: a line that can't be written must not end up here in turn.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${bugMessage(error, "An error outside of every call")}\n`);
    if (isEnding) return;
    isEnding = true;
    abort(new Error("the provider has an error"));
    void deployment.idle().then(() => process.exit(1));
  });
}
