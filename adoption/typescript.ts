/** A piece of TypeScript that stands where a value is written. */
export class Code {
  constructor(private readonly code: string | ((printer: Printer, depth: number) => string)) {}

  at(printer: Printer, depth: number): string {
    return typeof this.code === "string" ? this.code : this.code(printer, depth);
  }
}

/** Writes values as TypeScript, on one line where that is short. */
export class Printer {
  /** @param spell gives the code for a text that is not to be written as it is, such as the name of a constant */
  constructor(private readonly spell: (text: string) => string | undefined = () => undefined) {}

  /** A value at a depth of indentation. */
  write(value: unknown, depth = 0): string {
    if (value instanceof Code) return value.at(this, depth);
    if (typeof value === "string") return this.spell(value) ?? JSON.stringify(value);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.write(item, depth + 1));
      return wrapped("[", items, "]", depth);
    }
    if (typeof value !== "object" || value === null) return String(value);
    const fields = Object.entries(value).map(([name, item]) => this.field(name, item, depth + 1));
    return fields.length === 0 ? "{}" : wrapped("{ ", fields, " }", depth);
  }

  /** The same, each property on a line of its own. */
  writeLines(value: object, depth = 0): string {
    const indent = "  ".repeat(depth);
    const fields = Object.entries(value).map(([name, item]) => `${indent}  ${this.field(name, item, depth + 1)},\n`);
    return `{\n${fields.join("")}${indent}}`;
  }

  private field(name: string, value: unknown, depth: number): string {
    const isMode = name === "mode" && typeof value === "number";
    const text = isMode ? `0o${value.toString(8)}` : this.write(value, depth);
    if (name.startsWith("...")) return `...${text}`;
    return text === name ? name : `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}: ${text}`;
  }
}

function wrapped(open: string, items: readonly string[], close: string, depth: number): string {
  const line = `${open}${items.join(", ")}${close}`;
  if (line.length + depth * 2 <= 100 && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth);
  return `${open.trim()}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close.trim()}`;
}
