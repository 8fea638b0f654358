import { baseImageStep } from "../toolchain/base-image";
import { ensureStack, settingOf, stackIn } from "../toolchain/stack";
import { clearBrokenSidecars, clearStaleLocks } from "../toolchain/state";
import { askOutputs } from "./outputs";
import { prepare } from "./prepare";
import { printStack } from "./ps";
import { runSteps, say } from "./steps";

/** A command of Pulumi's that `slipway` runs with everything set up. */
export interface Verb {
  readonly about: string;
  /** Put before the user's own arguments, which win. */
  readonly flags: readonly string[];
}

/** The cycle of a deployment, by the name of the command. */
export const verbs: Readonly<Record<"up" | "preview" | "refresh" | "destroy", Verb>> = {
  up: { about: "deploy the stack", flags: ["--yes", "--skip-preview"] },
  preview: { about: "show what up would change", flags: [] },
  refresh: { about: "read the real state of every resource", flags: ["--yes", "--skip-preview"] },
  // With its preview: Pulumi comes upon a protected resource in its turn only, when half of the stack is gone.
  destroy: { about: "remove everything the stack made", flags: ["--yes"] },
};

/** Sets up what is missing, then runs Pulumi's command with the user's arguments; answers its exit code. */
export async function runVerb(verb: keyof typeof verbs, words: readonly string[]): Promise<number> {
  const { pulumi, engine } = await prepare();
  for (const lock of clearStaleLocks(pulumi.state.backend)) {
    say(`cleared the lock of process ${lock.pid}, which is gone`);
  }
  for (const file of clearBrokenSidecars(pulumi.state.backend)) {
    say(`cleared "${file}", which a run that was killed left empty`);
  }
  const named = stackIn(words);
  const stack = named ?? (await ensureStack(pulumi, say));
  const program = settingOf(pulumi.project, stack, "slipway:stack") ?? "hello";
  // The other stacks of the checkout name their images in their settings.
  if (program === "hello" && (verb === "up" || verb === "preview")) {
    const step = await baseImageStep(pulumi, stack, engine);
    if (step !== undefined) await runSteps([step]);
  }
  const own = named === undefined ? ["--stack", stack] : [];
  const status = await pulumi.run([verb, ...own, ...verbs[verb].flags, ...words]);
  if (status !== 0 || verb !== "up") return status;
  await printStack(pulumi, engine, stack);
  await askOutputs(pulumi, stack);
  return 0;
}
