import type { Dockerfile, Instruction, Stage } from "./dockerfile";

/** The values of variables at one place of a Dockerfile; undefined for one that only the build knows. */
export type Variables = ReadonlyMap<string, string | undefined>;

/** What BuildKit sets by itself, also for `FROM` lines without an `ARG` (Dockerfile reference, "Automatic platform ARGs"). */
const platforms = ["TARGET", "BUILD"].flatMap((side) =>
  ["PLATFORM", "OS", "ARCH", "VARIANT", "OSVERSION"].map((part) => `${side}${part}`),
);

/** What may have a value in a stage without being given one (Dockerfile reference, "Predefined ARGs"). */
const predefined = /^(?:TARGETSTAGE|(?:HTTPS?|FTP|NO|ALL)_PROXY|BUILDKIT_.*|SOURCE_DATE_EPOCH)$/i;

/** What `FROM` lines can use: the `ARG`s before the first one, with the values that the build is given. */
export function globalVariables(dockerfile: Dockerfile, args: Readonly<Record<string, string | undefined>>): Variables {
  const variables = new Map<string, string | undefined>(platforms.map((name) => [name, undefined]));
  for (const instruction of dockerfile.globals)
    if (instruction.keyword === "ARG") declare(instruction, variables, args);
  return variables;
}

/** What is known of the variables in front of an instruction of a stage: its own `ARG`s and `ENV`s. */
export function stageVariables(
  stage: Stage,
  before: Instruction,
  globals: Variables,
  args: Readonly<Record<string, string | undefined>>,
): Variables {
  const variables = new Map<string, string | undefined>();
  for (const instruction of stage.instructions) {
    if (instruction === before) break;
    if (instruction.keyword === "ARG") declare(instruction, variables, args, globals);
    else if (instruction.keyword === "ENV") {
      for (const [name, value = ""] of assignments(instruction)) variables.set(name, expand(value, variables).text);
    }
  }
  return variables;
}

/** A text with its variables put in. */
export interface Expanded {
  /** Undefined where a variable is not known here. */
  readonly text?: string;
  /** Variables that the Dockerfile itself never gives a value. */
  readonly missing: readonly string[];
}

/** Puts variables into a text (Dockerfile reference, "Environment replacement"). */
export function expand(text: string, variables: Variables): Expanded {
  const missing: string[] = [];
  let known = true;
  const pattern = /\\([\s\S])|\$(?:\{(\w+)(?:(:?[-+])([^{}$]*))?\}|(\w+))|\$/g;
  const result = text.replace(pattern, (whole, escaped, braced, operator, word, plain) => {
    if (escaped !== undefined) return String(escaped);
    const name = String(braced ?? plain ?? "");
    const has = variables.has(name);
    if (name === "" || (has && variables.get(name) === undefined)) {
      known = false;
      return String(whole);
    }
    const value = variables.get(name) ?? "";
    const filled = String(operator ?? "").startsWith(":") ? value !== "" : has;
    if (String(operator ?? "").endsWith("-")) return filled ? value : String(word);
    if (String(operator ?? "").endsWith("+")) return filled ? String(word) : "";
    if (!has) missing.push(name);
    return value;
  });
  return { missing, ...(known && missing.length === 0 ? { text: result } : {}) };
}

function declare(
  instruction: Instruction,
  variables: Map<string, string | undefined>,
  args: Readonly<Record<string, string | undefined>>,
  inherited?: Variables,
): void {
  for (const [name, value] of assignments(instruction)) {
    if (Object.hasOwn(args, name)) variables.set(name, args[name]);
    else if (value !== undefined) variables.set(name, expand(value, variables).text);
    else if (inherited?.has(name) === true) variables.set(name, inherited.get(name));
    else if (predefined.test(name)) variables.set(name, undefined);
  }
}

/** `NAME=VALUE` and bare names, quotes taken off; the old form `ENV NAME VALUE` too. */
function assignments({ keyword, text, words }: Instruction): [string, string | undefined][] {
  const [first = ""] = words;
  const rest = text.replace(/^\S+\s+/, "");
  if (keyword === "ENV" && !first.includes("=")) return [[first, rest.replace(/^\S+\s*/, "")]];
  const pairs = rest.matchAll(/(\w[\w.-]*)(?:=((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])*))?/gs);
  return [...pairs].map(([, name = "", value]) => [name, value?.replace(/^(["'])(.*)\1$/s, "$2")]);
}
