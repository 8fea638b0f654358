import type { Fault } from "../values/fault";
import { ComposeError, type Stage } from "./fault";
import { exists, isFolder, readYamlText } from "./files";
import { LoadFault } from "./load-fault";
import { Sources } from "./sources";
import type { Mapping } from "./tree";
import { type ComposeDocument, parseDocuments } from "./yaml/document";
import { SourceFile } from "./yaml/source";

/** How the files of one load are treated; narrower for files that are included or extended. */
export interface Treatment {
  readonly interpolates: boolean;
  readonly validates: boolean;
  readonly includes: boolean;
  readonly extends: boolean;
  readonly defaults: boolean;
  readonly resolvesPaths: boolean;
  /** What relative names of files in `extends` and `include` start from; absolute. */
  readonly fileBase: string;
  /** What relative paths are put under; relative for included files, which the including one puts under its own. */
  readonly pathBase: string;
  readonly environment: ReadonlyMap<string, string>;
}

/** A file of compose, with its documents. */
export interface LoadedFile {
  readonly source: SourceFile;
  readonly documents: readonly ComposeDocument[];
}

/** What one load shares between its files: what was read, what is warned about. */
export class Loading {
  readonly sources = new Sources();
  private readonly parsed = new Map<string, LoadedFile>();
  private readonly told = new Set<string>();
  readonly warnings: string[] = [];
  /** A model of each included project, kept as long as nothing that it depends on differs. */
  readonly includes = new Map<string, Mapping>();

  constructor(
    /** Where the project is: what an included file's folder falls back to. */
    readonly directory: string,
    readonly home: string | undefined,
  ) {}

  readonly warn = (warning: string): void => {
    if (this.told.has(warning)) return;
    this.told.add(warning);
    this.warnings.push(warning);
  };

  /** Reads and parses a file once. @throws {@link ComposeError} when it can't be read, or is no YAML */
  read(path: string, where?: LoadFault): LoadedFile {
    const known = this.parsed.get(path);
    if (known !== undefined) return known;
    const source = new SourceFile(path, this.textOf(path, where));
    const documents = parseDocuments(source);
    this.sources.add(source);
    const file = { source, documents };
    this.parsed.set(path, file);
    return file;
  }

  /** Turns what a step threw into the error of the load. */
  during<T>(stage: Stage, subject: string, step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof LoadFault)) throw error;
      throw this.sources.error(stage, [error], subject);
    }
  }

  refuse(stage: Stage, fault: Fault): never {
    throw new ComposeError(stage, fault);
  }

  private textOf(path: string, where: LoadFault | undefined): string {
    const problem = !exists(path) ? "does not exist" : isFolder(path) ? "is a folder" : undefined;
    if (problem !== undefined) {
      const advice = "Name a compose file.";
      const at = where === undefined ? undefined : this.sources.positionOf(where.path);
      this.refuse("load", { subject: path, problem, advice, ...(at !== undefined && { line: at }) });
    }
    const text = readYamlText(path);
    if (text !== undefined) return text;
    return this.refuse("yaml", { subject: path, problem: "is no text in UTF-8", advice: "Save it as UTF-8." });
  }
}
