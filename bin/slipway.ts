#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { packageFolder } from "../toolchain/paths";
import { describeFault, isSlipwayError, messageOf, SlipwayError } from "../values/fault";
import { nodeFault } from "../values/node-version";
import type { AdoptOptions } from "./adopt";
import type { ConfigOptions } from "./config";
import { doctor } from "./doctor";
import { env } from "./env";
import type { ImportOptions } from "./import";
import { init } from "./init";
import { makeTools } from "./prepare";
import { ps } from "./ps";
import { refusedBySystem } from "./refused-by-system";
import { runVerb, verbs } from "./verb";

async function main(): Promise<void> {
  const program = new Command("slipway").description(
    "Docker as typed, planned, reconciled TypeScript on the Pulumi engine",
  );
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(join(packageFolder(), "package.json"), "utf8"),
  );
  program.version(manifest.version);
  program.enablePositionalOptions();
  // The doctor says it too, with all the rest.
  program.hook("preAction", (_program, command) => {
    const fault = nodeFault();
    if (fault !== undefined && command.name() !== "doctor") throw new SlipwayError(fault);
  });
  program
    .command("setup")
    .description("find or make everything that a deployment needs")
    .action(async () => {
      await makeTools();
    });
  program.command("env").description('print export lines for plain pulumi: eval "$(npx slipway env)"').action(env);
  for (const verb of ["up", "preview", "refresh", "destroy"] as const) {
    program
      .command(verb)
      .description(verbs[verb].about)
      .argument("[arguments...]", "passed on to pulumi")
      .allowUnknownOption()
      .passThroughOptions()
      .helpOption(false)
      .action(async (words: string[]) => {
        process.exitCode = await runVerb(verb, words);
      });
  }
  program
    .command("ps")
    .description("what this stack runs, like docker ps -a")
    .option("-s, --stack <name>", "the stack", undefined)
    .action((options: { stack?: string }) => ps(options.stack));
  program
    .command("doctor")
    .description("what was found and where, what is wrong, what to do")
    .action(async () => {
      process.exitCode = await doctor();
    });
  program
    .command("init")
    .description("prepare a Pulumi project of your own, or make one in an empty folder")
    .action(init);
  const several = (value: string, before: string[]): string[] => [...before, value];
  program
    .command("adopt")
    .description("write an import list and a program for containers, networks and volumes that are there already")
    .argument("[names...]", "names or ids")
    .option("-l, --label <label[=value]>", "everything with this label", several, [])
    .option("-c, --compose <project>", "everything of this compose project", several, [])
    .option("--lost", "what this stack made before its state was lost")
    .option("--provider <id>", "with --lost: of which clone of the project")
    .action(async (names: string[], options: AdoptOptions) => {
      // It brings the provider's reading along, which no other command needs.
      const { adopt } = await import("./adopt.js");
      await adopt(names, options);
    });
  program
    .command("import")
    .description("write the TypeScript program for compose files, with the same plan")
    .argument("[files...]", "compose files, later ones over earlier ones")
    .option("-o, --output <file>", "where to write it (default: PROJECT.ts)")
    .option("-p, --project-name <name>", "compose's name of the project")
    .option("--profile <name>", "a profile to turn on", several, [])
    .option("--env-file <file>", "variables for the files", several, [])
    .action(async (files: string[], options: ImportOptions) => {
      // It brings the reading of compose files along.
      const { importCompose } = await import("./import.js");
      await importCompose(files, options);
    });
  program
    .command("config")
    .description("print what is read of compose files, as docker compose config does")
    .argument("[files...]", "compose files, later ones over earlier ones")
    .option("--format <format>", "yaml or json", "yaml")
    .option("-p, --project-name <name>", "compose's name of the project")
    .option("--project-directory <folder>", "what relative paths in the files start from")
    .option("--profile <name>", "a profile to turn on", several, [])
    .option("--env-file <file>", "variables for the files", several, [])
    .option("--hash <services>", "print config hashes: of services with commas between them, or of all by *")
    .option("--services", "print the names of services")
    .option("--images", "print the names of images")
    .option("--variables", "print the variables that the files name")
    .option("--environment", "print the variables as the files see them")
    .option("-q, --quiet", "print nothing, just check")
    .option("--no-interpolate", "leave variables as written")
    .option("--no-path-resolution", "leave paths as written")
    .option("--no-env-resolution", "leave env_file unread")
    .option("--no-consistency", "leave the rules of combinations unchecked")
    .option("--no-normalize", "leave out defaults that are computed")
    .action(async (files: string[], options: ConfigOptions) => {
      const { config } = await import("./config.js");
      config(files, options);
    });
  await program.parseAsync();
}

/** While Pulumi runs, it answers signals (toolchain/pulumi.ts); else this command ends, and what it had begun is undone. */
function leaveOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      console.error("\nslipway: stopped. Run the command again: it takes up what is done.");
      process.exit(128 + constants.signals[signal]);
    });
  }
}

leaveOnSignals();
main().catch((thrown: unknown) => {
  const error = refusedBySystem(thrown) ?? thrown;
  const lines = isSlipwayError(error) ? error.faults.map(describeFault) : [messageOf(error)];
  for (const line of lines) console.error(`slipway: ${line}`);
  process.exit(1);
});
