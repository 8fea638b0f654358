import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A module of the program's own that is loaded when something asks for it, and not before. */
export class LazyModule {
  private loaded: object | undefined;
  private placeholder: Module | undefined;

  private constructor(
    /** The file that `require` would load. */
    readonly path: string,
    /** The version of its package; undefined where there is no package.json. */
    readonly version: string | undefined,
    private readonly require: NodeJS.Require,
  ) {}

  /** The copy of a module that a file would load; undefined where there is none. */
  static find(name: string, file: string): LazyModule | undefined {
    const load = createRequire(file);
    try {
      const path = load.resolve(name);
      return new LazyModule(path, versionOf(name, path), load);
    } catch {
      return undefined;
    }
  }

  /** Puts a stand-in in its place. `known` is what it answers without loading anything; its shape is what `typeof` sees. */
  standIn(shape: "function" | "namespace", known: Readonly<Record<string, unknown>> = {}): void {
    const placeholder = new Module(this.path);
    placeholder.filename = this.path;
    placeholder.exports = this.proxy(shape, known);
    placeholder.loaded = true;
    this.placeholder = placeholder;
    this.require.cache[this.path] = placeholder;
  }

  /** The real module; whoever requires it from now on gets it too. */
  load(): object {
    if (this.loaded !== undefined) return this.loaded;
    if (this.require.cache[this.path] === this.placeholder) delete this.require.cache[this.path];
    const value: unknown = this.require(this.path);
    if ((typeof value !== "object" && typeof value !== "function") || value === null) {
      throw new Error(`${this.path} has no namespace and can't be loaded lazily`);
    }
    this.loaded = value;
    return value;
  }

  /** Looks like the exports, and loads the module when asked for what is not known. */
  private proxy(shape: "function" | "namespace", known: Readonly<Record<string, unknown>>): object {
    return new Proxy(shape === "function" ? shapeless() : {}, {
      get: (_, key) => {
        if (key === "__esModule") return true;
        if (typeof key === "string" && Object.hasOwn(known, key)) return known[key];
        const value: unknown = Reflect.get(this.load(), key);
        return value === undefined && key === "default" ? this.load() : value;
      },
      has: (_, key) => Reflect.has(this.load(), key),
      ownKeys: () => Reflect.ownKeys(this.load()),
      getOwnPropertyDescriptor: (_, key) => {
        const own = Reflect.getOwnPropertyDescriptor(this.load(), key);
        // What the stand-in itself does not have must not look as if it could not change.
        return own && { value: Reflect.get(this.load(), key), enumerable: own.enumerable ?? false, configurable: true };
      },
      construct: (_, args: unknown[]) => {
        const made = this.load();
        if (typeof made !== "function") throw new TypeError("the module is not a class");
        return Reflect.construct(made, args);
      },
    });
  }
}

/** A function that `new` takes too and that has no properties of its own which a stand-in would have to show. */
function shapeless(): object {
  return (() => {}).bind(undefined);
}

/** The version in the package.json of the package that holds a file. */
function versionOf(name: string, path: string): string | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      if (typeof manifest !== "object" || manifest === null) continue;
      if (Reflect.get(manifest, "name") !== name) continue;
      const version: unknown = Reflect.get(manifest, "version");
      return typeof version === "string" ? version : undefined;
    } catch {
      // A folder without one, or with one that is not for reading.
    }
  }
  return undefined;
}
