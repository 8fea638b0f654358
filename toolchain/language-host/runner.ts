import Module, { createRequire } from "node:module";

/**
 * The entry that a program's Node process starts with: it hands over to the SDK's own runner, the first argument, as if Node
 * had been started on that. Before, it turns Node's compile cache on and makes a big module that the SDK loads for
 * serialising functions, which most programs never do, load at its first use.
 */
function main(): void {
  const [, , target, ...rest] = process.argv;
  if (target === undefined) throw new Error("usage: runner TARGET [ARGUMENT]...");
  if ("enableCompileCache" in Module) Module.enableCompileCache();
  loadLazily("@npmcli/arborist", target);
  process.argv = [process.argv[0] ?? process.execPath, target, ...rest];
  Module.runMain();
}

/** Puts a stand-in in the place of the copy of a module that a file would load. Nothing happens where there is none. */
function loadLazily(name: string, file: string): void {
  const load = createRequire(file);
  let path: string;
  try {
    path = load.resolve(name);
  } catch {
    return;
  }
  const standIn = new Module(path);
  standIn.filename = path;
  standIn.exports = lazy(() => {
    if (load.cache[path] === standIn) delete load.cache[path];
    return load(path);
  });
  standIn.loaded = true;
  load.cache[path] = standIn;
}

/** Looks like the exports of a module, as a namespace or as a class, and loads the module when asked for anything. */
function lazy(load: () => unknown): object {
  let loaded: object | undefined;
  const real = (): object => {
    if (loaded !== undefined) return loaded;
    const value = load();
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      throw new Error("a module without a namespace cannot be loaded lazily");
    }
    loaded = value;
    return value;
  };
  return new Proxy(class {}, {
    get: (_, key) => {
      if (key === "__esModule") return true;
      const value: unknown = Reflect.get(real(), key);
      return value === undefined && key === "default" ? real() : value;
    },
    has: (_, key) => Reflect.has(real(), key),
    construct: (_, args: unknown[]) => {
      const made = real();
      if (typeof made !== "function") throw new TypeError("the module is not a class");
      return Reflect.construct(made, args);
    },
  });
}

main();
