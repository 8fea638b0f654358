import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * How many steps the engine works on at once. When that many wait, it takes nothing new from the program, so its silence
 * says nothing (pkg/resource/deploy/step_executor.go). It is told by `--parallel`, else PULUMI_PARALLEL, else it is four
 * for each processor (pkg/cmd/pulumi/operations/up.go). Where the engine's command line can't be read, the default counts.
 */
export function engineParallelism(
  words: readonly string[] = parentWords(),
  environment: NodeJS.ProcessEnv = process.env,
): number {
  const given = words.flatMap((word, index) => {
    const value = /^(?:--parallel=|-p=?)(\d+)$/.exec(word)?.[1];
    const isFlag = word === "--parallel" || word === "-p";
    return value !== undefined ? [value] : isFlag ? [words[index + 1] ?? ""] : [];
  });
  const text = given.at(-1) ?? environment["PULUMI_PARALLEL"] ?? "";
  const count = /^\d+$/.test(text) ? Math.max(Number(text), 1) : undefined;
  return count ?? 4 * availableParallelism();
}

function parentWords(): string[] {
  try {
    return readFileSync(`/proc/${process.ppid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
