import { readFileSync } from "node:fs";
import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Document } from "yaml";
import { type Fault, SlipwayError } from "../values/fault";

/** Settings that every stack starts from; a stack's own go over them, key by key. */
const shared = "default";

/**
 * Reads the settings of the running stack from a YAML file whose top-level keys are stack names, and checks them:
 *
 * ```yaml
 * default: { replicas: 1 }
 * prod: { replicas: 3 }
 * ```
 *
 * @param file path of the file, absolute or relative to the project
 * @param schema what the settings must be, from any library that speaks Standard Schema (zod, valibot, arktype …); have it
 *   refuse unknown keys, as zod's `strictObject` does
 * @param stack whose settings to read. @default the running stack
 * @returns the settings as the schema makes them, its defaults filled in
 * @throws a {@link SlipwayError} with everything that is wrong, each with file, line and column
 */
export function readSettings<Schema extends StandardSchemaV1>(
  file: string,
  schema: Schema,
  stack: string = pulumi.getStack(),
): StandardSchemaV1.InferOutput<Schema> {
  const source = new SettingsFile(file);
  const own = source.section(stack);
  const base = source.section(shared);
  if (own === undefined && base === undefined) {
    const known = source.sections().join(", ") || "none";
    const advice = `Add \`${stack}:\` or \`${shared}:\` with the settings.`;
    throw new SlipwayError(source.fault([], `has no settings for stack "${stack}"; it has: ${known}`, advice));
  }
  const result = schema["~standard"].validate({ ...base, ...own });
  if (result instanceof Promise) {
    throw new SlipwayError(
      source.fault([], "is checked by a schema that answers later", "Use one without async parts."),
    );
  }
  if (result.issues === undefined) return result.value as StandardSchemaV1.InferOutput<Schema>;
  const faults = result.issues.flatMap((issue) => {
    const keys = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
    const section = (key: PropertyKey | undefined): string => {
      const inherited = own === undefined || (key !== undefined && !(key in own) && base !== undefined && key in base);
      return inherited ? shared : stack;
    };
    // Not part of Standard Schema: zod lists unknown keys here, and each has a place of its own in the file.
    const unknown: unknown = Reflect.get(issue, "keys");
    if (!Array.isArray(unknown)) return [source.fault([section(keys[0]), ...keys], issue.message)];
    return unknown.map((name) => {
      const path = [...keys, String(name)];
      return source.fault(
        [section(path[0]), ...path],
        "is no setting that is known",
        "Remove it, or correct its name.",
      );
    });
  });
  throw new SlipwayError(faults);
}

/** A settings file, parsed with the position of everything in it. */
class SettingsFile {
  // Loaded here: programs without a settings file need no reader of YAML, which takes as long to load as all components.
  private readonly yaml: typeof import("yaml") = require("yaml");
  private readonly lines = new this.yaml.LineCounter();
  private readonly document: Document.Parsed;

  constructor(private readonly file: string) {
    const text = readText(file);
    this.document = this.yaml.parseDocument(text, { lineCounter: this.lines });
    const faults = this.document.errors.map((error) => {
      const [message = ""] = error.message.split("\n");
      return this.at(error.pos[0], {
        subject: "Settings",
        problem: `are no YAML: ${message.replace(/ at line .*$/, "")}`,
      });
    });
    const root: unknown = this.document.toJS();
    if (faults.length === 0 && !isMap(root)) {
      faults.push(this.fault([], "is no map of stack names to settings", "Write `STACK:` and the settings below it."));
    }
    if (faults.length > 0) throw new SlipwayError(faults);
  }

  /** The names of the sections, in their order. */
  sections(): string[] {
    return Object.keys(this.document.toJS());
  }

  /** The settings under one top-level key; undefined where there are none. */
  section(name: string): Readonly<Record<string, unknown>> | undefined {
    const value: unknown = Reflect.get(this.document.toJS(), name);
    if (value === undefined) return undefined;
    if (value === null) return {};
    if (isMap(value)) return value;
    throw new SlipwayError(this.fault([name], "is no map of settings", "Write one `KEY: VALUE` a line below it."));
  }

  /** A fault at a path of the file: at the nearest thing on the path that is there. */
  fault(path: readonly PropertyKey[], problem: string, advice?: string): Fault {
    const keys = path.map((key) => (typeof key === "symbol" ? String(key) : key));
    let offset = 0;
    for (let length = keys.length; length > 0 && offset === 0; length--) {
      const node = this.document.getIn(keys.slice(0, length), true);
      if (this.yaml.isNode(node)) offset = node.range?.[0] ?? 0;
    }
    const value: unknown = keys.length === 0 ? undefined : this.document.getIn(keys);
    return this.at(offset, {
      subject: "Settings",
      problem,
      ...(keys.length === 0 ? {} : { path: keys.join(".") }),
      ...(typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? { value } : {}),
      ...(advice === undefined ? {} : { advice }),
    });
  }

  private at(offset: number, fault: Fault): Fault {
    const { line, col } = this.lines.linePos(offset);
    return { ...fault, line: `${relative(process.cwd(), this.file)}:${line}:${col}` };
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SlipwayError(
      {
        subject: "Settings",
        problem: "can't be read",
        value: file,
        advice: "Make the file, with the stack's name as a top-level key.",
      },
      { cause },
    );
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
