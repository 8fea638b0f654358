import type { Path } from "../fault";
import { LoadFault } from "../load-fault";
import { isList, isMapping, kindOf, mapping, type Value } from "../tree";

/**
 * Reads an attribute of the document into the model; undefined leaves it out, as compose does with zero values.
 * What a decoder refuses is what compose's struct decoding refuses. @throws {@link LoadFault}
 */
export type Decoder<T> = (value: Value, path: Path) => T | undefined;

/** A decoder for each field, in the order in which compose prints them. A field without one does not compile. */
export type Fields<T> = { readonly [K in keyof T]-?: Decoder<NonNullable<T[K]>> | Always<T[K]> };

/** A field that is printed even when it is empty. */
export interface Always<T> {
  readonly always: (value: Value | undefined, path: Path) => T;
}

export function always<T>(read: (value: Value | undefined, path: Path) => T): Always<T> {
  return { always: read };
}

/** A structure; absent in the document is absent in the model, empty is empty. */
export function structure<T extends object>(fields: Fields<T>): Decoder<T> {
  const readers = Object.entries<Decoder<unknown> | Always<unknown>>(fields).map(
    ([name, reader]) => [name, documentKey(name), reader] as const,
  );
  return (value, path) => {
    if (value === null) return undefined;
    if (!isMapping(value)) throw new LoadFault(path, `is ${kindOf(value)}, where a mapping is wanted`, value);
    const made: Record<string, unknown> = {};
    for (const [name, key, reader] of readers) {
      const given = value[key];
      if (typeof reader !== "function") made[name] = reader.always(given, [...path, key]);
      else if (given !== undefined && given !== null) {
        const read = reader(given, [...path, key]);
        if (read !== undefined) made[name] = read;
      }
    }
    return made as T;
  };
}

/** A list; left out when it is empty. */
export function list<T>(entry: Decoder<T>, absent: T): Decoder<readonly T[]> {
  return (value, path) => {
    if (!isList(value)) throw new LoadFault(path, `is ${kindOf(value)}, where a list is wanted`, value, "Give a list.");
    if (value.length === 0) return undefined;
    return value.map((item, index) => (item === null ? absent : (entry(item, [...path, index]) ?? absent)));
  };
}

/** A mapping of user-chosen keys; left out when it is empty. */
export function dictionary<T>(entry: Decoder<T>, absent: T): Decoder<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isMapping(value)) throw new LoadFault(path, `is ${kindOf(value)}, where a mapping is wanted`, value);
    return sorted(
      entriesOf(value).map(([key, item]) => [key, item === null ? absent : (entry(item, [...path, key]) ?? absent)]),
    );
  };
}

/** Entries as an object in the order of Go's maps, left out when there are none. */
export function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> | undefined {
  if (entries.length === 0) return undefined;
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/**
 * The entries of a mapping of user-chosen keys. Those with `x-` in front compose takes for extensions even here, and
 * prints them as one entry `#extensions`; it is in the config hash, so we do the same (and warn: extension-keys.ts).
 */
export function entriesOf(value: { readonly [key: string]: Value }): readonly (readonly [string, Value])[] {
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith("x-"))) return keys.map((key) => [key, value[key] ?? null] as const);
  const kept = keys.filter((key) => !key.startsWith("x-")).map((key) => [key, value[key] ?? null] as const);
  const extensions = keys.filter((key) => key.startsWith("x-")).map((key) => [key, value[key] ?? null] as const);
  return [...kept, ["#extensions", mapping(extensions)] as const];
}

/** Compose prints some fields in capitals and reads them in small letters. */
function documentKey(name: string): string {
  return /^[A-Z]/.test(name) ? name.toLowerCase() : name;
}
