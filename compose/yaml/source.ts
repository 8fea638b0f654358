import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node } from "yaml";
import type { Path } from "../fault";

/** A compose file as read: its text, and where in it something was written. */
export class SourceFile {
  /** Set when it was parsed. */
  documents: readonly Document.Parsed[] = [];
  private lineStarts: readonly number[] | undefined;

  constructor(
    /** As it is named in messages: the path. */
    readonly name: string,
    readonly text: string,
  ) {}

  /** `file:line:column` of an offset. */
  at(offset: number): string {
    const { line, column } = this.position(offset);
    return `${this.name}:${line}:${column}`;
  }

  /** The line, counted from 1. */
  lineOf(offset: number): number {
    return this.position(offset).line;
  }

  /**
   * Where a path is written: the deepest part of it that is, and how many of its parts that are. Keys that come through
   * an alias or a merge key are found at the anchor. With the text that stands there, an entry of a list is also found
   * where merging has moved it.
   */
  locate(path: Path, text?: string): Location | undefined {
    let best: Found | undefined;
    for (const document of this.documents) {
      const found = findText(document, path, text);
      if (found !== undefined && (best === undefined || found.depth >= best.depth)) best = found;
    }
    if (best === undefined) return undefined;
    return { at: this.at(best.offset), depth: best.depth, isSame: text !== undefined && says(best, text) };
  }

  private position(offset: number): { readonly line: number; readonly column: number } {
    this.lineStarts ??= startsOf(this.text);
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] ?? 0) + 1 };
  }
}

function startsOf(text: string): readonly number[] {
  const starts = [0];
  for (let index = text.indexOf("\n"); index !== -1; index = text.indexOf("\n", index + 1)) starts.push(index + 1);
  return starts;
}

/** Where something is written. */
export interface Location {
  /** `file:line:column`. */
  readonly at: string;
  /** How many parts of the path were found. */
  readonly depth: number;
  /** Whether the text that was looked for stands there. */
  readonly isSame: boolean;
}

interface Found {
  readonly offset: number;
  readonly depth: number;
  /** The text that stands there, or those of a mapping there. */
  readonly texts: readonly string[];
}

function findText(document: Document.Parsed, path: Path, text: string | undefined): Found | undefined {
  const found = find(document, path);
  const index = path.findLastIndex((part) => typeof part === "number");
  if (text === undefined || index === -1 || (found !== undefined && says(found, text))) return found;
  const list = find(document, path.slice(0, index));
  for (let entry = 0; entry < Math.min(list?.size ?? 0, 200); entry++) {
    const other = find(document, path.with(index, entry));
    if (other !== undefined && other.depth === path.length && says(other, text)) return other;
  }
  return found;
}

function find(document: Document.Parsed, path: Path): (Found & { readonly size: number }) | undefined {
  let node: Node | undefined = document.contents ?? undefined;
  if (node === undefined) return undefined;
  let offset = node.range?.[0] ?? 0;
  let depth = 0;
  for (const part of path) {
    const next: Child | undefined = node === undefined ? undefined : child(document, node, part, 0);
    if (next === undefined) break;
    offset = next.offset;
    node = next.node;
    depth++;
  }
  const texts = depth === path.length ? textsOf(node) : [];
  const target = isAlias(node) ? node.resolve(document) : node;
  return { offset, depth, texts, size: isSeq(target) ? target.items.length : 0 };
}

/** Whether a place says a text: itself, or in front of a colon or equals sign. */
function says({ texts }: Found, text: string): boolean {
  return texts.some((found) => found === text || found.startsWith(`${text}:`) || found.startsWith(`${text}=`));
}

function textsOf(node: Node | undefined): readonly string[] {
  const nodes = isMap(node) ? node.items.map(({ value }) => value) : [node];
  return nodes.flatMap((entry) => (isScalar(entry) && typeof entry.value === "string" ? [entry.value] : []));
}

interface Child {
  readonly offset: number;
  readonly node: Node | undefined;
}

function child(document: Document.Parsed, parent: Node, part: string | number, jumps: number): Child | undefined {
  if (jumps > 20) return undefined;
  if (isAlias(parent)) {
    const target = parent.resolve(document);
    return target === undefined ? undefined : child(document, target, part, jumps + 1);
  }
  if (isSeq(parent)) {
    const item = parent.items[Number(part)];
    // A set, given where compose makes a mapping of it: `networks: [front]`, `environment: ["A=1"]`.
    const named = (entry: unknown): boolean =>
      isScalar(entry) &&
      typeof entry.value === "string" &&
      (entry.value === part || entry.value.startsWith(`${part}=`));
    const found = typeof part === "number" ? item : parent.items.find(named);
    return isNode(found) ? { offset: found.range?.[0] ?? 0, node: found } : undefined;
  }
  if (!isMap(parent)) return undefined;
  let merged: Child | undefined;
  for (const pair of parent.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const value = isNode(pair.value) ? pair.value : undefined;
    if (pair.key.value === part) {
      return { offset: pair.key.range?.[0] ?? 0, node: value };
    }
    if (pair.key.value === "<<" && value !== undefined) {
      const sources = isSeq(value) ? value.items.filter(isNode) : [value];
      for (const source of sources) merged ??= child(document, source, part, jumps + 1);
    }
  }
  return merged;
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isMap(value) || isSeq(value) || isScalar(value);
}
