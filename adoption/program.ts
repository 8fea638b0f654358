import { isList, isObject, type Properties, textOf, type Value } from "../provider/value";
import { isConfidential } from "../values/confidential";
import { Identifiers } from "./identifier";
import type { Kind } from "./selection";

/** An object to write into a program, with the inputs that make it exactly as it is. */
export interface Adopted {
  readonly kind: Kind;
  /** Its name on the daemon. */
  readonly daemonName: string;
  /** Its name in the program. */
  readonly name: string;
  /** The inputs of its resource. */
  readonly inputs: Properties;
}

/** A program, and the secrets it reads from the stack's config. */
export interface Program {
  readonly text: string;
  /** Config key → value; to be set with `pulumi config set --secret`. */
  readonly secrets: ReadonlyMap<string, string>;
}

const classes: Readonly<Record<Kind, string>> = { network: "Network", volume: "Volume", container: "Container" };

/** Writes the TypeScript program that declares the objects as they are: networks and volumes first, containers refer to them. */
export function writeProgram(objects: readonly Adopted[]): Program {
  const identifiers = new Identifiers();
  const secrets = new Map<string, string>();
  const names = new Map<string, string>();
  const blocks = objects.map((object) => {
    const identifier = identifiers.make(object.name);
    const writer = new Writer(object, names, secrets);
    const block = writer.declaration(identifier);
    names.set(`${object.kind} ${object.daemonName}`, identifier);
    return block;
  });
  const imports = ['import * as docker from "@pulumi/docker";'];
  const config: string[] = [];
  if (secrets.size > 0) {
    imports.push('import * as pulumi from "@pulumi/pulumi";');
    config.push("const config = new pulumi.Config();");
  }
  return { text: `${[imports.join("\n"), ...config, ...blocks].join("\n\n")}\n`, secrets };
}

/** Writes one declaration. */
class Writer {
  constructor(
    private readonly object: Adopted,
    private readonly names: ReadonlyMap<string, string>,
    private readonly secrets: Map<string, string>,
  ) {}

  declaration(identifier: string): string {
    const { kind, name, inputs } = this.object;
    const filled = isList(inputs["__defaults"]) ? inputs["__defaults"] : [];
    const fields = Object.entries(inputs)
      .filter(
        ([field, value]) => field !== "__defaults" && !filled.includes(field) && value !== null && value !== undefined,
      )
      .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map(([field, value]) => `  ${key(field)}: ${this.write(value ?? null, [field], 1)},\n`);
    // Data outlives a destroy of the stack that only took it over.
    const options = kind === "volume" ? ", { retainOnDelete: true }" : "";
    const declaration = `new docker.${classes[kind]}(${text(name)}, {\n${fields.join("")}}${options});`;
    return kind === "container" ? declaration : `const ${identifier} = ${declaration}`;
  }

  private write(value: Value, path: readonly string[], depth: number): string {
    const special = this.reference(value, path) ?? this.variable(value, path);
    if (special !== undefined) return special;
    if (typeof value === "string") return text(value);
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (isList(value)) {
      const items = value.map((item: Value) => this.write(item, [...path, "[]"], depth + 1));
      return wrapped("[", items, "]", depth);
    }
    if (isObject(value)) {
      const filled = isList(value["__defaults"]) ? value["__defaults"] : [];
      const fields = Object.entries(value)
        .filter(
          ([field, item]) => field !== "__defaults" && !filled.includes(field) && item !== null && item !== undefined,
        )
        .map(([field, item]) => `${key(field)}: ${this.write(item ?? null, [...path, field], depth + 1)}`);
      return fields.length === 0 ? "{}" : wrapped("{ ", fields, " }", depth);
    }
    return "null";
  }

  /** A network or volume that the program declares is referred to, not named: that is how Pulumi learns the order. */
  private reference(value: Value, path: readonly string[]): string | undefined {
    const kind = { "networksAdvanced.[].name": "network", "volumes.[].volumeName": "volume" }[path.join(".")];
    const identifier = typeof value === "string" && kind !== undefined ? this.names.get(`${kind} ${value}`) : undefined;
    return identifier === undefined ? undefined : `${identifier}.name`;
  }

  /** A variable that sounds like a secret is read from the stack's config, where it is encrypted. */
  private variable(value: Value, path: readonly string[]): string | undefined {
    if (path.join(".") !== "envs.[]" || typeof value !== "string") return undefined;
    const [variable = "", ...rest] = value.split("=");
    if (!isConfidential(variable) || rest.length === 0) return undefined;
    const name = `${this.object.name}-${variable}`;
    this.secrets.set(name, rest.join("="));
    return `pulumi.interpolate\`${variable}=\${config.requireSecret(${text(name)})}\``;
  }
}

/** The order a reader expects: what it is, what it runs, then the rest by name. */
function rank(field: string): number {
  const order = ["name", "image", "driver", "entrypoints", "command", "ports", "envs"];
  const place = order.indexOf(field);
  return place < 0 ? order.length : place;
}

function wrapped(open: string, items: readonly string[], close: string, depth: number): string {
  const line = `${open}${items.join(", ")}${close}`;
  if (line.length + depth * 2 <= 100 && !line.includes("\n")) return line;
  const indent = "  ".repeat(depth);
  return `${open.trim()}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close.trim()}`;
}

function key(field: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(field) ? field : text(field);
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** The name of an object, without the prefix of the compose project it came from. */
export function programName(daemonName: string, inputs: Properties): string {
  const labels = isList(inputs["labels"]) ? inputs["labels"] : [];
  const of = (label: string): string | undefined => {
    const found = labels.find((one: Value) => isObject(one) && one["label"] === label);
    return isObject(found) ? textOf(found["value"]) : undefined;
  };
  const service = of("com.docker.compose.service");
  const number = of("com.docker.compose.container-number");
  if (service !== undefined) return number === undefined || number === "1" ? service : `${service}-${number}`;
  return of("com.docker.compose.network") ?? of("com.docker.compose.volume") ?? daemonName;
}
