import { Listr } from "listr2";
import { type Report, spell } from "../toolchain/report";
import type { Step } from "../toolchain/set-up";

/** How often a line of progress is shown where there is no terminal, in ms. */
const interval = 30_000;

/** One line of this command's own among what Pulumi prints. */
export function say(line: string): void {
  console.log(`slipway: ${line}`);
}

/** Where steps show what they do: the terminal if stdout is one, else plain lines by this function. */
export type Print = (line: string) => void;

/** Runs steps one after the other; each says what it does when it begins, and what it came to and in what time. */
export async function runSteps(steps: readonly Step[], print?: Print): Promise<void> {
  if (print === undefined && process.stdout.isTTY) await onTerminal(steps);
  else await inLines(steps, print ?? say);
}

async function onTerminal(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map((step) => ({
    title: step.title,
    task: async (_context: unknown, task: { title: string; output: string }) => {
      const started = Date.now();
      const found = await step.run((line) => {
        task.output = line;
      });
      task.title = `${found} (${spell(Date.now() - started)})`;
    },
  }));
  // Ctrl-C is for the command itself to answer (bin/slipway.ts).
  const options = { registerSignalListeners: false, rendererOptions: { showErrorMessage: false } };
  await new Listr(tasks, options).run();
}

async function inLines(steps: readonly Step[], print: Print): Promise<void> {
  for (const step of steps) {
    const started = Date.now();
    let told = started;
    print(step.title);
    const report: Report = (line, kind) => {
      if (kind === "progress" && Date.now() - told < interval) return;
      told = Date.now();
      print(`  ${line}`);
    };
    print(`  ${await step.run(report)} (${spell(Date.now() - started)})`);
  }
}
