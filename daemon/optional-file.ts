import { readFile } from "node:fs/promises";
import { SlipwayError } from "../values/fault";

/** The text of a file; undefined where there is none. One that is there and can't be read is a fault. */
export async function optionalFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const advice = "Make it readable for this user.";
    throw new SlipwayError({ subject: path, problem: `can't be read (${String(code ?? error)})`, advice });
  }
}
