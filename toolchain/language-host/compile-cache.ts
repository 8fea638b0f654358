import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, resolve } from "node:path";
import type { RegisterOptions, Service } from "ts-node";

/** What this file uses of ts-node. */
interface TsNode {
  register(options: RegisterOptions): Service;
  create(options: RegisterOptions): Service;
}

/** Whether a loaded module is a ts-node. */
export function isTsNode(module: object): module is TsNode {
  return typeof Reflect.get(module, "register") === "function" && typeof Reflect.get(module, "create") === "function";
}

/** Where the program's own ts-node and compiler are, and how to load them. */
export interface Compiler {
  /** The file that `require("ts-node")` gives. */
  readonly path: string;
  /** The versions of ts-node and of the compiler. */
  readonly versions: readonly [string, string];
  readonly load: () => TsNode;
}

/** What a registration of ts-node came to; kept so that the next run need not load it to know. */
interface Registration {
  /** The file extensions it compiles. */
  readonly extensions: readonly string[];
  /** Paths below `node_modules`, seen from here, are not compiled. */
  readonly base: string;
}

/** How long something that is not made anew stays, in ms. */
const keepFor = 30 * 24 * 3600 * 1000;

/**
 * Stands in for ts-node's `register` where types are not checked: hands out what the same ts-node made of the same text
 * under the same settings, and loads it only for what is new. Loading it and the compiler takes most of a small program's time.
 */
export class CompileCache {
  private readonly outputs = new Map<string, string>();
  private readonly packageTypes = new Map<string, string>();
  private wrote = false;

  /** With the program's compiler and a folder of this user's own, which is made when first needed. */
  constructor(
    private readonly compiler: Compiler,
    private readonly folder: string,
  ) {}

  /** As ts-node's own, for CommonJS programs; with anything out of the ordinary it is ts-node's own. */
  register(options: RegisterOptions): void {
    const settings = options.transpileOnly === true ? fingerprint(options, this.compiler.versions) : undefined;
    if (settings === undefined) {
      this.compiler.load().register(options);
      return;
    }
    const known = this.registration(settings);
    if (known === undefined) this.registerFirst(options, settings);
    else this.registerKnown(options, settings, known);
  }

  /** Registers ts-node itself and keeps what it makes. */
  private registerFirst(options: RegisterOptions, settings: string): void {
    const service = this.compiler.load().register(options);
    if (!isPlain(service)) return;
    const configFile: unknown = Reflect.get(service, "configFilePath");
    const base = typeof configFile === "string" ? dirname(configFile) : process.cwd();
    const extensions = [...compiledExtensions(service)];
    this.write(`${settings}.json`, JSON.stringify({ extensions, base } satisfies Registration));
    const compile = service.compile.bind(service);
    service.compile = (code, path, line) => {
      const output = compile(code, path, line);
      this.write(this.key(settings, code, path), output);
      return output;
    };
  }

  private registerKnown(options: RegisterOptions, settings: string, known: Registration): void {
    let service: Service | undefined;
    const compile = (code: string, path: string): string => {
      const key = this.key(settings, code, path);
      const kept = this.read(key);
      if (kept !== undefined) {
        this.outputs.set(path, kept);
        return kept;
      }
      service ??= this.compiler.load().create(options);
      const output = service.compile(code, path);
      this.write(key, output);
      return output;
    };
    this.mapStackTraces();
    const handlers = createRequire(this.compiler.path).extensions;
    for (const extension of known.extensions) {
      const before = handlers[extension] ?? handlers[".js"];
      handlers[extension] = (module, path) => {
        if (/(?:^|\/)node_modules\//.test(relative(known.base, path).replaceAll("\\", "/")))
          return before?.(module, path);
        if (extname(path) !== ".cts" && this.packageType(dirname(path)) === "module") {
          handlers[extension] = before;
          this.compiler.load().register(options);
          return handlers[extension]?.(module, path);
        }
        const finish = compileMethod(module);
        Reflect.set(module, "_compile", (code: string, file: string) => finish(compile(code, file), file));
        return before?.(module, path);
      };
    }
  }

  /** Stack traces name the lines of the source, as ts-node has it: by the maps inside of the outputs. */
  private mapStackTraces(): void {
    const maps: unknown = createRequire(this.compiler.path)("@cspotcode/source-map-support");
    const install: unknown = typeof maps === "object" && maps !== null ? Reflect.get(maps, "install") : undefined;
    if (typeof install !== "function") throw new Error("@cspotcode/source-map-support has no install");
    const retrieveFile = (path: string): string => this.outputs.get(path) ?? "";
    install({ environment: "node", retrieveFile, redirectConflictingLibrary: true });
  }

  private key(settings: string, code: string, path: string): string {
    return `${sha256(settings, path, this.packageType(dirname(path)), code)}.js`;
  }

  /** The `type` of the package that a folder belongs to: it decides how a file is compiled. */
  private packageType(folder: string): string {
    const known = this.packageTypes.get(folder);
    if (known !== undefined) return known;
    const text = textOf(join(folder, "package.json"));
    const up = dirname(folder);
    const type = text === undefined ? (up === folder ? "" : this.packageType(up)) : typeIn(text);
    this.packageTypes.set(folder, type);
    return type;
  }

  private registration(settings: string): Registration | undefined {
    const text = this.read(`${settings}.json`);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return isRegistration(value) ? value : undefined;
  }

  private read(name: string): string | undefined {
    return textOf(join(this.folder, name));
  }

  /** Writes whole or not at all. A cache that can't be written is no fault: the next run compiles again. */
  private write(name: string, text: string): void {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const partial = join(this.folder, `${name}.${process.pid}.partial`);
      writeFileSync(partial, text, { mode: 0o600 });
      renameSync(partial, join(this.folder, name));
    } catch {
      return;
    }
    if (!this.wrote) prune(this.folder);
    this.wrote = true;
  }
}

/** The settings as one word: options, environment, versions and the texts of all tsconfig files; undefined if they can't be told. */
function fingerprint(options: RegisterOptions, versions: readonly string[]): string | undefined {
  const configs = options.skipProject === true ? [] : configTexts(resolve(options.project ?? "tsconfig.json"), 0);
  if (configs === undefined) return undefined;
  const variables = Object.entries(process.env).filter(([name]) => name.startsWith("TS_NODE_"));
  return sha256(process.version, process.cwd(), JSON.stringify([versions, options, variables, configs]));
}

/** The texts of a tsconfig file and of those it extends; undefined when one can't be found. */
function configTexts(path: string, depth: number): string[] | undefined {
  const text = textOf(path);
  if (text === undefined || depth > 10) return undefined;
  const texts = [path, text];
  for (const [, list = ""] of text.matchAll(/"extends"\s*:\s*("[^"]*"|\[[^\]]*\])/g)) {
    for (const [, name = ""] of list.matchAll(/"([^"]*)"/g)) {
      const parent = configFile(name, path);
      const more = parent === undefined ? undefined : configTexts(parent, depth + 1);
      if (more === undefined) return undefined;
      texts.push(...more);
    }
  }
  return texts;
}

function configFile(name: string, from: string): string | undefined {
  for (const candidate of [name, `${name}.json`, `${name}/tsconfig.json`]) {
    try {
      const path = createRequire(from).resolve(candidate);
      if (path.endsWith(".json")) return path;
    } catch {
      // The next spelling.
    }
  }
  return undefined;
}

/** Nothing that changes what is compiled, or how modules are found. */
function isPlain({ options }: Service): boolean {
  const { swc, esm, scope, preferTsExts, experimentalResolver, transpiler, ignore, require: first, emit } = options;
  const switches = [swc, esm, scope, preferTsExts, experimentalResolver, transpiler, ignore, emit];
  return switches.every((one) => !one) && (first ?? []).length === 0;
}

function compiledExtensions(service: Service): readonly string[] {
  const extensions: unknown = Reflect.get(service, "extensions");
  const compiled: unknown =
    typeof extensions === "object" && extensions !== null ? Reflect.get(extensions, "compiled") : undefined;
  return Array.isArray(compiled) ? compiled.filter((one) => typeof one === "string") : [".ts"];
}

function compileMethod(module: NodeJS.Module): (code: string, path: string) => unknown {
  const method: unknown = Reflect.get(module, "_compile");
  if (typeof method !== "function") throw new Error("this Node's modules can't be compiled by a hook");
  return (code, path) => Reflect.apply(method, module, [code, path]);
}

function isRegistration(value: unknown): value is Registration {
  if (typeof value !== "object" || value === null || !("extensions" in value) || !("base" in value)) return false;
  return Array.isArray(value.extensions) && typeof value.base === "string";
}

function typeIn(manifest: string): string {
  try {
    const value: unknown = JSON.parse(manifest);
    const type: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "type") : undefined;
    return typeof type === "string" ? type : "";
  } catch {
    return "";
  }
}

function prune(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > keepFor) rmSync(path);
    } catch {
      // Another run was faster.
    }
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function sha256(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest("hex");
}
