import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { RegisterOptions } from "ts-node";
import { cacheFolder } from "../../values/cache-folder";
import { whenParentIsGone } from "../../values/parent";
import { ClosureHooks } from "./closure-hooks";
import { CompileCache, isTsNode } from "./compile-cache";
import { startEarly } from "./early-start";
import { LazyModule } from "./lazy-module";
import { earlyVariable, targetVariable } from "./variables";
import { hideWireLines } from "./wire-lines";

/**
 * The entry that a program's Node process starts with: it hands over to the SDK's own runner, named by a variable, as if Node
 * had been started on that: a module that `--import` loads first counts the same arguments as on a stock host. Before, it
 * turns Node's compile cache on and puts aside, until something asks for them, modules that the runner loads for every
 * program: those for serialising functions, for running other commands and for tracing, the TypeScript compiler, and ts-node.
 */
function main(): void {
  const target = process.env[targetVariable];
  const isEarly = process.env[earlyVariable] !== undefined;
  if (target === undefined) throw new Error(`${targetVariable} does not name the SDK's runner`);
  delete process.env[targetVariable];
  delete process.env[earlyVariable];
  const [node = process.execPath, , ...words] = process.argv;
  if ("enableCompileCache" in Module) Module.enableCompileCache(join(cacheFolder(), "node-compile-cache"));
  whenParentIsGone(leaveWithHost);
  putAside(target, words.includes("--tracing"));
  const message = isEarly ? startEarly(target) : { args: words, env: {} };
  if (message === undefined) process.exit(0);
  Object.assign(process.env, message.env);
  process.argv = [node, target, ...message.args];
  hideWireLines(target);
  Module.runMain();
}

/** Puts stand-ins in the place of what few programs use. */
function putAside(target: string, isTraced: boolean): void {
  const sdk = join(dirname(target), "..", "..");
  for (const name of ["@npmcli/arborist", "normalize-package-data", "execa"]) {
    LazyModule.find(name, target)?.standIn("function");
  }
  for (const name of ["js-yaml", join(sdk, "automation/index.js")]) LazyModule.find(name, target)?.standIn("namespace");
  LazyModule.find(join(sdk, "runtime/closure/v8Hooks.js"), target)?.standIn("namespace", new ClosureHooks().exports);
  if (!isTraced) putTracingAside(target);
  const debuggable = LazyModule.find(join(sdk, "runtime/debuggable.js"), target);
  if (debuggable !== undefined) formatTracesLate(debuggable.load());
  if (process.env["PULUMI_NODEJS_TYPESCRIPT"] === "true") putCompilerAside(target);
}

/** How long a program may take to end by itself when its host has gone, in ms. */
const goneGraceMs = 5000;

/** A program whose host was killed has nobody to talk to: it must not wait for an engine that is gone. */
function leaveWithHost(): void {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), goneGraceMs).unref();
  process.kill(process.pid, "SIGTERM");
}

/** Without tracing its spans go nowhere, and need nothing but the API. */
function putTracingAside(target: string): void {
  const api = createRequire(target);
  const none = () => {
    const { trace, INVALID_SPAN_CONTEXT }: typeof import("@opentelemetry/api") = api("@opentelemetry/api");
    return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  };
  LazyModule.find(join(dirname(target), "tracing.js"), target)?.standIn("namespace", { newSpan: none });
}

/** The SDK keeps a stack trace of every promise, to name one that is never settled: only such a one is made into text. */
function formatTracesLate(debuggable: object): void {
  const watch: unknown = Reflect.get(debuggable, "debuggablePromise");
  if (typeof watch !== "function") return;
  const watchLate = (...args: readonly unknown[]): unknown => {
    const format = Error.prepareStackTrace;
    if (format !== undefined) {
      Error.prepareStackTrace = (error, frames) => ({ toString: () => String(format(error, frames)) });
    }
    try {
      return Reflect.apply(watch, debuggable, args);
    } finally {
      Error.prepareStackTrace = format;
    }
  };
  Reflect.set(debuggable, "debuggablePromise", watchLate);
}

/** Leaves the compiler and ts-node alone until a file comes that no former run has compiled. */
function putCompilerAside(target: string): void {
  const compiler = LazyModule.find("typescript", target);
  const tsNode = LazyModule.find("ts-node", target);
  if (compiler?.version === undefined || tsNode?.version === undefined || !tsNode.version.startsWith("10.")) return;
  const load = () => {
    compiler.load();
    const loaded = tsNode.load();
    if (!isTsNode(loaded)) throw new Error(`${tsNode.path} is not ts-node`);
    return loaded;
  };
  const versions = [tsNode.version, compiler.version] as const;
  const cache = new CompileCache({ path: tsNode.path, versions, load }, join(cacheFolder(), "programs"));
  tsNode.standIn("namespace", {
    VERSION: tsNode.version,
    register: (options: RegisterOptions) => cache.register(options),
  });
  compiler.standIn("namespace", {
    version: compiler.version,
    parseConfigFileTextToJson: (file: string, text: string) => {
      const config = plainJson(text);
      return config === undefined ? callThrough(compiler.load(), "parseConfigFileTextToJson", file, text) : { config };
    },
  });
}

/** The value of a text that is JSON without comments or the like; undefined for any other. */
function plainJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function callThrough(module: object, name: string, ...args: readonly unknown[]): unknown {
  const method: unknown = Reflect.get(module, name);
  if (typeof method !== "function") throw new TypeError(`${name} is not a function`);
  return Reflect.apply(method, module, args);
}

main();
