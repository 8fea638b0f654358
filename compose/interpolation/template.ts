/** What a variable is worth; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/** A text that can't be interpolated. */
export class TemplateError extends Error {
  constructor(
    /** `syntax`: not a variable. `required`: `${X:?message}` whose variable is missing. */
    readonly reason: "syntax" | "required",
    /** The variable, or the text that is none. */
    readonly subject: string,
    message: string,
  ) {
    super(message);
  }
}

const operators = [":?", "?", ":-", "-", ":+", "+"] as const;
export type Operator = (typeof operators)[number];

/** A variable of a text. */
export interface Reference {
  readonly name: string;
  readonly operator: Operator | undefined;
  /** What stands after the operator: a default, a replacement, a message. */
  readonly operand: string;
  /** Where the reference ends. */
  readonly end: number;
}

/** Defaults nested deeper than this are no one's work. */
const deepest = 100;

/**
 * Replaces `$X`, `${X}` and `${X<operator>text}` (compose specification, "Interpolation"); `$$` is a dollar sign.
 * @throws {@link TemplateError}
 */
export function substitute(text: string, lookup: Lookup, onUnset: (name: string) => void, depth = 0): string {
  let at = text.indexOf("$");
  if (at === -1) return text;
  if (depth > deepest) throw new TemplateError("syntax", text, "nests too many defaults");
  let result = "";
  let from = 0;
  for (; at !== -1; at = text.indexOf("$", from)) {
    result += text.slice(from, at);
    const reference = referenceAt(text, at);
    if (reference === undefined) {
      // `$$` is a dollar sign, and one before anything else is itself.
      result += "$";
      from = at + (text[at + 1] === "$" ? 2 : 1);
      continue;
    }
    result += worthOf(reference, lookup, onUnset, depth);
    from = reference.end;
  }
  return result + text.slice(from);
}

/** The reference that starts with the dollar sign here; undefined when there is none. @throws {@link TemplateError} */
export function referenceAt(text: string, at: number): Reference | undefined {
  if (text[at + 1] !== "{") {
    const name = nameAt(text, at + 1);
    return name === "" ? undefined : { name, operator: undefined, operand: "", end: at + 1 + name.length };
  }
  const name = nameAt(text, at + 2);
  const after = at + 2 + name.length;
  if (name === "") throw invalid(text);
  if (text[after] === "}") return { name, operator: undefined, operand: "", end: after + 1 };
  const operator = operators.find((candidate) => text.startsWith(candidate, after));
  if (operator === undefined) throw invalid(text);
  const newline = text.indexOf("\n", after);
  const lineEnd = newline === -1 ? text.length : newline;
  const closing = closingBrace(text, at + 1, lineEnd);
  // Unbalanced braces inside: compose then takes all up to the last closing one of the line.
  const end = closing === -1 ? text.lastIndexOf("}", lineEnd - 1) : closing;
  if (end < after) throw invalid(text);
  return { name, operator, operand: text.slice(after + operator.length, end), end: end + 1 };
}

function worthOf(reference: Reference, lookup: Lookup, onUnset: (name: string) => void, depth: number): string {
  const { name, operator, operand } = reference;
  const value = lookup(name);
  const nested = (): string => substitute(operand, lookup, onUnset, depth + 1);
  switch (operator) {
    case undefined:
      if (value === undefined) onUnset(name);
      return value ?? "";
    case "-":
      return value ?? nested();
    case ":-":
      return value === undefined || value === "" ? nested() : value;
    case "+":
      return value === undefined ? "" : nested();
    case ":+":
      return value === undefined || value === "" ? "" : nested();
    case "?":
      if (value !== undefined) return value;
      throw new TemplateError("required", name, nested());
    case ":?":
      if (value !== undefined && value !== "") return value;
      throw new TemplateError("required", name, nested());
  }
}

/** The name that starts here: letters, digits and `_`, no digit first. */
function nameAt(text: string, at: number): string {
  let end = at;
  while (end < text.length && isNameCharacter(text.charCodeAt(end), end > at)) end++;
  return text.slice(at, end);
}

function isNameCharacter(unit: number, digits: boolean): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x5f ||
    (digits && unit >= 0x30 && unit <= 0x39)
  );
}

/** Where the brace that opens at `at` closes, those inside counted; the character after an opening one is skipped. */
function closingBrace(text: string, at: number, end: number): number {
  let open = 0;
  for (let index = at; index < end; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x7d) {
      if (--open === 0) return index;
    } else if (unit === 0x7b) {
      open++;
      index++;
    }
  }
  return -1;
}

function invalid(text: string): TemplateError {
  return new TemplateError("syntax", text, "is no valid interpolation");
}
