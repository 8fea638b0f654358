import type { Fault } from "../../values/fault";
import { type Path, pathText } from "../fault";
import { below, type RuleNode } from "../path-rules";
import { isList, isMapping, type Mapping, mapping, type Value } from "../tree";
import type { SourceFile } from "../yaml/source";
import { type Cast, CastFault, casts } from "./cast";
import { type Lookup, substitute, TemplateError } from "./template";

/** What interpolation needs besides the document. */
export interface Interpolation {
  readonly source: SourceFile;
  readonly lookup: Lookup;
  readonly warn: (warning: string) => void;
  /** Takes every fault; the result then is of no use. */
  readonly fault: (fault: Fault) => void;
}

/** A copy of the document with its variables replaced, and texts turned into the types that the specification wants. */
export function interpolate(document: Mapping, how: Interpolation): Mapping {
  return ofMapping(document, [], casts.root, how);
}

/** Interpolates `name:` alone, which decides about the variables of everything else. */
export function interpolateText(text: string, path: Path, how: Interpolation): string {
  const value = ofText(text, path, undefined, how);
  return typeof value === "string" ? value : "";
}

function ofMapping(value: Mapping, path: Path, rules: RuleNode<Cast> | undefined, how: Interpolation): Mapping {
  const copy = mapping();
  for (const key in value) {
    copy[key] = ofValue(value[key] ?? null, [...path, key], rules && below(rules, key), how);
  }
  return copy;
}

function ofValue(value: Value, path: Path, rules: RuleNode<Cast> | undefined, how: Interpolation): Value {
  if (typeof value === "string") return ofText(value, path, rules?.rule, how);
  if (isList(value)) {
    const inside = rules && below(rules, "[]");
    return value.map((entry, index) => ofValue(entry, [...path, index], inside, how));
  }
  return isMapping(value) ? ofMapping(value, path, rules, how) : value;
}

function ofText(text: string, path: Path, cast: Cast | undefined, how: Interpolation): Value {
  let result: string;
  try {
    result = substitute(text, how.lookup, (name) =>
      how.warn(`The "${name}" variable is not set. Defaulting to a blank string.`),
    );
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    how.fault(faultOf(error, text, path, how.source));
    return null;
  }
  if (cast === undefined) return result;
  const made = cast(result, how.warn);
  if (!(made instanceof CastFault)) return made;
  how.fault({
    ...placed(path, how.source),
    // As written: what a variable holds may be a secret.
    value: text,
    problem: result === text ? made.problem : `${made.problem} once its variables are replaced`,
    advice: made.advice,
  });
  return null;
}

function faultOf(error: TemplateError, text: string, path: Path, source: SourceFile): Fault {
  const where = placed(path, source);
  if (error.reason === "required") {
    const message = error.message === "" ? "" : `: ${error.message}`;
    return {
      ...where,
      value: error.subject,
      problem: `is a required variable without a value${message}`,
      advice: `Set ${error.subject} in the environment or in .env.`,
    };
  }
  return {
    ...where,
    value: text,
    problem: "is no valid interpolation",
    advice: "Write a variable as $NAME or in braces, and a dollar sign that is none as $$.",
  };
}

function placed(path: Path, source: SourceFile): Pick<Fault, "subject" | "path" | "line"> {
  const at = source.locate(path)?.at;
  return { subject: source.name, path: pathText(path), ...(at !== undefined && { line: at }) };
}
