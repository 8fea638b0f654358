import { SlipwayError } from "../values/fault";

/** The rules of one ignore file. */
export interface IgnoreRules {
  /** True when the file or directory of this context-relative path (with `/`) is left out of the build. */
  ignores(path: string): boolean;
  /** True when a rule starting with `!` may bring back something below an ignored directory. */
  readonly hasExceptions: boolean;
}

interface Rule {
  readonly negative: boolean;
  readonly matches: RegExp;
}

/**
 * Reads the text of a .dockerignore file as Docker does (moby/patternmatcher): case-sensitive, later lines win,
 * `**` at any depth, a match of a parent directory counts for all below it.
 *
 * Written out rather than taken from @balena/dockerignore, which follows an older Docker: it keeps a byte order mark, reads
 * `+ ( ) | { }` as regular-expression signs and remembers answers in a plain object, so a file named `constructor` is never ignored.
 */
export function parseIgnore(text: string, file = ".dockerignore"): IgnoreRules {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line, index) => parseLine(line.replace(/\r$/, ""), `${file}, line ${index + 1}`))
    .filter((rule) => rule !== undefined);
  return {
    hasExceptions: rules.some((rule) => rule.negative),
    ignores(path) {
      const paths = withParents(path);
      let ignored = false;
      for (const rule of rules) {
        if (ignored === rule.negative && paths.some((one) => rule.matches.test(one))) ignored = !rule.negative;
      }
      return ignored;
    },
  };
}

function parseLine(line: string, subject: string): Rule | undefined {
  if (line.startsWith("#")) return undefined;
  let pattern = line.trim();
  if (pattern === "") return undefined;
  const negative = pattern.startsWith("!");
  if (negative) pattern = pattern.slice(1).trim();
  if (pattern === "") {
    throw new SlipwayError({
      subject,
      problem: "is an exception of nothing",
      value: line,
      advice: "Write `!PATTERN`.",
    });
  }
  pattern = cleanPath(pattern);
  if (pattern.length > 1 && pattern.startsWith("/")) pattern = pattern.slice(1);
  try {
    return { negative, matches: new RegExp(`^${expression(pattern)}$`, "su") };
  } catch (cause) {
    throw new SlipwayError(
      {
        subject,
        problem: "is not a pattern",
        value: line,
        advice: "Close brackets, or write `\\[` for the sign itself.",
      },
      { cause },
    );
  }
}

function expression(pattern: string): string {
  const signs = [...pattern];
  let text = "";
  let inClass = false;
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] ?? "";
    if (sign === "\\") text += literal(signs[++at] ?? "\\");
    else if (inClass) {
      text += sign === "[" ? "\\[" : sign;
      inClass = sign !== "]";
    } else if (sign === "[") {
      text += "[";
      inClass = true;
    } else if (sign === "*" && signs[at + 1] === "*") {
      at++;
      if (signs[at + 1] === "/") at++;
      text += at + 1 >= signs.length ? ".*" : "(?:.*/)?";
    } else if (sign === "*") text += "[^/]*";
    else if (sign === "?") text += "[^/]";
    else text += literal(sign);
  }
  return text;
}

function literal(sign: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(sign) ? `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}` : sign;
}

/** Go's path.Clean. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  const absolute = path.startsWith("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (!absolute) parts.push("..");
  }
  return absolute ? `/${parts.join("/")}` : parts.join("/") || ".";
}

function withParents(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
