import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** One `it` of a test file, as its source has it. */
export interface TestCase {
  /** Its own title; `…` stands for what is only known when it runs. */
  readonly title: string;
  /**
   * The names of properties that its code, and what of the file and of its tables of spellings that code uses, writes into
   * objects; in programs for the CLI too.
   */
  readonly properties: ReadonlySet<string>;
}

const root = join(__dirname, "../..");

/** The tests of a file, read from its syntax: a word in a comment, a string or a skipped test is no test. */
export class TestFile {
  /** Those that run. */
  readonly cases: readonly TestCase[];
  private readonly source: ts.SourceFile;
  private readonly named = new Map<string, ts.Node[]>();

  /** @param path from the root of the checkout; its text is read from there unless it is given */
  constructor(
    readonly path: string,
    text = readFileSync(join(root, path), "utf8"),
  ) {
    this.source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const cases: ts.CallExpression[] = [];
    this.visit(this.source, (node) => {
      if (ts.isImportDeclaration(node)) this.rememberTable(node);
      if (ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)) this.remember(node);
      if (!ts.isCallExpression(node)) return true;
      if (/^(it|describe\w*)\.skip$/.test(node.expression.getText())) return false;
      if (/^it(\.only)?$/.test(node.expression.getText())) cases.push(node);
      return true;
    });
    this.cases = cases.map((node) => ({ title: titleOf(node), properties: this.propertiesOf(node) }));
  }

  /** The file, or undefined where there is none. */
  static at(path: string): TestFile | undefined {
    return existsSync(join(root, path)) ? new TestFile(path) : undefined;
  }

  /** True where a string, not a comment, is one of the words, or holds a program that matches; here or in what it imports from test/support. */
  says(words: readonly string[], program: RegExp): boolean {
    let said = false;
    const support: string[] = [];
    this.visit(this.source, (node) => {
      if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
        const name = /\/support\/(.*)$/.exec(node.moduleSpecifier.text)?.[1];
        if (name !== undefined) support.push(`test/support/${name}.ts`);
        return false;
      }
      if (ts.isStringLiteral(node) && words.includes(node.text)) said = true;
      if (isText(node) && program.test(node.text)) said = true;
      return !said;
    });
    return said || support.some((path) => new TestFile(path).says(words, program));
  }

  private visit(node: ts.Node, look: (node: ts.Node) => boolean): void {
    if (look(node)) ts.forEachChild(node, (child) => this.visit(child, look));
  }

  /** What a file of a folder such as test/support/service-spellings declares counts as if it stood here. */
  private rememberTable({ moduleSpecifier }: ts.ImportDeclaration): void {
    const name =
      ts.isStringLiteral(moduleSpecifier) && /\/support\/(\w+-spellings\/\w+)$/.exec(moduleSpecifier.text)?.[1];
    if (!name) return;
    const path = `test/support/${name}.ts`;
    const table = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
    this.visit(table, (node) => {
      if (ts.isVariableDeclaration(node)) this.remember(node);
      return true;
    });
  }

  private remember(node: ts.VariableDeclaration | ts.FunctionDeclaration): void {
    if (node.name === undefined || !ts.isIdentifier(node.name)) return;
    this.named.set(node.name.text, [...(this.named.get(node.name.text) ?? []), node]);
  }

  /** Of a test, the lists that its loops go through, and the constants and functions of this file that any of them names. */
  private propertiesOf(test: ts.Node): Set<string> {
    const properties = new Set<string>();
    const seen = new Set<ts.Node>();
    const take = (from: ts.Node): void => {
      if (seen.has(from)) return;
      seen.add(from);
      this.visit(from, (node) => {
        if (ts.isPropertyAssignment(node) && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name)))
          properties.add(node.name.text);
        if (ts.isShorthandPropertyAssignment(node)) properties.add(node.name.text);
        if (isText(node) && /\bnew docker\.\w+\(/.test(node.text))
          for (const [, name] of node.text.matchAll(/\b(\w+):/g)) properties.add(name ?? "");
        if (ts.isIdentifier(node) && !isName(node)) for (const one of this.named.get(node.text) ?? []) take(one);
        return true;
      });
    };
    take(test);
    for (let node = test.parent; node !== undefined; node = node.parent) {
      if (ts.isForOfStatement(node)) take(node.expression);
    }
    return properties;
  }
}

/** True where an identifier names a property, and so refers to nothing. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

/** True for a string, and for each part of a template between its holes. */
function isText(node: ts.Node): node is ts.StringLiteral | ts.TemplateLiteralToken {
  return ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node);
}

function titleOf(test: ts.CallExpression): string {
  const title = test.arguments[0];
  if (title === undefined) return "";
  if (ts.isStringLiteralLike(title)) return title.text;
  if (!ts.isTemplateExpression(title)) return "…";
  return title.head.text + title.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
}
