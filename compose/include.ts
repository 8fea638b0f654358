import { isAbsolute } from "node:path";
import { loadDocument, type Resets } from "./compose-document";
import { readEnvFiles } from "./environment/env-files";
import { ComposeError } from "./fault";
import { absolute, exists, folderOf, isFolder, joinPaths, relativeTo } from "./files";
import { LoadFault } from "./load-fault";
import type { Loading, Treatment } from "./loading";
import { mergeAt } from "./merge/merge";
import { applyResets } from "./merge/reset";
import { cloneMapping, isList, isMapping, kindOf, type Mapping, mapping, type Value } from "./tree";

/** One entry of `include`, names of files as written. */
interface Entry {
  readonly paths: readonly string[];
  readonly projectDirectory: string | undefined;
  readonly envFiles: readonly string[];
}

const kinds = ["services", "volumes", "networks", "secrets", "configs", "models"] as const;

/** Brings in the resources of the files that a document includes; its own win. Changes the document. */
export function applyInclude(
  document: Mapping,
  resets: Resets,
  loading: Loading,
  treatment: Treatment,
  including: readonly string[],
): void {
  const entries = entriesOf(document["include"]);
  entries.forEach((entry, index) => {
    const included = load(entry, index, loading, treatment, including);
    for (const kind of kinds) bringIn(included, document, kind, resets);
  });
  delete document["include"];
}

function load(
  entry: Entry,
  index: number,
  loading: Loading,
  treatment: Treatment,
  including: readonly string[],
): Mapping {
  const place = ["include", index];
  const files = entry.paths.map((path) => {
    if (/^(?:oci:\/\/|https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(path)) {
      throw new LoadFault(
        place,
        "is a remote file, which Slipway does not fetch",
        path,
        "Put a copy into the project.",
      );
    }
    return absolute(treatment.fileBase, path);
  });
  const [main] = files;
  if (main === undefined) return mapping();
  if (including.includes(main)) {
    const at = loading.sources.positionOf(place);
    throw new ComposeError("cycle", {
      subject: including.at(-1) ?? main,
      path: `include[${index}]`,
      value: entry.paths[0],
      problem: `closes a cycle: ${[...including, main].join(" → ")}`,
      advice: "Remove one of these includes.",
      ...(at !== undefined && { line: at }),
    });
  }
  const { projectDirectory, pathBase } = basesOf(entry, main, loading, treatment);
  const environment = new Map([
    ...readEnvFiles(
      envFilesOf(entry, projectDirectory, place, loading, treatment),
      treatment.environment,
      loading.warn,
    ),
    ...treatment.environment,
  ]);
  const key = JSON.stringify([files, pathBase, projectDirectory, [...environment].sort()]);
  const known = loading.includes.get(key);
  if (known !== undefined) return cloneMapping(known);
  const missing = files.find((file) => !exists(file));
  if (missing !== undefined) throw new LoadFault(place, "does not exist", missing, "Name a compose file.");
  const inner: Treatment = { ...treatment, resolvesPaths: true, fileBase: projectDirectory, pathBase, environment };
  const document = loadDocument(files, loading, inner, including);
  loading.includes.set(key, cloneMapping(document));
  return document;
}

/** The folder of the included project, and how the including one sees it. */
function basesOf(
  entry: Entry,
  main: string,
  loading: Loading,
  treatment: Treatment,
): { readonly projectDirectory: string; readonly pathBase: string } {
  const given = entry.projectDirectory;
  if (given === undefined) {
    const folder = folderOf(main);
    return { projectDirectory: folder, pathBase: relativeTo(treatment.fileBase, folder) };
  }
  if (isAbsolute(given)) return { projectDirectory: given, pathBase: given };
  const seen = absolute(treatment.fileBase, given);
  return {
    projectDirectory: absolute(loading.directory, joinPaths(treatment.pathBase, given)),
    pathBase: relativeTo(treatment.fileBase, isFolder(seen) ? seen : folderOf(seen)),
  };
}

function envFilesOf(
  entry: Entry,
  projectDirectory: string,
  place: readonly (string | number)[],
  loading: Loading,
  treatment: Treatment,
): readonly string[] {
  if (entry.envFiles.length === 0) {
    const file = joinPaths(projectDirectory, ".env");
    return exists(file) && !isFolder(file) ? [file] : [];
  }
  return entry.envFiles.flatMap((name) => {
    if (name === "/dev/null") return [];
    const file = absolute(loading.directory, joinPaths(isAbsolute(name) ? "" : treatment.pathBase, name));
    if (!exists(file) || isFolder(file)) {
      throw new LoadFault(
        [...place, "env_file"],
        exists(file) ? "is a folder" : "does not exist",
        name,
        "Name a file.",
      );
    }
    return [file];
  });
}

function bringIn(included: Mapping, document: Mapping, kind: (typeof kinds)[number], resets: Resets): void {
  const from = included[kind];
  if (!isMapping(from)) return;
  const present = document[kind] ?? null;
  if (present !== null && !isMapping(present))
    throw new LoadFault([kind], `is ${kindOf(present)}`, present, "Give a mapping.");
  const to = present ?? mapping();
  for (const name of Object.keys(from)) {
    const theirs = from[name] ?? null;
    const ours = to[name] ?? null;
    if (ours === null || theirs === null) {
      to[name] = ours ?? theirs;
      continue;
    }
    if (!isMapping(ours) || !isMapping(theirs))
      throw new LoadFault([kind, name], `is ${kindOf(ours)}`, ours, "Give a mapping.");
    applyResets(mapping([[kind, mapping([[name, theirs]])]]), resets);
    to[name] = mergeAt(theirs, ours, [kind, name]);
  }
  document[kind] = to;
}

function entriesOf(value: Value | undefined): readonly Entry[] {
  if (value === undefined || value === null) return [];
  if (!isList(value))
    throw new LoadFault(["include"], `is ${kindOf(value)}, where a list is wanted`, value, "Give a list.");
  return value.map((entry, index) => entryOf(entry, ["include", index]));
}

function entryOf(value: Value, path: readonly (string | number)[]): Entry {
  if (typeof value === "string") return { paths: [value], projectDirectory: undefined, envFiles: [] };
  if (value === null) return { paths: [], projectDirectory: undefined, envFiles: [] };
  if (!isMapping(value)) throw new LoadFault(path, `is ${kindOf(value)}`, value, "Give a path or a mapping.");
  const directory = value["project_directory"] ?? "";
  if (typeof directory !== "string")
    throw new LoadFault([...path, "project_directory"], `is ${kindOf(directory)}`, directory);
  return {
    paths: stringsOf(value["path"], [...path, "path"]),
    projectDirectory: directory === "" ? undefined : directory,
    envFiles: stringsOf(value["env_file"], [...path, "env_file"]),
  };
}

function stringsOf(value: Value | undefined, path: readonly (string | number)[]): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return [value];
  const wrong = (found: Value): LoadFault =>
    new LoadFault(path, `is ${kindOf(found)}, where a path or a list of paths is wanted`, found, "Give a path.");
  if (!isList(value)) throw wrong(value);
  return value.map((entry) => {
    if (typeof entry !== "string") throw wrong(entry);
    return entry;
  });
}
