import type { Fault } from "../values/fault";
import { ComposeError, type Path, pathText, type Stage } from "./fault";
import type { LoadFault } from "./load-fault";
import { isList, isMapping, Timestamp, type Value } from "./tree";
import type { SourceFile } from "./yaml/source";

/** Every file that a project is made of, so that a fault in the merged document is shown where it was written. */
export class Sources {
  private readonly files: SourceFile[] = [];
  /** What a service extends: its parts may be written there. */
  private readonly bases = new Map<string, Set<string>>();

  add(file: SourceFile): void {
    this.files.push(file);
  }

  /** Notes that a service takes over what another one says. */
  extend(service: string, base: string): void {
    const known = this.bases.get(service) ?? new Set();
    this.bases.set(service, known.add(base));
  }

  /** `file:line:column` of an attribute, or of the nearest enclosing one; the last file that says it. */
  positionOf(path: Path, value?: Value): string | undefined {
    let best: { readonly at: string; readonly depth: number; readonly isSame: boolean } | undefined;
    for (const candidate of this.spellings(path)) {
      for (const file of [...this.files].reverse()) {
        const found = file.locate(candidate, typeof value === "string" ? value : undefined);
        if (found === undefined) continue;
        const isBetter =
          best === undefined ||
          found.depth > best.depth ||
          (found.depth === best.depth && found.isSame && !best.isSame);
        if (isBetter) best = found;
      }
    }
    return best?.depth === 0 && path.length > 0 ? undefined : best?.at;
  }

  fault(fault: LoadFault, subject: string): Fault {
    const at = this.positionOf(fault.path, fault.value);
    const isShown = fault.value !== undefined && !isMapping(fault.value) && !isList(fault.value);
    return {
      subject,
      ...(fault.path.length > 0 && { path: pathText(fault.path) }),
      problem: fault.problem,
      ...(isShown && !isSecretPath(fault.path) && { value: shown(fault.value) }),
      ...(fault.advice !== undefined && { advice: fault.advice }),
      ...(at !== undefined && { line: at }),
    };
  }

  error(stage: Stage, faults: readonly LoadFault[], subject: string): ComposeError {
    const made = faults.map((fault) => ({ fault: this.fault(fault, subject), order: this.orderOf(fault) }));
    return new ComposeError(
      stage,
      made.sort((a, b) => a.order - b.order).map(({ fault }) => fault),
    );
  }

  /** Faults are told in the order of the files and of their lines. */
  private orderOf(fault: LoadFault): number {
    const match = /^(.*):(\d+):(\d+)$/s.exec(this.positionOf(fault.path, fault.value) ?? "");
    if (match === null) return Number.MAX_SAFE_INTEGER;
    const file = this.files.findIndex(({ name }) => name === match[1]);
    return file * 1e12 + Number(match[2]) * 1e5 + Math.min(Number(match[3]), 1e5 - 1);
  }

  private spellings(path: Path): readonly Path[] {
    const [first, service, ...rest] = path;
    if (first !== "services" || typeof service !== "string") return [path];
    const names = new Set([service]);
    for (const name of names) for (const base of this.bases.get(name) ?? []) names.add(base);
    return [...names].map((name) => ["services", name, ...rest]);
  }
}

/** Values of variables are never quoted: they are where secrets are. */
function isSecretPath(path: Path): boolean {
  return path.some((part) => part === "environment" || part === "args" || part === "content");
}

function shown(value: Value | undefined): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Timestamp) return value.text;
  if (typeof value === "object" && value !== null && "value" in value) return value.value;
  return value;
}
