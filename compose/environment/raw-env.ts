import type { Lookup } from "../interpolation/template";
import { DotenvError } from "./dotenv";

/**
 * Reads a file of variables as `docker run --env-file` does (`format: raw`): a line is `KEY=value`, nothing is unquoted or
 * replaced; a key alone takes its value from the lookup. @throws {@link DotenvError}
 */
export function parseRawEnv(text: string, variables: Map<string, string>, lookup: Lookup): void {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  lines.forEach((full, index) => {
    const line = full.replace(/\r$/, "").trimStart();
    if (line === "" || line.startsWith("#")) return;
    const at = line.indexOf("=");
    const key = at === -1 ? line : line.slice(0, at);
    if (key === "") throw new DotenvError(index + 1, "has no name before the =");
    if (/[ \t]/.test(key)) throw new DotenvError(index + 1, "has a key with white space in it");
    const value = at === -1 ? lookup(line) : line.slice(at + 1);
    if (value !== undefined) variables.set(key, value);
  });
}
