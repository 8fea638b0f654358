import { existsSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { writeComposeProgram } from "../adoption/compose/program";
import { namingOf } from "../components/compose/naming";
import { loadProject } from "../compose/project";
import { findProject } from "../toolchain/paths";
import { ensureStack } from "../toolchain/stack";
import { SlipwayError } from "../values/fault";
import { prepare } from "./prepare";
import { say } from "./steps";

/** What the command was asked for. */
export interface ImportOptions {
  readonly output?: string;
  readonly projectName?: string;
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
}

/** Writes the program for compose files; nothing on the daemon is touched, and nothing of the files. */
export async function importCompose(files: readonly string[], options: ImportOptions): Promise<void> {
  const loaded = loadProject({
    ...(files.length === 0 ? {} : { files }),
    ...(options.projectName === undefined ? {} : { projectName: options.projectName }),
    ...(options.profile.length === 0 ? {} : { profiles: options.profile }),
    ...(options.envFile.length === 0 ? {} : { envFiles: options.envFile }),
  });
  for (const warning of loaded.warnings) say(warning);
  const naming = namingOf(loaded);
  const output = resolve(options.output ?? `${naming.project}.ts`);
  if (existsSync(output)) {
    throw new SlipwayError({ subject: output, problem: "is there already", advice: "Move it, or give --output." });
  }
  const folder = findProject(process.cwd()) ?? process.cwd();
  const { text, secrets } = writeComposeProgram(loaded, naming, folder);
  writeFileSync(output, text);
  say(`Wrote ${output}`);
  if (secrets.size > 0) await keep(secrets);
  console.log(`\n  # import "./${basename(output).replace(/\.ts$/, "")}" in your program, then\n  pulumi preview\n`);
}

/** Secrets go to the stack's config, encrypted, and not into the program. */
async function keep(secrets: ReadonlyMap<string, string>): Promise<void> {
  const keys = [...secrets.keys()];
  if (findProject(process.cwd()) === undefined) {
    say("This folder is in no Pulumi project. Set these there with `pulumi config set --secret KEY`:");
    for (const key of keys) console.log(`  ${key}`);
    return;
  }
  const { pulumi } = await prepare();
  const stack = await ensureStack(pulumi, say);
  for (const [key, value] of secrets) {
    // Over stdin: what stands on a command line is seen by every user of the machine.
    await pulumi.answer(["config", "set", "--secret", "--stack", stack, key], `${value}\n`);
  }
  say(`Kept as secrets in the config of stack ${stack}: ${keys.join(", ")}`);
}
