import { ComposeError } from "../fault";
import { exists, isFolder, readText } from "../files";
import { DotenvError, parseDotenv } from "./dotenv";

/**
 * What files of variables say, later ones over earlier ones. Values may name variables of `current`, which win over those
 * of the files. @throws {@link ComposeError}
 */
export function readEnvFiles(
  files: readonly string[],
  current: ReadonlyMap<string, string>,
  warn: (warning: string) => void,
): Map<string, string> {
  const variables = new Map<string, string>();
  for (const file of files) {
    if (!exists(file)) throw refusal(file, "does not exist", "Create it, or name another file of variables.");
    if (isFolder(file)) throw refusal(file, "is a folder", "Name a file of variables.");
    try {
      parseDotenv(readText(file), variables, { lookup: (name) => current.get(name) ?? variables.get(name), warn });
    } catch (error) {
      if (!(error instanceof DotenvError)) throw error;
      throw refusal(file, error.message, "Correct the line.", error.line);
    }
  }
  return variables;
}

function refusal(file: string, problem: string, advice: string, line?: number): ComposeError {
  return new ComposeError("load", {
    subject: file,
    problem,
    advice,
    ...(line !== undefined && { line: `${file}:${line}` }),
  });
}
