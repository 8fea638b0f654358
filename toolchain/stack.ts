import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, parseDocument } from "yaml";
import { SlipwayError } from "../values/fault";
import type { Pulumi } from "./pulumi";

/** The stack that a project without any gets. */
const defaultStack = "dev";

const stackFlag = /^(?:-s|--stack)(?:=|$)/;

/** The stack that `--stack NAME`, `--stack=NAME` or `-s NAME` names, as it is written there. */
export function stackIn(words: readonly string[]): string | undefined {
  const index = words.findIndex((word) => stackFlag.test(word));
  const word = words[index];
  if (word === undefined) return undefined;
  const value = word.includes("=") ? word.slice(word.indexOf("=") + 1) : words[index + 1];
  if (value === undefined || value === "" || value.startsWith("-")) {
    throw new SlipwayError({ subject: word, problem: "names no stack", advice: "Write --stack NAME." });
  }
  return value;
}

/** The last part of `organization/project/stack`: what URNs and config files are named by. */
export function shortName(stack: string): string {
  return stack.replace(/^.*\//, "");
}

/** The stack that plain `pulumi` would use: the one of PULUMI_STACK or the selected one; undefined when there is none. */
export async function selectedStack(pulumi: Pulumi): Promise<string | undefined> {
  const name = (await pulumi.ask(["stack", "--show-name"]))?.trim();
  return name === "" ? undefined : name;
}

/**
 * The selected stack; else `dev`, made where the backend has none of that name, and selected. A selection that is there is
 * never changed.
 */
export async function ensureStack(pulumi: Pulumi, report: (line: string) => void): Promise<string> {
  const selected = await selectedStack(pulumi);
  if (selected !== undefined) return selected;
  const name = process.env["PULUMI_STACK"] || defaultStack;
  readSettings(pulumi.project, name);
  await pulumi.answer(["stack", "select", "--create", "--stack", name]);
  report(`selected stack ${name}; its settings are kept in Pulumi.${shortName(name)}.yaml`);
  return name;
}

/** The name in a project's Pulumi.yaml. */
export function projectName(project: string): string {
  const { file, document } = readProject(project);
  const name = document?.get("name");
  if (typeof name === "string" && name !== "") return name;
  throw new SlipwayError({
    subject: file,
    path: "name",
    problem: "is not there",
    advice: "Give the project a name, as in `name: shop`.",
  });
}

/** The default that a project's Pulumi.yaml declares for a setting of its stacks, if it is a text. */
export function declaredDefault(project: string, setting: string): string | undefined {
  const value = readProject(project).document?.getIn(["config", setting, "default"]);
  return typeof value === "string" ? value : undefined;
}

function readProject(project: string): { readonly file: string; readonly document: Document | undefined } {
  const file = existsSync(join(project, "Pulumi.yaml")) ? "Pulumi.yaml" : "Pulumi.yml";
  const document = parseDocument(readFileSync(join(project, file), "utf8"));
  return { file, document: isMap(document.contents) ? document : undefined };
}

/** A value of a stack's settings file that is not secret, without asking the CLI. */
export function settingOf(project: string, stack: string, key: string): string | undefined {
  const value = readSettings(project, stack)?.getIn(["config", key]);
  return typeof value === "string" ? value : undefined;
}

/** @throws {@link SlipwayError} with line and column when it is not YAML. */
function readSettings(project: string, stack: string): Document | undefined {
  const name = `Pulumi.${shortName(stack)}.yaml`;
  const file = join(project, name);
  if (!existsSync(file)) return undefined;
  const document = parseDocument(readFileSync(file, "utf8"));
  const [fault] = document.errors;
  if (fault === undefined) return isMap(document.contents) ? document : undefined;
  const where = fault.linePos === undefined ? "" : `:${fault.linePos[0].line}:${fault.linePos[0].col}`;
  const reason = fault.message.split(/ at line |\n/)[0] ?? fault.message;
  throw new SlipwayError({ subject: `${name}${where}`, problem: `is not YAML: ${reason}`, advice: "Mend that line." });
}
