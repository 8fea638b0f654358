import { withIgnored } from "./ignored";
import { hasUnknown, isEmpty, isList, isObject, type Properties, unknown, type Value } from "./value";

/** What a changed input asks for: a new object, a change of the one that runs, or a change of the state only. */
export type Effect = "replace" | "update" | "live";

/** How one input is compared and what its change asks for. */
export interface Rule {
  /** What a change of this input asks for; a function where that hangs on the two values (null: not given) or on other inputs. */
  readonly on: Effect | ((before: Value, after: Value, olds: Properties, news: Properties) => Effect);
  /** The value as what it means, so that two spellings of one meaning compare equal. Default: the value itself. */
  readonly meaning?: (value: Value, all: Properties) => Value;
  /** True where the order of the list says nothing. Default: the order counts. */
  readonly unordered?: boolean;
  /** Names of lists inside the value whose order says nothing either, such as `aliases`. Default: none. */
  readonly sets?: readonly string[];
}

/** A typed table: every input of a resource and its rule. */
export type Rules<Inputs> = { readonly [Name in keyof Required<Inputs>]: Rule };

/** One leaf that changed. */
export interface Change {
  /** Property path, such as `envs[0]` or `ports[1].external`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly effect: Effect;
}

/** Everything that differs between two sets of inputs, leaf by leaf. */
export function diffInputs(
  rules: Readonly<Record<string, Rule>>,
  before: Properties,
  news: Properties,
  ignored: readonly string[] = [],
): Change[] {
  const olds = ignored.length === 0 ? before : withIgnored(before, news, ignored);
  const changes: Change[] = [];
  for (const [name, rule] of Object.entries(rules)) {
    if (ignored.includes(name)) continue;
    const before = meaningOf(rule, name, olds);
    const after = meaningOf(rule, name, news);
    // A part that is not known yet has no meaning yet: then the input as a whole is what changes.
    const isVague = rule.meaning !== undefined && hasUnknown(news[name]);
    if (!isVague && isEmpty(before) && isEmpty(after)) continue;
    const vague: Leaf[] = [{ path: name, kind: isEmpty(before) ? "add" : "update" }];
    const leaves = isVague ? vague : compare(name, before, after, rule.unordered === true, rule.sets ?? []);
    if (leaves.length === 0) continue;
    const on = rule.on;
    const [old, now] = [olds[name] ?? null, news[name] ?? null] as const;
    const effect = typeof on === "string" ? on : on(old, now, olds, news);
    // `tty: false` in place of `tty: true` is an update, though it means the same as nothing.
    const isSaid = !isEmpty(old) && !isEmpty(now);
    const named = leaves.map((leaf) => (isSaid && leaf.path === name ? { ...leaf, kind: "update" as const } : leaf));
    changes.push(...named.map((leaf) => ({ ...leaf, effect })));
  }
  return changes;
}

/** True where an input means the same in two sets of inputs. */
export function meansSame(rule: Rule, name: string, one: Properties, other: Properties): boolean {
  const a = meaningOf(rule, name, one);
  const b = meaningOf(rule, name, other);
  if (isEmpty(a) && isEmpty(b)) return true;
  return compare(name, a, b, rule.unordered === true, rule.sets ?? []).length === 0;
}

/** The top-level name of a property path. */
export function rootOf(path: string): string {
  return path.replace(/[.[].*$/s, "");
}

function meaningOf(rule: Rule, name: string, all: Properties): Value {
  const value = all[name] ?? null;
  if (value === unknown || value === null) return value;
  const means = rule.meaning === undefined ? value : rule.meaning(value, all);
  return clean(means, rule.unordered === true, rule.sets ?? []);
}

type Leaf = Omit<Change, "effect">;

function compare(path: string, before: Value, after: Value, unordered: boolean, sets: readonly string[]): Leaf[] {
  if (same(before, after, sets)) return [];
  if (isEmpty(before)) return [{ path, kind: "add" }];
  if (isEmpty(after)) return [{ path, kind: "delete" }];
  if (isList(before) && isList(after)) {
    return unordered ? compareSets(path, before, after, sets) : compareLists(path, before, after, sets);
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      compare(pathTo(path, key), before[key] ?? null, after[key] ?? null, sets.includes(key), sets),
    );
  }
  return [{ path, kind: "update" }];
}

function compareLists(
  path: string,
  before: readonly Value[],
  after: readonly Value[],
  sets: readonly string[],
): Leaf[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) =>
    compare(`${path}[${index}]`, before[index] ?? null, after[index] ?? null, false, sets),
  );
}

interface Item {
  readonly value: Value;
  readonly index: number;
}

/** Elements present on both sides cancel out; what is left is paired in order and named by its place in the list. */
function compareSets(path: string, before: readonly Value[], after: readonly Value[], sets: readonly string[]): Leaf[] {
  const place = (value: Value, index: number): Item => ({ value, index });
  const gone = before.map(place).filter(({ value }) => !after.some((x) => same(x, value, sets)));
  const come = after.map(place).filter(({ value }) => !before.some((x) => same(x, value, sets)));
  const changes: Leaf[] = [];
  for (let at = 0; at < Math.max(gone.length, come.length); at++) {
    const old = gone[at];
    const now = come[at];
    if (now === undefined && old !== undefined) changes.push({ path: `${path}[${old.index}]`, kind: "delete" });
    else if (now !== undefined) {
      changes.push({ path: `${path}[${now.index}]`, kind: old === undefined ? "add" : "update" });
    }
  }
  return changes;
}

function pathTo(path: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** Two values without their empty parts are the same text, or they are not the same. Unknown equals nothing. */
function same(before: Value, after: Value, sets: readonly string[], unordered = false): boolean {
  if (before === unknown || after === unknown) return false;
  if (isEmpty(before) && isEmpty(after)) return true;
  if (isList(before) && isList(after)) {
    if (before.length !== after.length) return false;
    if (!unordered) return before.every((value, index) => same(value, after[index] ?? null, sets));
    return before.every((value) => after.some((x) => same(x, value, sets)));
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.every((key) => same(before[key] ?? null, after[key] ?? null, sets, sets.includes(key)));
  }
  return before === after;
}

/** Without the bookkeeping of the official plugin's bridge, and without repeats where order says nothing. */
function clean(value: Value, unordered: boolean, sets: readonly string[]): Value {
  if (isList(value)) {
    const items = value.map((item: Value) => clean(item, false, sets));
    // What is not known yet may be a repeat or not: it stays.
    const isFirst = (item: Value, index: number): boolean =>
      hasUnknown(item) || items.findIndex((x) => same(x, item, sets)) === index;
    return unordered ? items.filter(isFirst) : items;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([key, item]) => key !== "__defaults" && item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, clean(item ?? null, sets.includes(key), sets)]));
  }
  return value;
}
