import { LoadFault } from "../load-fault";
import { cut } from "../text";
import { compareBytes, goText, isList, isMapping, kindOf, type Value } from "../tree";
import { type Decoder, entriesOf, sorted } from "./decoder";
import { text } from "./scalar";

type Path = readonly (string | number)[];

/** `KEY: value` or `KEY=value`; a key without a value is empty. */
export const mappingOfText: Decoder<Readonly<Record<string, string>>> = (value, path) => {
  if (isMapping(value)) return sorted(entriesOf(value).map(([key, entry]) => [key, textOf(entry)] as const));
  if (!isList(value)) throw unlike(value, path);
  return sorted(unique(value.map((entry) => pairOf(goText(entry)))));
};

/** As {@link mappingOfText}; a key without a value is null. */
export const environment: Decoder<Readonly<Record<string, string | null>>> = (value, path) => {
  if (isMapping(value)) {
    return sorted(entriesOf(value).map(([key, entry]) => [key, entry === null ? null : goText(entry)] as const));
  }
  if (!isList(value)) throw unlike(value, path);
  return sorted(
    unique(
      value.map((entry, index) => {
        const { before, after, found } = cut(goText(entry), "=");
        if (/[\s\u0085\u00a0]$/.test(before)) {
          const where = [...path, index];
          throw new LoadFault(
            where,
            `names the variable "${before}" with a space at its end`,
            undefined,
            "Remove the space.",
          );
        }
        return [before, found ? after : null] as const;
      }),
    ),
  );
};

/** Only a mapping; null is empty. */
export const options: Decoder<Readonly<Record<string, string>>> = (value, path) => {
  if (isMapping(value)) return mappingOfText(value, path);
  throw new LoadFault(path, `is ${kindOf(value)}, where a mapping is wanted`, value, "Give a mapping.");
};

/** A mapping of text or whole numbers. */
export const textDictionary: Decoder<Readonly<Record<string, string>>> = (value, path) => {
  if (!isMapping(value)) throw new LoadFault(path, `is ${kindOf(value)}, where a mapping is wanted`, value);
  return sorted(
    entriesOf(value).map(([key, entry]) => [key, entry === null ? "" : (text(entry, [...path, key]) ?? "")] as const),
  );
};

/** Options that may be repeated. */
export const repeatedOptions: Decoder<Readonly<Record<string, readonly string[]>>> = (value, path) => {
  if (!isMapping(value)) throw new LoadFault(path, `is ${kindOf(value)}, where a mapping is wanted`, value);
  const entries = entriesOf(value).map(
    ([key, entry]) => [key, isList(entry) ? entry.map(goText) : [goText(entry)]] as const,
  );
  return sorted(entries.filter(([, list]) => list.length > 0));
};

/** `host=address` or `host:address`, also several addresses; printed as a sorted list. */
export const hosts: Decoder<readonly string[]> = (value, path) => {
  const list = isMapping(value) ? hostsOfMapping(value, path) : hostsOfList(value, path);
  const lines: string[] = [];
  for (const [host, addresses] of list) {
    if (host === "" || /[:=]/.test(host)) {
      throw new LoadFault(path, "has no valid host name", host, "Write it as host=address.");
    }
    for (const address of addresses) lines.push(`${host}=${address.replace(/^\[(.+)\]$/s, "$1")}`);
  }
  return list.size === 0 ? undefined : lines.sort(compareBytes);
};

function hostsOfMapping(value: { readonly [key: string]: Value }, path: Path): Map<string, readonly string[]> {
  const made = new Map<string, readonly string[]>();
  for (const [host, entry] of entriesOf(value)) {
    if (isList(entry)) made.set(host, entry.map(goText));
    else if (entry === null || typeof entry === "string") made.set(host, [entry ?? ""]);
    else throw new LoadFault([...path, host], `is ${kindOf(entry)}, where an address is wanted`, entry, "Quote it.");
  }
  return made;
}

function hostsOfList(value: Value, path: Path): Map<string, readonly string[]> {
  if (!isList(value)) throw unlike(value, path);
  const made = new Map<string, readonly string[]>();
  for (const [index, entry] of value.entries()) {
    const line = goText(entry);
    const separator = ["=", ":"].find((candidate) => line.includes(candidate));
    if (separator === undefined) {
      throw new LoadFault([...path, index], "has no address", line, "Write it as host=address.");
    }
    const { before, after } = cut(line, separator);
    made.set(before, [...(made.get(before) ?? []), ...after.split(",")]);
  }
  return made;
}

function pairOf(line: string): readonly [string, string] {
  const { before, after } = cut(line, "=");
  return [before, after];
}

/** Of several entries with one key, the last. */
function unique<T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...new Map(entries)];
}

function textOf(value: Value): string {
  return value === null ? "" : goText(value);
}

function unlike(value: Value, path: Path): LoadFault {
  return new LoadFault(path, `is ${kindOf(value)}, where a mapping or a list is wanted`, value, "Give a mapping.");
}
