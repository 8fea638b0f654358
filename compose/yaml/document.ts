import { Composer, type Document, type ErrorCode, Lexer, Parser } from "yaml";
import { ComposeError } from "../fault";
import type { Value } from "../tree";
import { Conversion } from "./conversion";
import type { SourceFile } from "./source";

/** One document of a compose file. */
export interface ComposeDocument {
  readonly value: Value;
  /** What `!reset` and `!override` take away from the files below, as paths of keys. */
  readonly resets: readonly (readonly string[])[];
}

/** What compose allows in one document (`defaultMaxNodeVisits` of its loader). */
const mostNodes = 100_000;

/** The largest file that is read, in characters. Compose has no limit; nothing a person wrote comes near. */
const mostCharacters = 16 * 1024 * 1024;

/** What YAML does not allow in a file. */
const controlCharacter = /(?![\t\n\r\u0085])\p{Cc}|[\ufffe\uffff]/u;

const advice: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "Indent with spaces.",
  DUPLICATE_KEY: "Remove one of the two.",
  MISSING_CHAR: "Close the quote or bracket, or put a space after the colon.",
  BAD_INDENT: "Give the entries of one mapping the same indentation.",
  BLOCK_AS_IMPLICIT_KEY: "Quote the value if the colon belongs to it.",
  MULTILINE_IMPLICIT_KEY: "Put a colon and a space after the key.",
};

/** The documents of a compose file. @throws {@link ComposeError} of stage yaml, with every syntax error */
export function parseDocuments(source: SourceFile): readonly ComposeDocument[] {
  if (source.text.length > mostCharacters) throw tooLarge(source, `has ${source.text.length} characters`);
  const control = controlCharacter.exec(source.text);
  if (control !== null) {
    const code = (control[0].codePointAt(0) ?? 0).toString(16).padStart(4, "0").toUpperCase();
    const problem = `has the control character U+${code}`;
    throw new ComposeError("yaml", {
      subject: source.name,
      problem,
      advice: "Remove it.",
      line: source.at(control.index),
    });
  }
  const documents = composed(source);
  const faults = documents.flatMap((document) =>
    [...document.errors, ...document.warnings.filter(({ code }) => code === "BAD_DIRECTIVE")].map((error) => ({
      subject: source.name,
      problem: `is no YAML: ${firstLine(error.message)}`,
      advice: advice[error.code] ?? "Correct the syntax.",
      line: source.at(error.pos[0]),
    })),
  );
  if (faults.length > 0) throw new ComposeError("yaml", faults.slice(0, 20));
  const newer = documents.find(({ directives: { yaml } }) => yaml.explicit === true && yaml.version !== "1.1");
  if (newer !== undefined) {
    const problem = `is declared to be YAML ${newer.directives.yaml.version}, which docker compose refuses`;
    throw new ComposeError("yaml", {
      subject: source.name,
      problem,
      advice: "Remove the line with %YAML.",
      line: source.at(0),
    });
  }
  source.documents = documents;
  return documents.map((document) => new Conversion(source, document).run());
}

function composed(source: SourceFile): Document.Parsed[] {
  const composer = new Composer({
    schema: "failsafe",
    merge: false,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const parser = new Parser();
  const documents: Document.Parsed[] = [];
  for (const lexeme of lexemesOf(source)) {
    for (const token of parser.next(lexeme))
      for (const document of composer.next(token)) documents.push(document as Document.Parsed);
  }
  for (const token of parser.end())
    for (const document of composer.next(token)) documents.push(document as Document.Parsed);
  for (const document of composer.end()) documents.push(document as Document.Parsed);
  return documents;
}

/** The lexemes of a file, all before the first is parsed: a huge file is refused at a small part of what its parsing takes. */
function lexemesOf(source: SourceFile): readonly string[] {
  const lexemes: string[] = [];
  // Values are what is written, less the keys.
  let nodes = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    if ("\x1f\"'[{".includes(lexeme[0] ?? " ")) nodes++;
    else if (lexeme === ":") nodes--;
    if (nodes > mostNodes) throw tooLarge(source, "has more than 100000 nodes");
    lexemes.push(lexeme);
  }
  return lexemes;
}

export function tooLarge(source: SourceFile, problem: string): ComposeError {
  return new ComposeError("yaml", {
    subject: source.name,
    problem,
    advice: "Split it, or check that it is a compose file.",
  });
}

function firstLine(text: string): string {
  return text.split("\n")[0]?.replace(/:$/, "") ?? text;
}
