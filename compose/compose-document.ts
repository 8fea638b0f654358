import type { Fault } from "../values/fault";
import { canonicalise } from "./canonical/canonical";
import { setDefaults } from "./canonical/defaults";
import { checkAttributes } from "./checks";
import { applyExtends } from "./extends";
import { ComposeError } from "./fault";
import { applyInclude } from "./include";
import { interpolate } from "./interpolation/interpolate";
import { LoadFault } from "./load-fault";
import type { Loading, Treatment } from "./loading";
import { mergeDocuments } from "./merge/merge";
import { applyResets } from "./merge/reset";
import { enforceUnicity } from "./merge/unicity";
import { servicesOf } from "./normalize";
import { resolvePaths } from "./resolve-paths";
import { validateSchema } from "./schema/validate";
import { cloneMapping, isList, isMapping, type Mapping, mapping, type Value } from "./tree";
import type { SourceFile } from "./yaml/source";

export type Resets = readonly (readonly string[])[];

/** The files of a project, each over those before, as one document in long form. @throws {@link ComposeError} */
export function loadDocument(
  files: readonly string[],
  loading: Loading,
  treatment: Treatment,
  including: readonly string[],
): Mapping {
  let document = mapping();
  for (const file of files) document = loadFile(file, document, loading, treatment, including).document;
  const subject = files[0] ?? "compose file";
  if (treatment.defaults) loading.during("load", subject, () => setDefaults(document));
  if (treatment.validates) {
    const faults = checkAttributes(document);
    if (faults.length > 0) throw loading.sources.error("load", faults, subject);
  }
  if (treatment.resolvesPaths) {
    const base = { folder: treatment.pathBase, home: loading.home };
    loading.during("load", subject, () => resolvePaths(document, base));
  }
  nameVariables(document, treatment.environment);
  return document;
}

/** One file over a document. The resets are those of its last document, as compose has it. */
export function loadFile(
  path: string,
  under: Mapping,
  loading: Loading,
  treatment: Treatment,
  including: readonly string[],
  where?: LoadFault,
): { readonly document: Mapping; readonly resets: Resets } {
  const { source, documents } = loading.read(path, where);
  let document = under;
  let resets: Resets = [];
  for (const parsed of documents) {
    resets = parsed.resets;
    if (!isMapping(parsed.value)) {
      const problem = "has a document that is no mapping";
      throw new ComposeError(parsed.value === null ? "load" : "yaml", {
        subject: path,
        problem,
        advice: "Start with services:.",
        line: source.at(0),
      });
    }
    document = layer(source, parsed.value, resets, document, loading, treatment, including);
  }
  return { document, resets };
}

function layer(
  source: SourceFile,
  raw: Mapping,
  resets: Resets,
  under: Mapping,
  loading: Loading,
  treatment: Treatment,
  including: readonly string[],
): Mapping {
  // A file may be read more than once: its parsed document stays as it is.
  const over = treatment.interpolates ? interpolated(source, raw, loading, treatment) : cloneMapping(raw);
  return loading.during("load", source.name, () => {
    if (treatment.includes) applyInclude(over, resets, loading, treatment, [...including, source.name]);
    applyResets(under, resets);
    if (treatment.extends) applyExtends(over, source.name, resets, loading, treatment);
    const document = mergeDocuments(under, over);
    enforceUnicity(document);
    if (treatment.validates) validate(document, source, loading);
    canonicalise(document, { isLenient: !treatment.interpolates, warn: loading.warn });
    // Ranges of ports show only in long form what they have in common.
    enforceUnicity(document);
    return document;
  });
}

function interpolated(source: SourceFile, raw: Mapping, loading: Loading, treatment: Treatment): Mapping {
  const faults: Fault[] = [];
  const document = interpolate(raw, {
    source,
    lookup: (name) => treatment.environment.get(name),
    warn: loading.warn,
    fault: (fault) => faults.push(fault),
  });
  if (faults.length > 0) throw new ComposeError("interpolation", faults);
  return document;
}

function validate(document: Mapping, source: SourceFile, loading: Loading): void {
  const faults = validateSchema(document);
  if (faults.length > 0) {
    const found = faults.map(({ path, problem, value, advice }) => new LoadFault(path, problem, value, advice));
    throw loading.sources.error("schema", found, source.name);
  }
  if (!("version" in document)) return;
  loading.warn(
    `${source.name}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
  );
  delete document["version"];
}

/** `- NAME` of an environment, and the content of configs and secrets that come from a variable. */
function nameVariables(document: Mapping, environment: ReadonlyMap<string, string>): void {
  for (const [, service] of servicesOf(document)) {
    const entries = service["environment"];
    if (!isList(entries)) continue;
    service["environment"] = entries.flatMap((entry): Value[] => {
      if (typeof entry !== "string") return [];
      const value = environment.get(entry);
      return [value === undefined ? entry : `${entry}=${value}`];
    });
  }
}
