import { type Lookup, substitute, TemplateError } from "../interpolation/template";

/** A file of variables that can't be read, and the line. */
export class DotenvError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a `.env` file may look up besides what stands above, and whom it tells of unset variables. */
export interface DotenvContext {
  readonly lookup: Lookup;
  readonly warn: (warning: string) => void;
}

/**
 * Reads a `.env` file into `variables` (compose specification, ".env file syntax"; compose's own dialect of godotenv):
 * `KEY=value`, `KEY: value`, `export KEY=value`, quotes, comments, values over several lines, variables in values.
 * A key alone takes its value from the lookup. @throws {@link DotenvError}
 */
export function parseDotenv(text: string, variables: Map<string, string>, context: DotenvContext): void {
  new DotenvParser(text.replace(/^\ufeff/, ""), variables, context).run();
}

class DotenvParser {
  private at = 0;
  private line = 1;

  constructor(
    private readonly text: string,
    private readonly variables: Map<string, string>,
    private readonly context: DotenvContext,
  ) {}

  run(): void {
    while (this.skipToStatement()) {
      const { key, isBare } = this.key();
      if (key.includes(" ")) throw new DotenvError(this.line, "has a key with a space in it");
      if (isBare) {
        const value = this.context.lookup(key);
        if (value !== undefined) this.variables.set(key, value);
      } else {
        this.variables.set(key, this.value());
      }
    }
  }

  /** Past white space, empty lines and comments; false at the end. */
  private skipToStatement(): boolean {
    for (;;) {
      while (this.at < this.text.length && isUnicodeSpace(this.text.charCodeAt(this.at))) {
        if (this.text[this.at] === "\n") this.line++;
        this.at++;
      }
      if (this.at >= this.text.length) return false;
      if (this.text[this.at] !== "#") return true;
      const end = this.text.indexOf("\n", this.at);
      if (end === -1) return false;
      this.at = end;
    }
  }

  private key(): { key: string; isBare: boolean } {
    const exported = /^export\s+/.exec(this.text.slice(this.at, this.at + 200));
    if (exported !== null) {
      this.at += "export".length;
      this.skipSpaces();
    }
    const start = this.at;
    for (let index = start; index < this.text.length; ) {
      const point = this.text.codePointAt(index) ?? 0;
      const character = String.fromCodePoint(point);
      if (character === "=" || character === ":" || character === "\n") {
        const isBare = character === "\n";
        const raw = this.text.slice(start, index);
        if (isBare && !raw.includes(" ")) this.line++;
        this.at = index + 1;
        this.skipSpaces();
        return { key: trimEndOfGo(raw), isBare };
      }
      if (!isLineSpace(point) && !"_.-[]".includes(character) && !/[\p{L}\p{N}]/u.test(character)) {
        const rest = this.text.slice(start, lineEnd(this.text, start));
        const name = rest.length > 60 ? `${rest.slice(0, 60)}…` : rest;
        throw new DotenvError(
          this.line,
          `has the unexpected character "${character}" in the name of the variable "${nameOnly(name)}"`,
        );
      }
      index += character.length;
    }
    if (start >= this.text.length) throw new DotenvError(this.line, "ends within a statement");
    // The last line without a line break: compose takes the whole rest for a value of the variable without a name.
    this.at = start;
    return { key: "", isBare: false };
  }

  private value(): string {
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") return this.quoted(quote);
    const end = lineEnd(this.text, this.at);
    const raw = this.text.slice(this.at, end);
    this.at = Math.min(end + 1, this.text.length);
    const line = this.line++;
    const comment = raw.indexOf(" #");
    return this.expand(trimEndOfGo(comment === -1 ? raw : raw.slice(0, comment)), line);
  }

  private quoted(quote: string): string {
    const start = this.at;
    const startLine = this.line;
    let value = "";
    let isEscaped = false;
    for (let index = start + 1; index < this.text.length; index++) {
      const character = this.text[index] ?? "";
      if (character === "\n") this.line++;
      if (character === quote && !isEscaped) {
        this.at = index + 1;
        return quote === '"' ? this.expand(expandEscapes(value), startLine) : value;
      }
      if (character === "\\" && !isEscaped) {
        isEscaped = true;
        continue;
      }
      if (isEscaped && character !== quote) value += "\\";
      isEscaped = false;
      value += character;
    }
    throw new DotenvError(startLine, "has a quote that is not closed");
  }

  private expand(value: string, line: number): string {
    try {
      return substitute(
        value,
        (name) => this.context.lookup(name) ?? this.variables.get(name),
        (name) => this.context.warn(`The "${name}" variable is not set. Defaulting to a blank string.`),
      );
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const message =
        error.reason === "required"
          ? `names the required variable ${error.subject}, which has no value${error.message === "" ? "" : `: ${error.message}`}`
          : "has a value that is no valid interpolation";
      throw new DotenvError(line, message);
    }
  }

  private skipSpaces(): void {
    while (this.at < this.text.length && isLineSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

/** `\n`, `\t` and the like, `\0` and up to three octal digits, `\$`. */
function expandEscapes(text: string): string {
  return text.replace(/\\(?:[abcfnrtv$"\\]|0\d{0,3})/g, (match) => {
    const letter = match[1] ?? "";
    if (letter === "$") return "$$";
    if (letter === "0") {
      const digits = match.slice(2);
      if (!/^[0-7]{3}$/.test(digits.slice(0, 3)) || Number.parseInt(digits, 8) > 255) return `\\${digits}`;
      return String.fromCharCode(Number.parseInt(digits, 8));
    }
    return escapes[letter] ?? match;
  });
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "\\": "\\",
};

/** Only the name: what follows may be a secret. */
function nameOnly(text: string): string {
  return text.split(/[=:]/)[0] ?? text;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function isLineSpace(point: number): boolean {
  return point !== 0x0a && isUnicodeSpaceOfLatin1(point);
}

function isUnicodeSpaceOfLatin1(point: number): boolean {
  return (point >= 0x09 && point <= 0x0d) || point === 0x20 || point === 0x85 || point === 0xa0;
}

/** Go's unicode.IsSpace. */
function isUnicodeSpace(point: number): boolean {
  if (point < 0x100) return isUnicodeSpaceOfLatin1(point);
  return (
    point === 0x1680 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x2028 ||
    point === 0x2029 ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000
  );
}

function trimEndOfGo(text: string): string {
  let end = text.length;
  while (end > 0 && isUnicodeSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}
