import { isList, isMapping, type Value } from "../tree";
import { type Reference, referenceAt, TemplateError } from "./template";

/** A variable that a file names, as `docker compose config --variables` lists it. */
export interface Variable {
  readonly Name: string;
  /** What stands after `-` or `:-`. */
  readonly DefaultValue: string;
  /** What stands after `+` or `:+`. */
  readonly PresenceValue: string;
  /** True with `?` or `:?`. */
  readonly Required: boolean;
}

/** Every variable of the document by its name; of several mentions the last counts, a nested one after its outer one. */
export function variablesOf(value: Value): Map<string, Variable> {
  const found = new Map<string, Variable>();
  collect(value, found);
  return found;
}

function collect(value: Value, found: Map<string, Variable>): void {
  if (typeof value === "string") ofText(value, found, 0);
  else if (isList(value)) for (const entry of value) collect(entry, found);
  else if (isMapping(value)) for (const key in value) collect(value[key] ?? null, found);
}

function ofText(text: string, found: Map<string, Variable>, depth: number): void {
  if (depth > 100) return;
  for (let at = text.indexOf("$"); at !== -1; ) {
    const reference = tryReferenceAt(text, at);
    if (reference === undefined) {
      // What is no variable, compose lists as one without a name.
      if (text[at + 1] === "{") found.set("", { Name: "", DefaultValue: "", PresenceValue: "", Required: false });
      at = text.indexOf("$", at + (text[at + 1] === "$" ? 2 : 1));
      continue;
    }
    const { name, operator, operand, end } = reference;
    found.set(name, {
      Name: name,
      DefaultValue: operator?.endsWith("-") === true ? operand : "",
      PresenceValue: operator?.endsWith("+") === true ? operand : "",
      Required: operator?.endsWith("?") === true,
    });
    if (operator?.endsWith("?") !== true) ofText(operand, found, depth + 1);
    at = text.indexOf("$", end);
  }
}

function tryReferenceAt(text: string, at: number): Reference | undefined {
  try {
    return referenceAt(text, at);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}
