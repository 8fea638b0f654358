import { basename } from "node:path";
import type { Fault } from "../values/fault";
import { ComposeError } from "./fault";
import { interpolateText } from "./interpolation/interpolate";
import type { LoadedFile, Loading } from "./loading";
import { isMapping, kindOf } from "./tree";

/** Small letters, digits, `_` and `-`, a letter or digit first. */
export function normalizeProjectName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}

/**
 * The project's name: what was asked for, else COMPOSE_PROJECT_NAME, else `name:` of the last file that has it, else that
 * of the folder. Empty when nothing is left of it. @throws {@link ComposeError} when what was asked for is no name
 */
export function projectNameOf(
  asked: string | undefined,
  files: readonly LoadedFile[],
  directory: string,
  environment: ReadonlyMap<string, string>,
  loading: Loading,
  interpolates: boolean,
): string {
  const fixed = asked || environment.get("COMPOSE_PROJECT_NAME") || undefined;
  if (fixed !== undefined) {
    if (normalizeProjectName(fixed) === fixed) return fixed;
    throw new ComposeError("load", {
      subject: "project name",
      value: fixed,
      problem: "is none",
      advice: "Use small letters, digits, _ and -, with a letter or digit first.",
    });
  }
  const written = writtenName(files, environment, loading, interpolates);
  return normalizeProjectName(written ?? basename(directory));
}

function writtenName(
  files: readonly LoadedFile[],
  environment: ReadonlyMap<string, string>,
  loading: Loading,
  interpolates: boolean,
): string | undefined {
  let found: { readonly file: LoadedFile; readonly name: string } | undefined;
  for (const file of files) {
    for (const { value } of file.documents) {
      const name = isMapping(value) ? value["name"] : undefined;
      if (typeof name === "object" && name !== null) {
        const line = file.source.locate(["name"])?.at;
        throw new ComposeError("yaml", {
          subject: file.source.name,
          path: "name",
          problem: `is ${kindOf(name)}, where text is wanted`,
          advice: "Give a name.",
          ...(line !== undefined && { line }),
        });
      }
      if (typeof name === "string" && name !== "") found = { file, name };
    }
  }
  if (found === undefined || !interpolates) return found?.name;
  const faults: Fault[] = [];
  const name = interpolateText(found.name, ["name"], {
    source: found.file.source,
    lookup: (variable) => environment.get(variable),
    warn: loading.warn,
    fault: (fault) => faults.push(fault),
  });
  if (faults.length > 0) throw new ComposeError("interpolation", faults);
  return name;
}
