import { isList, isObject, type Properties, type Value } from "./value";

/**
 * The old inputs with what the program ignores (`ignoreChanges`) as the new ones have it. The engine takes such parts of the
 * new inputs from the state; but the old ones here may tell of drift, and that is to be left alone as well. A path names an
 * input or a part of it: `envs`, `build.args`, `ports[0].external`, `labels["a.b"]`, `mounts[*].target`.
 */
export function withIgnored(olds: Properties, news: Properties, paths: readonly string[]): Properties {
  let result: Value = olds;
  for (const path of paths) result = replaced(result, news, segmentsOf(path));
  return isObject(result) ? result : olds;
}

/** `ports[0].external` → `ports`, `0`, `external`. */
function segmentsOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted?.replace(/\\(.)/g, "$1") ?? index ?? name ?? "",
  );
}

function replaced(old: Value, now: Value | undefined, [segment, ...rest]: readonly string[]): Value {
  if (segment === undefined) return now ?? null;
  if (isList(old)) {
    const items = isList(now) ? now : [];
    const isMeant = (index: number): boolean => segment === "*" || segment === String(index);
    return old.map((item: Value, index) => (isMeant(index) ? replaced(item, items[index], rest) : item));
  }
  if (!isObject(old)) return old;
  const inner = isObject(now) ? now : {};
  const names = segment === "*" ? Object.keys({ ...old, ...inner }) : [segment];
  const entries = names.map((name): [string, Value] => [name, replaced(old[name] ?? null, inner[name], rest)]);
  return { ...old, ...Object.fromEntries(entries) };
}
