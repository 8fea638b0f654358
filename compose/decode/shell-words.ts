/**
 * A command line → its words, as compose splits it (go-shellwords 1.0.14): quotes and backslashes, nothing replaced; `\t`
 * and `\n` are tab and line break; it ends at the first `;`, `&`, `|`, `<` or `>` outside quotes. Undefined when a quote
 * or bracket is not closed.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = "";
  /** `quoted`: a word even when it is empty. */
  let got: "nothing" | "text" | "quoted" = "nothing";
  let isEscaped = false;
  let quote: "'" | '"' | "`" | "$(" | undefined;
  const flush = (): void => {
    if (got === "quoted" || (got === "text" && word !== "")) words.push(word);
    word = "";
    got = "nothing";
  };
  for (const character of line) {
    if (isEscaped) {
      isEscaped = false;
      const isKept = quote === "`" || quote === "$(";
      word += isKept ? `\\${character}` : character === "t" ? "\t" : character === "n" ? "\n" : character;
      got = "text";
      continue;
    }
    if (character === "\\") {
      if (quote === "'") word += character;
      else isEscaped = true;
      continue;
    }
    if (" \t\r\n".includes(character)) {
      if (quote === undefined) flush();
      else word += character;
      continue;
    }
    if ((character === '"' || character === "'") && (quote === undefined || quote === character)) {
      if (quote === character) got = "quoted";
      quote = quote === undefined ? character : undefined;
      continue;
    }
    if (character === "`" && (quote === undefined || quote === "`")) {
      quote = quote === undefined ? "`" : undefined;
    } else if (character === ")" && (quote === undefined || quote === "$(")) {
      if (quote === undefined) return undefined;
      quote = undefined;
    } else if (character === "(" && (quote === undefined || quote === "$(")) {
      if (quote !== undefined || !/(?:^|[^\\])\$$/s.test(word)) return undefined;
      quote = "$(";
      word += "(";
      continue;
    } else if (";&|<>".includes(character) && quote === undefined) {
      // The number before it is a file descriptor, as in `2>file`.
      if (character === ">" && /^[0-9]+$/.test(word)) got = "nothing";
      break;
    }
    got = "text";
    word += character;
  }
  flush();
  return quote !== undefined || isEscaped ? undefined : words;
}
