import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adopt as describe } from "../adoption/adopt";
import { writeRunningProject } from "../adoption/compose/running";
import type { ImportFile } from "../adoption/import-file";
import { recover } from "../adoption/lost";
import { pick } from "../adoption/selection";
import type { Engine } from "../daemon/client";
import type { Pulumi } from "../toolchain/pulumi";
import { ensureStack, projectName, shortName } from "../toolchain/stack";
import { SlipwayError } from "../values/fault";
import { prepare } from "./prepare";
import { say } from "./steps";

/** What the command was asked for. */
export interface AdoptOptions {
  readonly label: readonly string[];
  readonly compose: readonly string[];
  readonly lost?: boolean;
  readonly provider?: string;
}

const listFile = "adopted.import.json";
const programFile = "adopted.ts";

/** Writes the import list for objects that run already, and the program that declares them; it changes nothing on the daemon. */
export async function adopt(names: readonly string[], options: AdoptOptions): Promise<void> {
  const { pulumi, engine } = await prepare();
  const stack = await ensureStack(pulumi, say);
  if (options.lost === true) await recoverLost(pulumi, engine, stack, options.provider);
  else await adoptPicked(pulumi, engine, stack, names, options);
}

async function adoptPicked(
  pulumi: Pulumi,
  engine: Engine,
  stack: string,
  names: readonly string[],
  { label, compose }: AdoptOptions,
): Promise<void> {
  if (names.length + label.length + compose.length === 0) {
    throw new SlipwayError({
      subject: "slipway adopt",
      problem: "was not told what to adopt",
      advice: "Name containers, networks or volumes, or use --label, --compose or --lost.",
    });
  }
  const program = join(pulumi.project, programFile);
  if (existsSync(program)) {
    throw new SlipwayError({ subject: programFile, problem: "is there already", advice: "Move or remove it first." });
  }
  const [project, ...others] = compose;
  if (project !== undefined && names.length + label.length + others.length === 0) {
    const text = await writeRunningProject(engine, project, pulumi.project);
    if (text !== undefined) {
      writeFileSync(program, text);
      say(`Wrote ${programFile} for the compose files of ${project}. Take it over with:`);
      console.log(
        `\n  # import "./${programFile.replace(/\.ts$/, "")}" in your program, then\n  pulumi preview\n  pulumi up\n`,
      );
      return;
    }
  }
  const picked = await pick(engine, { names, labels: label, projects: compose });
  const adoption = await describe(engine, picked);
  for (const [key, value] of adoption.program.secrets) {
    // Over stdin: what stands on a command line is seen by every user of the machine.
    await pulumi.answer(["config", "set", "--secret", "--stack", stack, key], `${value}\n`);
  }
  writeFileSync(program, adoption.program.text);
  writeList(pulumi, adoption.importFile);
  const secrets = [...adoption.program.secrets.keys()];
  for (const { kind, name } of picked) console.log(`  ${kind.padEnd(9)} ${name}`);
  if (secrets.length > 0) say(`Kept as secrets in Pulumi.${shortName(stack)}.yaml: ${secrets.join(", ")}`);
  say(`Wrote ${programFile} and ${listFile}. Take them over with:`);
  console.log(`\n  ${importCommand(stack)}`);
  console.log(`  # import "./${programFile.replace(/\.ts$/, "")}" in your program, then\n  pulumi preview --diff\n`);
}

async function recoverLost(pulumi: Pulumi, engine: Engine, stack: string, provider: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-adopt-"));
  try {
    const file = join(folder, "planned.json");
    say("Asking the program what it wants and the state lacks (a preview)");
    await pulumi.answer(["preview", "--stack", stack, "--import-file", file], "", { SLIPWAY_LISTING: "true" });
    const planned: ImportFile = JSON.parse(readFileSync(file, "utf8"));
    const project = projectName(pulumi.project);
    const { importFile, found, missing } = await recover(engine, planned, project, shortName(stack), provider);
    if (found.length === 0) {
      throw new SlipwayError({
        subject: `Stack "${stack}"`,
        problem: "has nothing on this daemon that its state lacks",
        advice: "Check that DOCKER_HOST, project and stack name are those of the lost stack.",
      });
    }
    writeList(pulumi, importFile);
    say(`Found again: ${found.join(", ")}`);
    if (missing.length > 0) say(`Not importable or not there, the next up makes it: ${missing.join(", ")}`);
    say(`Wrote ${listFile}. Take it into the state with:`);
    console.log(`\n  ${importCommand(stack)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeList(pulumi: Pulumi, list: ImportFile): void {
  writeFileSync(join(pulumi.project, listFile), `${JSON.stringify(list, null, 2)}\n`);
}

/** Without protection: a protected resource could not be replaced, and the program says what is to be kept. */
function importCommand(stack: string): string {
  return `pulumi import --stack ${stack} --file ${listFile} --protect=false --generate-code=false --yes`;
}
