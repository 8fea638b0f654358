import { readFileSync } from "node:fs";
import ts from "typescript";

/** A property of an interface or class, as the declarations of an SDK have it. */
export interface Declared {
  readonly name: string;
  readonly type: ts.TypeNode;
  /** True with a `?`, or where the value may be undefined. */
  readonly optional: boolean;
  readonly description: string | undefined;
  readonly deprecated: string | undefined;
}

/** The interfaces, classes and enums of one declaration file. */
export class Declarations {
  private readonly source: ts.SourceFile;

  constructor(file: string) {
    this.source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  }

  /** The names of the interfaces outside of namespaces. */
  interfaces(): string[] {
    return this.source.statements.filter(ts.isInterfaceDeclaration).map(({ name }) => name.text);
  }

  /** The properties of an interface, or the instance properties of a class; undefined where there is none of that name. */
  properties(name: string): Declared[] | undefined {
    for (const statement of this.source.statements) {
      if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) {
        return statement.members.filter(ts.isPropertySignature).flatMap(declared);
      }
      if (ts.isClassDeclaration(statement) && statement.name?.text === name) {
        return statement.members.filter(ts.isPropertyDeclaration).flatMap(declared);
      }
    }
    return undefined;
  }

  /** The comment of the first declaration of a name. */
  description(name: string): string | undefined {
    const found = this.source.statements.find(
      (statement) =>
        (ts.isClassDeclaration(statement) ||
          ts.isFunctionDeclaration(statement) ||
          ts.isTypeAliasDeclaration(statement)) &&
        statement.name?.text === name,
    );
    return found === undefined ? undefined : commentOf(found);
  }

  /** The members of `declare const NAME: { readonly A: "a" }`, which is how an SDK declares an enum. */
  enumeration(name: string): { name: string; value: string; description: string | undefined }[] {
    const declarations = this.source.statements
      .filter(ts.isVariableStatement)
      .flatMap((statement) => [...statement.declarationList.declarations]);
    const type = declarations.find((one) => one.name.getText() === name)?.type;
    if (type === undefined || !ts.isTypeLiteralNode(type)) return [];
    return type.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(),
      value: (member.type?.getText() ?? "").replace(/^"|"$/g, ""),
      description: commentOf(member),
    }));
  }
}

/** Without what stands for "maybe later" and "maybe not": `pulumi.Input<string | undefined>` is a string. */
export function plainType(node: ts.TypeNode): { type: ts.TypeNode; optional: boolean } {
  if (ts.isParenthesizedTypeNode(node)) return plainType(node.type);
  if (ts.isTypeReferenceNode(node) && /^pulumi\.(Input|Output)$/.test(node.typeName.getText())) {
    const inner = node.typeArguments?.[0];
    if (inner !== undefined) return plainType(inner);
  }
  if (ts.isUnionTypeNode(node)) {
    const rest = node.types.filter((type) => type.kind !== ts.SyntaxKind.UndefinedKeyword);
    const [only] = rest;
    if (only !== undefined && rest.length === 1)
      return { type: plainType(only).type, optional: rest.length < node.types.length };
  }
  return { type: node, optional: false };
}

function declared(member: ts.PropertySignature | ts.PropertyDeclaration): Declared[] {
  if (member.type === undefined) return [];
  const { type, optional } = plainType(member.type);
  const deprecated = ts.getJSDocDeprecatedTag(member)?.comment;
  return [
    {
      name: member.name.getText(),
      type,
      optional: optional || member.questionToken !== undefined,
      description: commentOf(member),
      deprecated: typeof deprecated === "string" ? deprecated : undefined,
    },
  ];
}

function commentOf(node: ts.Node): string | undefined {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return ts.getTextOfJSDocComment(comments[0]?.comment);
}
