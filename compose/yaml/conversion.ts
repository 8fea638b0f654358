import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { ComposeError, type Path, pathText } from "../fault";
import { Float, isMapping, type Mapping, mapping, Timestamp, type Value } from "../tree";
import type { ComposeDocument } from "./document";
import { plainScalar } from "./scalar";
import type { SourceFile } from "./source";

/** What compose allows in one document (`defaultMaxNodeVisits` of its loader). */
const mostNodes = 100_000;
/** Deeper than this is no compose file; go-yaml ends at 10,000. */
const deepest = 1000;

const removed = Symbol("removed");

/**
 * A parsed document → plain data: aliases expanded, merge keys merged, `!reset` and `!override` taken out. What an alias
 * stands for is copied, so that later steps may change one place; how much may be copied is go-yaml's rule.
 */
export class Conversion {
  private readonly anchors = new Map<Alias, Node>();
  private readonly open = new Set<Node>();
  private readonly resets: (readonly string[])[] = [];
  private written = 0;
  private expanded = 0;
  private aliasDepth = 0;
  private readonly hasEscapes: boolean;

  constructor(
    private readonly source: SourceFile,
    private readonly document: Document.Parsed,
  ) {
    this.hasEscapes = /\\u/i.test(source.text);
  }

  run(): ComposeDocument {
    const root = this.document.contents;
    if (root === null) return { value: null, resets: [] };
    if (this.source.text.includes("*")) this.resolveAliases(root, new Map(), 0);
    const value = this.convert(root, [], true);
    return { value: value === removed ? null : value, resets: this.resets };
  }

  /** An alias means the last anchor of its name above it. */
  private resolveAliases(node: Node, named: Map<string, Node>, depth: number): void {
    if (depth > deepest) throw this.fault(node, [], "is nested too deeply");
    if (isAlias(node)) {
      const target = named.get(node.source);
      if (target === undefined) {
        throw this.fault(
          node,
          [],
          `is an alias without its anchor`,
          `*${node.source}`,
          `Put &${node.source} before it.`,
        );
      }
      this.anchors.set(node, target);
      return;
    }
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) named.set(anchor, node);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (isNode(key)) this.resolveAliases(key, named, depth + 1);
        if (isNode(value)) this.resolveAliases(value, named, depth + 1);
      }
    } else if (isSeq(node)) {
      for (const item of node.items) if (isNode(item)) this.resolveAliases(item, named, depth + 1);
    }
  }

  private convert(node: Node, path: Path, watch: boolean): Value | typeof removed {
    this.count(node, path);
    if (isAlias(node)) return this.alias(node, path, watch);
    if (watch && node.tag === "!reset") {
      this.resets.push(path.map(String));
      return removed;
    }
    if (watch && node.tag === "!override") {
      this.resets.push(path.map(String));
      return this.convert(node, path, false);
    }
    if (isScalar(node)) return this.scalar(node, path);
    if (path.length > deepest) throw this.fault(node, path.slice(0, 6), "is nested too deeply");
    return isMap(node) ? this.map(node, path, watch) : this.sequence(node, path, watch);
  }

  private alias(node: Alias, path: Path, watch: boolean): Value | typeof removed {
    const target = this.anchors.get(node);
    if (target === undefined) throw this.fault(node, path, "is an alias without its anchor", `*${node.source}`);
    if (this.open.has(target)) {
      throw this.fault(node, path, "contains itself", `*${node.source}`, "Remove the alias inside its own anchor.");
    }
    this.open.add(target);
    this.aliasDepth++;
    const value = this.convert(target, path, watch);
    this.aliasDepth--;
    this.open.delete(target);
    return value;
  }

  private sequence(node: YAMLSeq, path: Path, watch: boolean): Value {
    const list: Value[] = [];
    this.open.add(node);
    node.items.forEach((item, index) => {
      const value = isNode(item) ? this.convert(item, [...path, index], watch) : null;
      if (value !== removed) list.push(value);
    });
    this.open.delete(node);
    return list;
  }

  private map(node: YAMLMap, path: Path, watch: boolean): Mapping {
    const made = mapping();
    const lines = new Map<string, number>();
    let merge: Node | undefined;
    this.open.add(node);
    for (const { key, value } of node.items) {
      const name = this.key(key, node, path);
      const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
      const before = lines.get(name);
      if (before !== undefined) {
        throw this.fault(
          isNode(key) ? key : node,
          [...path, name],
          `is already given in line ${this.source.lineOf(before)}`,
          undefined,
          "Remove one of the two.",
        );
      }
      lines.set(name, offset);
      if (isMergeKey(key)) {
        merge = isNode(value) ? value : node;
        continue;
      }
      const converted = isNode(value) ? this.convert(value, [...path, name], watch) : null;
      if (converted !== removed) made[name] = converted;
    }
    if (merge !== undefined) this.merge(made, merge, path, watch);
    this.open.delete(node);
    return made;
  }

  /** Explicit keys win over merged ones; of several merged mappings the first wins (YAML 1.1, "merge"). */
  private merge(made: Mapping, node: Node, path: Path, watch: boolean): void {
    const target = isAlias(node) ? (this.anchors.get(node) ?? node) : node;
    // An anchor may hold the list of mappings, too.
    const sources = isSeq(target) ? target.items : [node];
    for (const [index, source] of sources.entries()) {
      const where = isSeq(target) ? [...path, String(index)] : path;
      const value = isNode(source) ? this.convert(source, where, watch) : null;
      if (value === removed) continue;
      if (!isMapping(value)) {
        throw this.fault(node, [...path, "<<"], "is no mapping", undefined, "Merge a mapping or a list of mappings.");
      }
      for (const key of Object.keys(value)) if (!(key in made)) made[key] = value[key] ?? null;
    }
  }

  private key(key: unknown, parent: Node, path: Path): string {
    const node = isAlias(key) ? this.anchors.get(key) : key;
    if (isScalar(node)) {
      const value = this.scalar(node, path);
      if (typeof value === "string") return value;
      throw this.fault(node, path, "has a key that is no text", String(node.value), `Quote it: "${node.value}".`);
    }
    throw this.fault(
      isNode(key) ? key : parent,
      path,
      "has a list or mapping as a key",
      undefined,
      "Use text as the key.",
    );
  }

  private scalar(node: Scalar, path: Path): Value {
    const text = node.source ?? (typeof node.value === "string" ? node.value : "");
    if (this.hasEscapes && /\p{Surrogate}/u.test(text)) {
      throw this.fault(
        node,
        path,
        "has half of a surrogate pair",
        undefined,
        "Escape the character by its number: \\U0001F600.",
      );
    }
    const tag = node.tag?.replace(/^tag:yaml\.org,2002:/, "!!");
    switch (tag) {
      case undefined:
        return node.type === "PLAIN" || node.type === undefined ? plainScalar(text) : text;
      case "!!binary":
        return Buffer.from(text, "base64").toString("utf8");
      case "!!int":
      case "!!float":
      case "!!bool":
      case "!!null":
      case "!!timestamp":
        return this.tagged(node, text, tag, path);
      default:
        return text;
    }
  }

  private tagged(node: Scalar, text: string, tag: string, path: Path): Value {
    const value = plainScalar(text);
    if (tag === "!!float" && typeof value === "number") return new Float(value);
    if (yamlType(value) !== tag) throw this.fault(node, path, `is no ${tag.slice(2)}`, text, "Remove the tag.");
    return value;
  }

  private count(node: Node, path: Path): void {
    this.expanded++;
    if (this.aliasDepth === 0 && ++this.written > mostNodes) {
      throw this.fault(node, [], "has more than 100000 nodes", undefined, "Split the file.");
    }
    if (this.aliasDepth > 0 && excessive(this.expanded - this.written, this.expanded)) {
      throw this.fault(
        node,
        path.slice(0, 4),
        "expands too many aliases",
        undefined,
        "Write less of it through aliases.",
      );
    }
  }

  private fault(node: Node, path: Path, problem: string, value?: unknown, advice?: string): ComposeError {
    return new ComposeError("yaml", {
      subject: this.source.name,
      ...(path.length > 0 && { path: pathText(path) }),
      problem,
      ...(value !== undefined && { value }),
      ...(advice !== undefined && { advice }),
      line: this.source.at(node.range?.[0] ?? 0),
    });
  }
}

/** go-yaml's DefaultAliasCheck: 99 % of up to 400,000 nodes; where it allows more in huge files, we end. */
function excessive(aliased: number, all: number): boolean {
  if (aliased <= 100 || all <= 1000) return false;
  return all > 400_000 || aliased / all > 0.99;
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && (key.type === "PLAIN" || key.tag === "tag:yaml.org,2002:merge");
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value);
}

function yamlType(value: Value): string {
  if (value === null) return "!!null";
  if (typeof value === "boolean") return "!!bool";
  if (value instanceof Float) return "!!float";
  if (value instanceof Timestamp) return "!!timestamp";
  return typeof value === "string" ? "!!str" : "!!int";
}
