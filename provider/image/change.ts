import { diffLines } from "diff";
import { type BuildContext, changedFiles } from "../../daemon/context";
import type { ContextRecord } from "../../daemon/context-record";
import { type Change, diffInputs } from "../diff";
import { objectOf, type Properties, textOf } from "../value";
import { dockerfileName, rules } from "./inputs";

/** How many files, and how many lines of the Dockerfile, a plan names. */
const most = 20;

/** What differs between two builds, each as a line to read: files, lines of the Dockerfile, inputs. */
export function changesOf(
  olds: Properties,
  news: Properties,
  before: ContextRecord | undefined,
  after: BuildContext,
): string[] {
  const old = textOf(objectOf(olds["build"])["contextDigest"]);
  const inputs = diffInputs(rules, olds, news).flatMap(inputLine);
  if (old === undefined || old === after.digest) return inputs;
  if (before === undefined) {
    return ["its build context (this machine has not seen the last one, so the files can't be named)", ...inputs];
  }
  return [...dockerfileLines(before.dockerfile, after.dockerfileText, news), ...fileLines(before, after), ...inputs];
}

/** The Dockerfile is left out here: it is shown line by line. */
function fileLines(before: ContextRecord, after: BuildContext): string[] {
  const changed = changedFiles(before.files, after.files).filter((file) => file !== after.dockerfile);
  const lines = changed.map((file) => {
    if (!before.files.has(file)) return `${file} (new)`;
    return after.files.has(file) ? file : `${file} (removed)`;
  });
  return lines.length > most ? [...lines.slice(0, most - 1), `and ${lines.length - most + 1} more files`] : lines;
}

/** Each changed line with its number, as `diff` marks them. */
function dockerfileLines(before: string, after: string, news: Properties): string[] {
  if (before === after) return [];
  const path = dockerfileName(objectOf(news["build"]));
  const lines: string[] = [];
  let number = 1;
  for (const { value, added, removed } of diffLines(before.replaceAll("\r\n", "\n"), after.replaceAll("\r\n", "\n"))) {
    const texts = value.replace(/\n$/, "").split("\n");
    if (added) lines.push(...texts.map((text, index) => `  + ${number + index}: ${text}`));
    else if (removed) lines.push(...texts.map((text) => `  - ${text}`));
    if (!removed) number += texts.length;
  }
  if (lines.length === 0) return [];
  const shown =
    lines.length > most ? [...lines.slice(0, most - 1), `  and ${lines.length - most + 1} more lines`] : lines;
  return [`${path}:`, ...shown];
}

/** An input that is no file: its path, without values, which may be secret and which the engine shows itself. */
function inputLine({ path, kind }: Change): string[] {
  if (path === "build.contextDigest" || path === "build.contextRest") return [];
  const verb = { add: "added", delete: "removed", update: "changed" }[kind];
  return [`${path} (${verb})`];
}
