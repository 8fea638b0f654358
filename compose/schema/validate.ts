import type { ErrorObject, ValidateFunction } from "ajv/dist/2020";
import { Float, isList, isMapping, type Mapping, Timestamp, type Value } from "../tree";
import schema from "./compose-spec.json";

/** What the schema says against a document. */
export interface SchemaFault {
  readonly path: readonly (string | number)[];
  readonly problem: string;
  readonly advice?: string;
  readonly value?: Value;
}

let first: ValidateFunction | undefined;
let thorough: ValidateFunction | undefined;

/** Everything that the compose specification's JSON schema says against a document; of alternatives, what came closest. */
export function validateSchema(document: Mapping): readonly SchemaFault[] {
  const infinite = findInfinite(document, []);
  if (infinite !== undefined) return [{ path: infinite, problem: "is no finite number", advice: "Use a number." }];
  const checked = plain(document);
  // Ending at the first error is twice as fast, and most files have none.
  first ??= compile(false);
  if (first(checked)) return [];
  thorough ??= compile(true);
  thorough(checked);
  return mostSpecific(thorough.errors ?? []).map((group) => faultOf(group, document));
}

/** Loaded and compiled at first use: programs without compose files pay nothing. */
function compile(allErrors: boolean): ValidateFunction {
  const { Ajv2020 } = require("ajv/dist/2020") as typeof import("ajv/dist/2020");
  return new Ajv2020({
    allErrors,
    strict: false,
    validateFormats: false,
    validateSchema: false,
    code: { optimize: false },
    logger: false,
  }).compile(schema);
}

/** As JSON would say it: the schema knows no floats of integer value, dates or numbers of 64 bits. */
function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  if (value instanceof Float) return value.value;
  if (value instanceof Timestamp) return value.json;
  if (typeof value === "bigint") return Number(value);
  if (!isMapping(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const entry = plain(value[key] ?? null);
    if (key === "__proto__") Object.defineProperty(copy, key, { value: entry, enumerable: true });
    else copy[methods.has(key) ? `${key}_` : key] = entry;
  }
  return copy;
}

/** Keys that the validator's comparison of list entries would call; they go by another name through it. */
const methods = new Set(["valueOf", "toString"]);

function findInfinite(value: Value, path: readonly (string | number)[]): readonly (string | number)[] | undefined {
  if (value instanceof Float) return Number.isFinite(value.value) ? undefined : path;
  if (isList(value)) {
    for (const [index, entry] of value.entries()) {
      if (typeof entry !== "object") continue;
      const found = findInfinite(entry, [...path, index]);
      if (found !== undefined) return found;
    }
  } else if (isMapping(value)) {
    for (const key in value) {
      const entry = value[key] ?? null;
      if (typeof entry !== "object" || entry === null) continue;
      const found = findInfinite(entry, [...path, key]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Groups of errors of one place, without those of the places around them. An unknown key is a place of its own. */
function mostSpecific(errors: readonly ErrorObject[]): readonly (readonly ErrorObject[])[] {
  const groups = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    if (error.keyword === "oneOf" && errors.some((other) => other !== error && isInside(other, error))) continue;
    const place = placeOf(error);
    groups.set(place, [...(groups.get(place) ?? []), error]);
  }
  const places = [...groups.keys()];
  return [...groups]
    .filter(([place]) => !places.some((other) => other.startsWith(`${place}/`)))
    .map(([, group]) => group);
}

function placeOf(error: ErrorObject): string {
  const key =
    error.keyword === "additionalProperties" ? `/${pointerPart(String(error.params["additionalProperty"]))}` : "";
  return error.instancePath + key;
}

function isInside(error: ErrorObject, outer: ErrorObject): boolean {
  return error.instancePath === outer.instancePath || error.instancePath.startsWith(`${outer.instancePath}/`);
}

function faultOf(group: readonly ErrorObject[], document: Mapping): SchemaFault {
  const [first] = group;
  const path = partsOf(first === undefined ? "" : placeOf(first), document);
  const value = valueAt(document, path);
  const shown = isMapping(value) || isList(value) ? undefined : value;
  const given = shown === undefined ? {} : { value: shown };
  const types = group.flatMap((error) => (error.keyword === "type" ? [error.params["type"]].flat().map(kindName) : []));
  const enumerated = group.find((error) => error.keyword === "enum");
  if (first?.keyword === "additionalProperties") {
    return {
      path,
      problem: "is no attribute of the compose specification",
      advice: "Check the spelling and the indentation.",
    };
  }
  if (enumerated !== undefined) {
    const words = [enumerated.params["allowedValues"]].flat().map(String);
    return { path, ...given, problem: `is none of ${words.join(", ")}`, advice: `Use ${words.join(", ")}.` };
  }
  if (types.length > 0) {
    const wanted = [...new Set(types)].join(", ").replace(/, ([^,]*)$/, " or $1");
    return { path, ...given, problem: `must be ${wanted}`, advice: `Give ${wanted}.` };
  }
  return { path, ...given, ...wording(group) };
}

function wording(group: readonly ErrorObject[]): { readonly problem: string; readonly advice?: string } {
  const [error] = group;
  switch (error?.keyword) {
    case "required":
      return { problem: `lacks ${error.params["missingProperty"]}`, advice: `Add ${error.params["missingProperty"]}.` };
    case "uniqueItems":
      return { problem: "lists something twice", advice: "Remove one of the two." };
    case "minimum":
      return { problem: `must be at least ${error.params["limit"]}` };
    case "maximum":
      return { problem: `must be at most ${error.params["limit"]}` };
    case "pattern":
      return { problem: `does not match ${error.params["pattern"]}` };
    default:
      return { problem: error?.message ?? "is not what the schema of the compose specification wants" };
  }
}

function kindName(type: unknown): string {
  switch (type) {
    case "object":
      return "a mapping";
    case "array":
      return "a list";
    case "string":
      return "text";
    case "integer":
      return "a whole number";
    case "null":
      return "empty";
    default:
      return `a ${String(type)}`;
  }
}

function partsOf(pointer: string, document: Mapping): readonly (string | number)[] {
  const parts: (string | number)[] = [];
  let value: Value | undefined = document;
  for (const raw of pointer.split("/").slice(1)) {
    const renamed = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    const original = renamed.slice(0, -1);
    const key: string = isMapping(value) && !(renamed in value) && methods.has(original) ? original : renamed;
    parts.push(isList(value) ? Number(key) : key);
    value = isList(value) ? value[Number(key)] : isMapping(value) ? value[key] : undefined;
  }
  return parts;
}

function valueAt(document: Mapping, path: readonly (string | number)[]): Value | undefined {
  let value: Value | undefined = document;
  for (const part of path) value = isList(value) ? value[Number(part)] : isMapping(value) ? value[part] : undefined;
  return value;
}

function pointerPart(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
