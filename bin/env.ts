import { exportLines } from "../toolchain/environment";
import { ensureStack } from "../toolchain/stack";
import { prepare } from "./prepare";

/** Prints export lines for a shell's eval; all else that is to be said goes to stderr. */
export async function env(): Promise<void> {
  const print = (line: string): void => console.error(`slipway: ${line}`);
  const { pulumi } = await prepare(print);
  await ensureStack(pulumi, print);
  process.stdout.write(exportLines(pulumi.variables));
}
