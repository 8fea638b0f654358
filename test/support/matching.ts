/** What of `wanted` is not so in `seen`, as paths with both values; maps match in part, lists as a whole, in any order of objects. */
export function missing(seen: unknown, wanted: unknown, path = ""): string[] {
  if (Array.isArray(wanted)) {
    const list = Array.isArray(seen) ? seen : [];
    const same = list.length === wanted.length;
    const bad = wanted.filter((item) => !list.some((candidate) => missing(candidate, item).length === 0));
    return same && bad.length === 0 ? [] : [`${path}: ${JSON.stringify(seen)} is not ${JSON.stringify(wanted)}`];
  }
  if (typeof wanted === "object" && wanted !== null) {
    const map = typeof seen === "object" && seen !== null ? seen : {};
    return Object.entries(wanted).flatMap(([key, value]) => missing(Reflect.get(map, key), value, `${path}.${key}`));
  }
  const isZero = (value: unknown): boolean => value === undefined || value === null || value === "" || value === 0;
  if (seen === wanted || (isZero(seen) && isZero(wanted))) return [];
  return [`${path}: ${JSON.stringify(seen)} is not ${JSON.stringify(wanted)}`];
}

/** Runs a task for each item, at most `limit` at a time. */
export async function eachOf<Item>(
  items: readonly Item[],
  limit: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: limit }, work));
}
