import { isList, isMapping, type Mapping, type Value } from "./tree";

/** Attributes whose keys are the user's, where compose still takes `x-…` for an extension. */
const openAttributes = new Set(["labels", "environment", "annotations", "args", "sysctls", "options", "driver_opts"]);

/** Warns of keys such as `labels: {x-team: …}`: compose does not hand them on, so neither do we. */
export function warnOfExtensionKeys(document: Mapping, warn: (warning: string) => void): void {
  visit(document, "", warn);
}

function visit(value: Value, path: string, warn: (warning: string) => void): void {
  if (isList(value)) {
    for (const entry of value) if (typeof entry === "object") visit(entry, path, warn);
    return;
  }
  if (!isMapping(value)) return;
  for (const key in value) {
    const entry = value[key] ?? null;
    const where = path === "" ? key : `${path}.${key}`;
    if (key.startsWith("x-")) continue;
    if (openAttributes.has(key) && isMapping(entry)) {
      for (const name of Object.keys(entry)) {
        if (!name.startsWith("x-")) continue;
        warn(
          `${where}: compose takes "${name}" for an extension and does not hand it on. Write this attribute as a list.`,
        );
      }
    } else if (typeof entry === "object") visit(entry, where, warn);
  }
}
