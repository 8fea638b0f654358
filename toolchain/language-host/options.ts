import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";

/** The package managers a project may name in `runtime.options.packagemanager`. */
export type PackageManagerName = "npm" | "yarn" | "pnpm" | "bun";

/** The `runtime.options` of Pulumi.yaml that concern Node programs. */
export interface RuntimeOptions {
  /** Whether TypeScript entry files are compiled on the fly. */
  readonly typescript: boolean;
  /** The tsconfig.json to use instead of the one beside the program. */
  readonly tsconfig: string | undefined;
  /** Arguments for Node itself, before the program. */
  readonly nodeArgs: readonly string[];
  /** The package manager asked for; `auto` goes by the lock file. */
  readonly packageManager: PackageManagerName | "auto";
}

const managers: readonly string[] = ["auto", "npm", "yarn", "pnpm", "bun"];

/** Reads the runtime options of a program; throws with the engine's wording on a wrong one. */
export function readOptions(info: ProgramInfo | undefined): RuntimeOptions {
  const raw: Readonly<Record<string, unknown>> = info?.getOptions()?.toJavaScript() ?? {};
  return {
    typescript: flag(raw["typescript"], "typescript"),
    tsconfig: text(raw["tsconfig"], "tsconfig"),
    nodeArgs: splitArguments(text(raw["nodeargs"], "nodeargs") ?? ""),
    packageManager: manager(raw["packagemanager"]),
  };
}

/** Splits a command line the way a POSIX shell does: blanks, single and double quotes, backslashes. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote === "'") {
      if (character === "'") quote = "";
      else word += character;
    } else if (character === "\\") {
      at++;
      word = (word ?? "") + line.charAt(at);
    } else if (quote === '"') {
      if (character === '"') quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") throw new Error("nodeargs option has a quote that is not closed");
  if (word !== undefined) words.push(word);
  return words;
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === "boolean") return value;
  throw new Error(`${name} option must be a boolean`);
}

function text(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new Error(`${name} option must be a string`);
}

function manager(value: unknown): PackageManagerName | "auto" {
  const name = text(value, "packagemanager") ?? "auto";
  if (isManager(name)) return name;
  throw new Error(`packagemanager option must be one of auto, npm, yarn, pnpm or bun, got "${name}"`);
}

function isManager(name: string): name is PackageManagerName | "auto" {
  return managers.includes(name);
}
