import { join } from "node:path";
import * as ts from "typescript";

const root = join(__dirname, "../..");

/** A field of a public type, as its declaration tells it. */
export interface Field {
  readonly name: string;
  /** The type as it is written. */
  readonly type: string;
  readonly isOptional: boolean;
  /** The sentences of its comment, in one line. */
  readonly text: string;
  /** What `@default` says; undefined without one. */
  readonly default: string | undefined;
}

/** A public class or interface. */
export interface Declared {
  readonly name: string;
  readonly kind: "class" | "interface";
  /** The sentences of its comment. */
  readonly text: string;
  /** Its own public fields in the order of the source; those of the kinds it extends are theirs. */
  readonly fields: readonly Field[];
}

/** What components/index.ts exports, read with the compiler. */
export function publicDeclarations(): ReadonlyMap<string, Declared> {
  const entry = join(root, "components/index.ts");
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram([entry], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error("components/index.ts is not there.");
  const found = checker.getExportsOfModule(module).flatMap((symbol): [string, Declared][] => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declared = declaredBy(checker, target);
    return declared === undefined ? [] : [[symbol.name, declared]];
  });
  return new Map(found);
}

function declaredBy(checker: ts.TypeChecker, symbol: ts.Symbol): Declared | undefined {
  const declaration = symbol.declarations?.find((one) => ts.isInterfaceDeclaration(one) || ts.isClassDeclaration(one));
  if (declaration === undefined) return undefined;
  const kind = ts.isClassDeclaration(declaration) ? "class" : "interface";
  const text = oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const members: readonly ts.Node[] = declaration.members;
  return { name: symbol.name, kind, text, fields: members.flatMap((member) => fieldOf(checker, member)) };
}

function fieldOf(checker: ts.TypeChecker, member: ts.Node): Field[] {
  if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) return [];
  if (!ts.isIdentifier(member.name)) return [];
  const hidden = ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
  const symbol = checker.getSymbolAtLocation(member.name);
  if (hidden !== 0 || symbol === undefined) return [];
  const tags = symbol.getJsDocTags(checker);
  const said = tags.find(({ name }) => name === "default");
  const type = member.type?.getText() ?? checker.typeToString(checker.getTypeOfSymbol(symbol));
  return [
    {
      name: member.name.text,
      type: type.replace(/\s+/g, " "),
      isOptional: member.questionToken !== undefined,
      text: oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
      default: said === undefined ? undefined : oneLine(ts.displayPartsToString(said.text)),
    },
  ];
}

function oneLine(text: string): string {
  return text
    .replace(/\{@link (\w+)\}/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** The tables of a component in docs/: its arguments with their defaults, and what it hands out. */
export function referenceOf(name: string, declarations: ReadonlyMap<string, Declared>): string {
  const args = declarations.get(`${name}Args`)?.fields ?? [];
  const outputs = declarations.get(name)?.fields ?? [];
  const given = args.map((field) => [`\`${field.name}\``, field.text, defaultOf(field)]);
  const handed = outputs.map((field) => [`\`${field.name}\``, field.text]);
  const tables = [table(["argument", "what", "default"], given), table(["output", "what"], handed)];
  return `\n${tables.join("\n")}\n`;
}

/** A table as the formatter of this repository wants it: cells padded to the widest of their column. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((text) => text.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width, fill)).join(" | ")} |\n`;
  const [first = [], ...rest] = cells;
  return line(first, " ") + line([], "-") + rest.map((row) => line(row, " ")).join("");
}

function defaultOf(field: Field): string {
  return field.isOptional ? (field.default ?? "") : "must be given";
}
