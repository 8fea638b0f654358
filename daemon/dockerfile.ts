/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In upper case: `RUN`. */
  readonly keyword: string;
  /** The line it starts at, counted from 1. */
  readonly line: number;
  /** As written, continued lines joined, without what its here-documents hold. */
  readonly text: string;
  /** Words that start with `--`, in front of everything else: `["from", "build"]`; one may be there several times. */
  readonly flags: readonly (readonly [string, string])[];
  /** The words behind the flags; of an array form (`["a", "b"]`) its elements. */
  readonly words: readonly string[];
  /** How many here-documents it has. */
  readonly heredocs: number;
}

/** A build stage: what stands between one `FROM` and the next. */
export interface Stage {
  /** Counted from 0, as `COPY --from=0` does. */
  readonly index: number;
  /** Behind `AS`, in lower case. */
  readonly name?: string;
  /** What it starts from, as written. */
  readonly base: string;
  readonly from: Instruction;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile, split into instructions; whether they make sense is another question. */
export interface Dockerfile {
  /** The frontend image of `# syntax=`, which then says what the rest means. */
  readonly syntax?: string;
  /** Every instruction, in order. */
  readonly instructions: readonly Instruction[];
  /** What stands before the first `FROM`. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
  /** The line of a here-document that never ends. */
  readonly endless?: number;
}

/**
 * Splits a Dockerfile as BuildKit does (frontend/dockerfile/parser/parser.go): directives, comments, continued lines,
 * flags, here-documents.
 *
 * Written out rather than taken from dockerfile-ast, which loses blanks in array forms and sees here-documents inside of
 * quotes: a fault that is none would refuse a good program.
 */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const { syntax, escaper } = directives(lines);
  const continued = new RegExp(`${escaper === "`" ? "`" : "\\\\"}[ \\t]*$`);
  const instructions: Instruction[] = [];
  let endless: number | undefined;
  for (let at = 0; at < lines.length; at++) {
    const first = contentOf(lines[at]);
    if (first === undefined || first.trim() === "") continue;
    const line = at + 1;
    let whole = first;
    while (continued.test(whole) && at + 1 < lines.length) {
      whole = whole.replace(continued, "");
      // Comments and empty lines inside of a continued instruction are passed over.
      let next: string | undefined;
      while (at + 1 < lines.length && (next === undefined || next.trim() === "")) next = contentOf(lines[++at], false);
      whole += next ?? "";
    }
    const instruction = instructionOf(whole.replace(continued, ""), line);
    const delimiters = heredocsOf(instruction);
    for (const { name, chomp } of delimiters) {
      const end = lines.findIndex((text, index) => index > at && terminator(text, chomp) === name);
      if (end === -1) endless ??= line;
      at = end === -1 ? lines.length : end;
    }
    instructions.push({ ...instruction, heredocs: delimiters.length });
  }
  return {
    ...(syntax === undefined ? {} : { syntax }),
    ...(endless === undefined ? {} : { endless }),
    instructions,
    ...staged(instructions),
  };
}

/** The values of a flag, in order. */
export function flagsOf({ flags }: Instruction, name: string): string[] {
  return flags.flatMap(([flag, value]) => (flag === name ? [value] : []));
}

/** The stage of that name or number, as `--target` and `--from` mean it. */
export function stageOf(dockerfile: Dockerfile, name: string): Stage | undefined {
  const byName = dockerfile.stages.findLast((stage) => stage.name === name.toLowerCase());
  return byName ?? (/^\d+$/.test(name) ? dockerfile.stages[Number(name)] : undefined);
}

function directives(lines: readonly string[]): { syntax: string | undefined; escaper: string } {
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (index === 0 && line.startsWith("#!")) continue;
    const match = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line);
    if (match === null) break;
    found.set(match[1]?.toLowerCase() ?? "", match[2] ?? "");
  }
  return { syntax: found.get("syntax"), escaper: found.get("escape") ?? "\\" };
}

/** A line without its end; undefined for a comment. */
function contentOf(line: string | undefined, isFirst = true): string | undefined {
  const text = (line ?? "").replace(/\r$/, "");
  if (/^\s*#/.test(text)) return undefined;
  return isFirst ? text.trimStart() : text;
}

function instructionOf(line: string, number: number): Omit<Instruction, "heredocs"> {
  const text = line.trim();
  const [, keyword = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const flags: [string, string][] = [];
  let left = rest;
  for (let match = /^--([^\s=]+)(?:=(\S*))?(?:\s+|$)/.exec(left); match !== null; ) {
    flags.push([match[1] ?? "", match[2] ?? ""]);
    left = left.slice(match[0].length);
    match = /^--([^\s=]+)(?:=(\S*))?(?:\s+|$)/.exec(left);
  }
  const words = arrayForm(left) ?? left.split(/\s+/).filter((word) => word !== "");
  return { keyword: keyword.toUpperCase(), line: number, text, flags, words };
}

function arrayForm(text: string): string[] | undefined {
  if (!text.trim().startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((item) => typeof item === "string") ? parsed : undefined;
  } catch {
    return undefined;
  }
}

interface Heredoc {
  readonly name: string;
  readonly chomp: boolean;
}

const withHeredocs = ["ADD", "COPY", "RUN"];

function heredocsOf({ keyword, text, words }: Omit<Instruction, "heredocs">): Heredoc[] {
  const inner = keyword === "ONBUILD" ? (words[0] ?? "").toUpperCase() : keyword;
  if (!withHeredocs.includes(inner) || arrayForm(text.replace(/^\S+\s*/, "")) !== undefined) return [];
  return shellWords(text).flatMap((word) => {
    const match = /^\d*<<(-?)([^<]+)$/s.exec(word);
    if (match === null) return [];
    const name = (match[2] ?? "").replace(/^(["'])(.*)\1$/s, "$2");
    return name === "" ? [] : [{ name, chomp: match[1] === "-" }];
  });
}

function terminator(line: string, chomp: boolean): string {
  const text = line.replace(/\r$/, "");
  return chomp ? text.replace(/^\t+/, "") : text;
}

/** Words as a shell splits them; quotes stay. */
function shellWords(text: string): string[] {
  const words = text.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\]|['"\\])+/gs);
  return [...words].map(([word]) => word);
}

function staged(instructions: readonly Instruction[]): Pick<Dockerfile, "globals" | "stages"> {
  const globals: Instruction[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword !== "FROM") {
      (stages.at(-1)?.instructions ?? globals).push(instruction);
      continue;
    }
    const [base = "", as = "", name] = instruction.words;
    stages.push({
      index: stages.length,
      base,
      from: instruction,
      instructions: [],
      ...(as.toUpperCase() === "AS" && name !== undefined ? { name: name.toLowerCase() } : {}),
    });
  }
  return { globals, stages };
}
