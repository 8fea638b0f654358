import { closeSync, openSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type { EarlyMessage } from "./early-program";

/** The modules of the SDK that every program loads, and that do nothing before they are called. */
const sdkModules = ["runtime/settings.js", "runtime/stack.js", "tsutils.js", "index.js"];

/**
 * What a process does that was started before the engine asked for it: it loads what its program will load anyway, and waits.
 * Then its standard input is what every program's is. Undefined when the host has gone without asking.
 */
export function startEarly(target: string): EarlyMessage | undefined {
  const sdk = join(dirname(target), "..", "..");
  const load = createRequire(target);
  try {
    for (const name of sdkModules) load(join(sdk, name));
  } catch {
    // An SDK without that file, or one that does not load: the program's own attempt will say so.
  }
  const text = readFileSync(0, "utf8");
  closeSync(0);
  openSync("/dev/null", "r");
  if (Reflect.get(globalThis, "globalStore") !== undefined) forget(sdk, load);
  return text === "" ? undefined : JSON.parse(text);
}

/** The SDK keeps the settings it read first in a global: one that reads them while it loads has to load again. */
function forget(sdk: string, load: NodeJS.Require): void {
  for (const path of Object.keys(load.cache)) if (path.startsWith(sdk + sep)) delete load.cache[path];
  Reflect.deleteProperty(globalThis, "globalStore");
}
