import { LoadFault } from "../load-fault";
import { goText, isList, isMapping, kindOf, type Value } from "../tree";
import { type Decoder, list } from "./decoder";
import { anyText } from "./scalar";
import { shellWords } from "./shell-words";

type Path = readonly (string | number)[];

/** A list of text; whole numbers are taken for their digits. */
export const texts: Decoder<readonly string[]> = list(anyText, "");

/** Text alone, or a list of text without numbers. */
export const stringList: Decoder<readonly string[]> = (value, path) => {
  if (typeof value === "string") return [value];
  return emptyIsNone(textsOnly(value, path));
};

/** Text alone, or a list of anything that can be printed. */
export const printedList: Decoder<readonly string[]> = (value, path) => {
  if (typeof value === "string") return [value];
  if (!isList(value)) throw unlike(value, path);
  return emptyIsNone(value.map(goText));
};

/** A command: a line that is split into words, or a list. Null when there is none; `[]` is one. */
export function command(value: Value | undefined, path: Path): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (isList(value)) return textsOnly(value, path);
  if (typeof value !== "string") throw unlike(value, path);
  const words = shellWords(value);
  if (words !== undefined) return words;
  throw new LoadFault(path, "is no command line", value, "Close its quotes and brackets, or write it as a list.");
}

/** The test of a health check: text is a line for the shell. */
export const healthTest: Decoder<readonly string[]> = (value, path) => {
  if (typeof value === "string") return ["CMD-SHELL", value];
  return emptyIsNone(textsOnly(value, path));
};

/** Build's ssh: ids, with the path of a key or socket. */
export const sshKeys: Decoder<readonly (string | { readonly id: string; readonly path: string })[]> = (value, path) => {
  if (!isMapping(value)) throw unlike(value, path);
  const keys = Object.keys(value).sort();
  return emptyIsNone(
    keys.map((id) => {
      const given = value[id] ?? null;
      return given === null || given === "" ? id : { id, path: goText(given) };
    }),
  );
};

function textsOnly(value: Value, path: Path): readonly string[] {
  if (!isList(value)) throw unlike(value, path);
  return value.map((entry, index) => {
    if (typeof entry === "string") return entry;
    throw new LoadFault([...path, index], `is ${kindOf(entry)}, where text is wanted`, entry, "Quote it.");
  });
}

function emptyIsNone<T>(value: readonly T[]): readonly T[] | undefined {
  return value.length === 0 ? undefined : value;
}

function unlike(value: Value, path: Path): LoadFault {
  return new LoadFault(path, `is ${kindOf(value)}, where text or a list is wanted`, value, "Give a list.");
}
