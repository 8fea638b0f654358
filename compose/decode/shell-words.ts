/**
 * A command line → its words, as compose splits it (go-shellwords): quotes and backslashes, nothing replaced; it ends at
 * the first `;`, `&`, `|`, `<` or `>` outside quotes. Undefined when a quote or bracket is not closed.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = "";
  let isStarted = false;
  let isEscaped = false;
  let quote: "'" | '"' | "`" | "$(" | undefined;
  for (const character of line) {
    if (isEscaped) {
      word += character;
      isEscaped = false;
      isStarted = true;
      continue;
    }
    if (character === "\\") {
      if (quote === "'") word += character;
      else isEscaped = true;
      continue;
    }
    if (" \t\r\n".includes(character)) {
      if (quote !== undefined) word += character;
      else if (isStarted) {
        words.push(word);
        word = "";
        isStarted = false;
      }
      continue;
    }
    if ((character === '"' || character === "'") && (quote === undefined || quote === character)) {
      if (quote === character) isStarted = true;
      quote = quote === undefined ? character : undefined;
      continue;
    }
    if (character === "`" && (quote === undefined || quote === "`")) {
      quote = quote === undefined ? "`" : undefined;
    } else if (character === ")" && (quote === undefined || quote === "$(")) {
      // As compose does: a closing bracket alone opens one.
      quote = quote === undefined ? "$(" : undefined;
    } else if (character === "(" && (quote === undefined || quote === "$(")) {
      if (quote !== undefined || !word.endsWith("$")) return undefined;
      quote = "$(";
      word += "(";
      continue;
    } else if (";&|<>".includes(character) && quote === undefined) {
      if (character === ">" && /^[0-9]/.test(word)) isStarted = false;
      break;
    }
    isStarted = true;
    word += character;
  }
  if (isStarted) words.push(word);
  return quote !== undefined || isEscaped ? undefined : words;
}
