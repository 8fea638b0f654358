import type { Engine } from "../daemon/client";
import { requireProject } from "../toolchain/paths";
import { Pulumi } from "../toolchain/pulumi";
import { findTools, SetUp, type Tools } from "../toolchain/set-up";
import { ensureState } from "../toolchain/state";
import { type Print, runSteps, say } from "./steps";

/** A project with everything that running the engine in it takes. */
export interface Prepared {
  readonly pulumi: Pulumi;
  readonly engine: Engine;
}

/** Finds the tools, silently when nothing has to be made, else step by step. */
export async function prepareTools(print?: Print): Promise<Tools> {
  return (await findTools()) ?? (await makeTools(print));
}

/** Runs every step of the set-up, also those that find everything in its place. */
export async function makeTools(print?: Print): Promise<Tools> {
  const setUp = new SetUp();
  await runSteps(setUp.steps, print);
  return setUp.tools;
}

/** The tools, the state and the environment for the project at or above the current folder. */
export async function prepare(print?: Print): Promise<Prepared> {
  const project = requireProject(process.cwd());
  const { cli, engine } = await prepareTools(print);
  const state = ensureState(project);
  if (state.isNew) (print ?? say)(`State of this project, with the passphrase of its secrets: ${state.backend}`);
  return { pulumi: new Pulumi(cli, project, state), engine };
}
