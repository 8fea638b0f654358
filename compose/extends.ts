import { loadFile, type Resets } from "./compose-document";
import { ComposeError } from "./fault";
import { absolute, folderOf, isFolder, relativeTo } from "./files";
import { LoadFault } from "./load-fault";
import type { Loading, Treatment } from "./loading";
import { mergeService } from "./merge/merge";
import { applyResets } from "./merge/reset";
import { resolvePaths } from "./resolve-paths";
import { cloneMapping, isMapping, kindOf, type Mapping, mapping, type Value } from "./tree";

/** A service that is being extended, to see cycles. */
interface Step {
  readonly file: string;
  readonly service: string;
}

/** Services in which bases are looked for, and the file that they are of. */
interface Scope {
  readonly services: Mapping;
  readonly file: string;
  readonly resets: Resets;
}

/** Puts every service over the one that it extends (compose specification, "extends"). Changes the document. */
export function applyExtends(
  document: Mapping,
  file: string,
  resets: Resets,
  loading: Loading,
  treatment: Treatment,
): void {
  const services = document["services"];
  if (services === undefined) return;
  if (!isMapping(services)) throw new LoadFault(["services"], `is ${kindOf(services)}`, services, "Give a mapping.");
  const extension = new Extension(file, loading, treatment);
  for (const name of Object.keys(services)) services[name] = extension.apply(name, { services, file, resets }, []);
}

class Extension {
  /** Each file is loaded once; who takes a service out of it gets a copy. */
  private readonly bases = new Map<string, { readonly services: Mapping; readonly resets: Resets }>();

  constructor(
    private readonly mainFile: string,
    private readonly loading: Loading,
    private readonly treatment: Treatment,
  ) {}

  apply(name: string, scope: Scope, steps: readonly Step[]): Value {
    const service = scope.services[name] ?? null;
    if (service === null) return null;
    const path = ["services", name];
    if (!isMapping(service)) throw new LoadFault(path, `is ${kindOf(service)}`, service, "Give a mapping.");
    const extended = service["extends"];
    if (extended === undefined) return service;
    const { base, file } = referenceOf(extended, [...path, "extends"]);
    const next: Scope = file === undefined ? scope : this.fileScope(file, base, name);
    if (file === undefined && !(base in scope.services)) {
      const advice = "Name a service of this file, or the file.";
      throw new LoadFault([...path, "extends"], "is no service of the file", base, advice);
    }
    this.loading.sources.extend(name, base);
    const below = this.apply(base, next, this.step(steps, { file: file ?? this.mainFile, service: name }));
    if (below === null) return service;
    if (!isMapping(below)) throw new LoadFault(path, `extends ${base}, which is ${kindOf(below)}`);
    const copy = cloneMapping(below);
    applyResets(mapping([["services", mapping([[name, copy]])]]), scope.resets);
    const merged = mergeService(copy, service);
    delete merged["extends"];
    scope.services[name] = merged;
    return merged;
  }

  private step(steps: readonly Step[], step: Step): readonly Step[] {
    if (steps.some(({ file, service }) => file === step.file && service === step.service)) {
      const chain = [...steps, step].map(({ service }) => service).join(" → ");
      const at = this.loading.sources.positionOf(["services", step.service, "extends"]);
      throw new ComposeError("cycle", {
        subject: this.mainFile,
        path: `services.${step.service}.extends`,
        problem: `closes a cycle: ${chain}`,
        advice: "Remove one of these extends.",
        ...(at !== undefined && { line: at }),
      });
    }
    return [...steps, step];
  }

  /** The services of another file, with their paths under that file's folder. */
  private fileScope(file: string, base: string, name: string): Scope {
    const where = new LoadFault(["services", name, "extends", "file"], "");
    const path = absolute(this.treatment.fileBase, file);
    let loaded = this.bases.get(path);
    if (loaded === undefined) {
      loaded = this.load(path, where);
      this.bases.set(path, loaded);
    }
    if (!(base in loaded.services)) {
      throw new LoadFault(["services", name, "extends"], `is no service of ${file}`, base, "Name one of its services.");
    }
    return { services: cloneMapping(loaded.services), file: path, resets: loaded.resets };
  }

  private load(path: string, where: LoadFault): { readonly services: Mapping; readonly resets: Resets } {
    const folder = isFolder(path) ? path : folderOf(path);
    const pathBase = relativeTo(this.treatment.fileBase, folder);
    const treatment: Treatment = {
      ...this.treatment,
      fileBase: folderOf(path),
      pathBase,
      validates: false,
      includes: false,
      extends: false,
      defaults: false,
      resolvesPaths: false,
    };
    const { document, resets } = loadFile(path, mapping(), this.loading, treatment, [], where);
    const services = document["services"];
    if (!isMapping(services)) {
      const problem =
        services === undefined ? "names a file without services" : "names a file whose services are no mapping";
      throw new LoadFault(where.path, problem, path, "Name a compose file with the service.");
    }
    resolvePaths(document, { folder: pathBase, home: this.loading.home });
    return { services, resets };
  }
}

function referenceOf(
  value: Value,
  path: readonly string[],
): { readonly base: string; readonly file: string | undefined } {
  if (typeof value === "string") return { base: value, file: undefined };
  const { service, file } = isMapping(value) ? value : mapping();
  if (typeof service !== "string") throw new LoadFault(path, "names no service", undefined, "Add service.");
  if (file === undefined || file === null) return { base: service, file: undefined };
  if (typeof file !== "string") throw new LoadFault([...path, "file"], `is ${kindOf(file)}`, file, "Give a path.");
  return { base: service, file };
}
