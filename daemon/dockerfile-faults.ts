import type { Fault } from "../values/fault";
import { parseImageReference } from "../values/image-reference";
import type { BuildContext } from "./context";
import { type Dockerfile, flagsOf, type Instruction, type Stage, stageOf } from "./dockerfile";
import { earlierStage, neededStages } from "./dockerfile-images";
import { expand, globalVariables, stageVariables, type Variables } from "./dockerfile-variables";

/** What the Dockerfile is read for. */
export interface DockerfileUse {
  /** How a fault names the Dockerfile: its path as the program gave it. */
  readonly path: string;
  /** What the faults are about, such as `Image "app"`. */
  readonly subject: string;
  /** Build arguments; undefined where the value is not known yet. */
  readonly args: Readonly<Record<string, string | undefined>>;
  /** The stage to stop at. @default the last one */
  readonly target?: string;
  /** The build context, for the files that `COPY` names. */
  readonly context: Pick<BuildContext, "entries" | "leavesOut">;
}

const instructions = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];

/**
 * What the daemon would refuse of a Dockerfile for certain. What hangs on the base image, on variables that only the build
 * knows, or on a frontend of the file's own (`# syntax=`) is left to the build: a good program is never refused.
 */
export function dockerfileFaults(dockerfile: Dockerfile, use: DockerfileUse): Fault[] {
  // Where a here-document never ends, nobody knows what the rest is; older frontends don't know them at all.
  if (dockerfile.endless !== undefined) return [];
  const at = (line: number, problem: string, value?: string, advice?: string): Fault => ({
    subject: use.subject,
    path: `${use.path} line ${line}`,
    problem,
    ...(value === undefined ? {} : { value }),
    ...(advice === undefined ? {} : { advice }),
  });
  const { syntax } = dockerfile;
  if (syntax !== undefined && !/(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax)) return [];
  if (syntax === undefined) {
    const [first] = dockerfile.instructions;
    if (first === undefined) {
      return [
        { subject: use.subject, path: use.path, problem: "has no instructions", advice: "Start it with `FROM IMAGE`." },
      ];
    }
    const strangers = dockerfile.instructions.filter(({ keyword }) => !instructions.includes(keyword));
    if (strangers.length > 0)
      return strangers.map((one) => at(one.line, "is not an instruction", one.text.split(/\s/)[0], guess(one.keyword)));
    const early = dockerfile.globals.find(({ keyword }) => keyword !== "ARG");
    if (early !== undefined) {
      return [at(early.line, "comes before the first `FROM`", early.text, "Only `ARG` may stand there.")];
    }
    if (dockerfile.stages.length === 0) {
      return [at(first.line, "is in a file without `FROM`", first.text, "Start the file with `FROM IMAGE`.")];
    }
  }
  const globals = globalVariables(dockerfile, use.args);
  const faults = dockerfile.instructions.flatMap((one) => formFaults(one, at));
  if (use.target !== undefined && stageOf(dockerfile, use.target) === undefined && syntax === undefined) {
    const names = dockerfile.stages.flatMap(({ name }) => (name === undefined ? [] : [name]));
    const advice =
      names.length === 0
        ? "The Dockerfile names no stage: write `FROM IMAGE AS NAME`."
        : `Its stages are: ${names.join(", ")}.`;
    faults.push({
      subject: use.subject,
      path: "build.target",
      value: use.target,
      problem: `is not a stage of ${use.path}`,
      advice,
    });
    return faults;
  }
  for (const stage of neededStages(dockerfile, globals, use.target)) {
    faults.push(
      ...baseFaults(dockerfile, stage, globals, at),
      ...stage.instructions.flatMap((one) => copyFaults(dockerfile, stage, one, globals, use, at)),
    );
  }
  return faults;
}

type At = (line: number, problem: string, value?: string, advice?: string) => Fault;

/** How many words an instruction needs at least. */
const least: Readonly<Record<string, readonly [number, string]>> = {
  ADD: [2, "source and destination"],
  COPY: [2, "source and destination"],
  ENV: [1, "a name and a value"],
  FROM: [1, "an image"],
  RUN: [1, "a command"],
  USER: [1, "a user"],
  WORKDIR: [1, "a folder"],
};

function formFaults(one: Instruction, at: At): Fault[] {
  const [count, what] = least[one.keyword] ?? [0, ""];
  if (one.words.length < count && !(one.keyword === "RUN" && one.heredocs > 0)) {
    return [at(one.line, `needs ${what}`, one.text)];
  }
  const [first = "", as, name = ""] = one.words;
  if (one.keyword === "ENV" && one.words.length === 1 && !first.includes("="))
    return [at(one.line, "has no value", one.text, "Write `ENV NAME=VALUE`.")];
  if (one.keyword !== "FROM" || one.words.length === 1) return [];
  if (one.words.length !== 3 || as?.toUpperCase() !== "AS") {
    return [at(one.line, "is not understood", one.text, "Write `FROM IMAGE` or `FROM IMAGE AS NAME`.")];
  }
  if (/^[a-z][a-z0-9-_.]*$/i.test(name)) return [];
  return [at(one.line, "is no name of a stage", name, "Use letters, digits, `-`, `_` and `.`, a letter first.")];
}

function baseFaults(dockerfile: Dockerfile, stage: Stage, globals: Variables, at: At): Fault[] {
  const { text, missing } = expand(stage.base, globals);
  if (missing.length > 0) {
    const [name = ""] = missing;
    const declared = dockerfile.globals.some(({ keyword, words }) => keyword === "ARG" && words.includes(name));
    const advice = declared
      ? `Give it as build argument \`${name}\`, or give the \`ARG\` a default.`
      : `Declare it with \`ARG ${name}\` before the first \`FROM\`.`;
    return [at(stage.from.line, `uses ${name}, which has no value`, stage.from.text, advice)];
  }
  if (text === undefined || stageOf(dockerfile, text) !== undefined) return [];
  if (text !== "" && parseImageReference(text) !== undefined) return [];
  return [
    at(
      stage.from.line,
      "names no image",
      text === "" ? stage.from.text : text,
      "Write REPOSITORY[:TAG][@DIGEST], in lower case.",
    ),
  ];
}

function copyFaults(
  dockerfile: Dockerfile,
  stage: Stage,
  one: Instruction,
  globals: Variables,
  use: DockerfileUse,
  at: At,
): Fault[] {
  if (one.keyword !== "COPY" && one.keyword !== "ADD") return [];
  const [from] = flagsOf(one, "from");
  if (from !== undefined) {
    if (from.includes("$") || earlierStage(dockerfile, stage, from) !== undefined) return [];
    const isNumber = /^\d+$/.test(from);
    if (!isNumber && parseImageReference(from.toLowerCase()) !== undefined) return [];
    return [at(one.line, `names no stage before this one and no image`, `--from=${from}`)];
  }
  if (one.flags.some(([name]) => name === "parents" || name === "exclude") || one.heredocs > 0) return [];
  const variables = stageVariables(stage, one, globals, use.args);
  return one.words.slice(0, -1).flatMap((source) => {
    const path = sourcePath(expand(source, variables).text, one.keyword);
    if (path === undefined || isThere(path, use.context)) return [];
    if (use.context.leavesOut(path)) {
      return [
        at(
          one.line,
          `copies what .dockerignore leaves out`,
          source,
          `Take the rule out, or add an exception: \`!${path}\`.`,
        ),
      ];
    }
    const advice = "Paths start in the folder of the build context, not of the Dockerfile.";
    return [at(one.line, "copies what is not in the build context", source, advice)];
  });
}

/** A source as a path in the context; undefined where that is not certain: URLs, patterns, variables. */
function sourcePath(text: string | undefined, keyword: string): string | undefined {
  if (text === undefined || /[*?[\]\\"'$]/.test(text)) return undefined;
  if (keyword === "ADD" && (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^git@|\.git(?:#|$)/.test(text))) return undefined;
  const parts: string[] = [];
  for (const part of text.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** True where the context has it, or may have it behind a link. */
function isThere(path: string, { entries }: DockerfileUse["context"]): boolean {
  if (path === "") return true;
  return entries.some((entry) => entry.path === path || (entry.kind === "link" && path.startsWith(`${entry.path}/`)));
}

function guess(keyword: string): string | undefined {
  // Of two equally near ones, that of the same first letter is more likely meant.
  const [near] = instructions
    .map((name) => ({ name, far: distance(name, keyword) + (name[0] === keyword[0] ? 0 : 0.5) }))
    .filter(({ far }) => far <= 2)
    .sort((a, b) => a.far - b.far);
  return near === undefined ? undefined : `Did you mean ${near.name}?`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, sign] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (sign === other ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
