import { isAbsolute } from "node:path";
import { readEnvFiles } from "./environment/env-files";
import { ComposeError } from "./fault";
import { absolute, exists, folderOf, isFolder, joinPaths } from "./files";
import type { LoadOptions } from "./options";

const names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrideNames = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** Which files a project is read from, and the variables that are known before. All paths are absolute. */
export interface ProjectFiles {
  readonly files: readonly string[];
  readonly directory: string;
  readonly envFiles: readonly string[];
  readonly environment: Map<string, string>;
  readonly warnings: readonly string[];
}

/** Finds the files as `docker compose` does (`--file`, COMPOSE_FILE, the folder and its parents). @throws {@link ComposeError} */
export function findProjectFiles(options: LoadOptions): ProjectFiles {
  const from = absolute(process.cwd(), options.directory ?? "");
  const warnings: string[] = [];
  const warn = (warning: string): void => void warnings.push(warning);
  const environment = new Map<string, string>();
  for (const [name, value] of Object.entries(options.environment ?? process.env)) {
    if (value !== undefined) environment.set(name, value);
  }
  if (!environment.has("PWD")) environment.set("PWD", from);
  const given = (options.files ?? []).map((file) => absolute(from, file));
  const fixed = options.projectDirectory === undefined ? undefined : absolute(from, options.projectDirectory);
  const named = envFilesOf(options, environment, from);
  const folder = (files: readonly string[]): string => fixed ?? (files[0] === undefined ? from : folderOf(files[0]));
  // Twice, as compose does: a .env file may say which compose files there are, and these where the project is.
  let envFiles = mergeEnvFiles(named, folder(given), environment, warn);
  const files = given.length > 0 ? given : (filesOfEnvironment(environment, from) ?? searchUp(fixed ?? from, warn));
  if (files.length === 0) {
    throw new ComposeError("load", {
      subject: "compose file",
      problem: `is neither in ${from} nor in a folder above`,
      advice: `Create ${names[0]}, or name the files.`,
    });
  }
  const directory = folder(files);
  envFiles = mergeEnvFiles(named, directory, environment, warn) ?? envFiles;
  return { files, directory, envFiles: envFiles ?? [], environment, warnings };
}

function envFilesOf(
  options: LoadOptions,
  environment: ReadonlyMap<string, string>,
  from: string,
): readonly string[] | undefined {
  const listed = environment.get("COMPOSE_ENV_FILES")?.split(",") ?? [];
  const files = options.envFiles ?? listed.filter((file) => file !== "");
  return files.length === 0 ? undefined : files.map((file) => absolute(from, file));
}

/** Reads the files of variables into the environment, which wins over them; gives those that were read. */
function mergeEnvFiles(
  named: readonly string[] | undefined,
  directory: string,
  environment: Map<string, string>,
  warn: (warning: string) => void,
): readonly string[] | undefined {
  const standard = joinPaths(directory, ".env");
  const isOff = /^(?:1|t|T|TRUE|true|True)$/.test(environment.get("COMPOSE_DISABLE_ENV_FILE") ?? "");
  const files = named ?? (!isOff && exists(standard) && !isFolder(standard) ? [standard] : undefined);
  for (const [name, value] of readEnvFiles(files ?? [], environment, warn)) {
    if (!environment.has(name)) environment.set(name, value);
  }
  return files;
}

function filesOfEnvironment(environment: ReadonlyMap<string, string>, from: string): readonly string[] | undefined {
  const separator = environment.get("COMPOSE_PATH_SEPARATOR") || ":";
  const files = environment.get("COMPOSE_FILE")?.split(separator);
  return files?.map((file) => (isAbsolute(file) ? file : absolute(from, file)));
}

function searchUp(from: string, warn: (warning: string) => void): readonly string[] {
  for (let folder = from; ; folder = folderOf(folder)) {
    const found = candidates(names, folder, warn, "config");
    if (found !== undefined) {
      const override = candidates(overrideNames, folder, warn, "override");
      return override === undefined ? [found] : [found, override];
    }
    if (folderOf(folder) === folder) return [];
  }
}

function candidates(
  list: readonly string[],
  folder: string,
  warn: (warning: string) => void,
  kind: string,
): string | undefined {
  const found = list.map((name) => joinPaths(folder, name)).filter(exists);
  if (found.length > 1)
    warn(`Found multiple ${kind} files with supported names: ${found.join(", ")}; using ${found[0]}`);
  return found[0];
}
