import { LoadFault } from "./load-fault";
import type { Service } from "./model/service";

/** A cycle of `depends_on`; undefined when there is none. The same one at every run. */
export function findDependencyCycle(services: Readonly<Record<string, Service>>): LoadFault | undefined {
  const done = new Set<string>();
  for (const start of Object.keys(services).sort()) {
    const cycle = search(start, services, done);
    if (cycle !== undefined) {
      const [first = "", second = ""] = cycle;
      return new LoadFault(
        ["services", first, "depends_on", second],
        `closes a cycle of dependencies: ${cycle.join(" → ")}`,
        undefined,
        "Remove one of these dependencies.",
      );
    }
  }
  return undefined;
}

/** Depth first without recursion: chains of dependencies may be as long as the project. */
function search(
  start: string,
  services: Readonly<Record<string, Service>>,
  done: Set<string>,
): readonly string[] | undefined {
  const open: { readonly name: string; readonly next: string[] }[] = [];
  const push = (name: string): void => {
    open.push({
      name,
      next: Object.keys(services[name]?.depends_on ?? {})
        .sort()
        .reverse(),
    });
  };
  if (!done.has(start)) push(start);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const name = top.next.pop();
    if (name === undefined) {
      done.add(top.name);
      open.pop();
    } else if (Object.hasOwn(services, name) && !done.has(name)) {
      const at = open.findIndex((entry) => entry.name === name);
      if (at !== -1) return [...open.slice(at).map((entry) => entry.name), name];
      push(name);
    }
  }
  return undefined;
}
