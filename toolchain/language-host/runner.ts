import Module, { createRequire } from "node:module";
import { sep } from "node:path";

/**
 * The entry that a program's Node process starts with: it hands over to the SDK's own runner, the first argument, as if Node
 * had been started on that. Before, it turns Node's compile cache on and makes two big modules that the SDK loads for
 * serialising functions, which most programs never do, load at their first use.
 */
function main(): void {
  const [, , target, ...rest] = process.argv;
  if (target === undefined) throw new Error("usage: runner TARGET [ARGUMENT]...");
  if ("enableCompileCache" in Module) Module.enableCompileCache();
  loadLazily(
    new Map([
      [`${sep}@pulumi${sep}pulumi${sep}runtime${sep}closure${sep}codePaths.js`, "@npmcli/arborist"],
      [`${sep}@pulumi${sep}pulumi${sep}typescript-shim.js`, "typescript"],
    ]),
  );
  process.argv = [process.argv[0] ?? process.execPath, target, ...rest];
  Module.runMain();
}

/** Makes the files with these endings get a stand-in for a module, which loads the module when it is first looked at. */
function loadLazily(modules: ReadonlyMap<string, string>): void {
  const name = "_resolveFilename";
  const original: unknown = Reflect.get(Module, name);
  if (typeof original !== "function") return;
  const load = createRequire(__filename);
  const resolve = function (this: unknown, request: string, parent: unknown, ...more: unknown[]): unknown {
    const path: unknown = Reflect.apply(original, this, [request, parent, ...more]);
    if (typeof path !== "string" || !wants(modules, request, parent)) return path;
    const standIn = `${path}?lazy`;
    if (load.cache[standIn] === undefined) {
      const made = new Module(standIn);
      made.exports = lazy(() => load(path));
      made.loaded = true;
      load.cache[standIn] = made;
    }
    return standIn;
  };
  Reflect.set(Module, name, resolve);
}

function wants(modules: ReadonlyMap<string, string>, request: string, parent: unknown): boolean {
  if (![...modules.values()].includes(request) || !(parent instanceof Module)) return false;
  return [...modules].some(([ending, module]) => module === request && parent.filename?.endsWith(ending));
}

/** Looks like the namespace of a module and loads it when asked for anything. */
function lazy(load: () => unknown): object {
  let loaded: object | undefined;
  const real = (): object => {
    if (loaded === undefined) {
      const value = load();
      if ((typeof value !== "object" && typeof value !== "function") || value === null) {
        throw new Error("a module without a namespace cannot be loaded lazily");
      }
      loaded = value;
    }
    return loaded;
  };
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === "__esModule") return true;
        const value: unknown = Reflect.get(real(), key);
        return value === undefined && key === "default" ? real() : value;
      },
      has: (_, key) => Reflect.has(real(), key),
    },
  );
}

main();
