/**
 * Rules by path in the document: `services.*.ports`. `*` stands for any key, and for any entry of a list.
 * A tree, so that a walk drops out of what no rule speaks of.
 */
export class PathRules<Rule> {
  readonly root: RuleNode<Rule> = { keys: new Map() };

  constructor(table: Readonly<Record<string, Rule>>) {
    for (const [pattern, rule] of Object.entries(table)) {
      let node = this.root;
      for (const part of pattern.split(".")) {
        let next = part === "*" ? node.any : node.keys.get(part);
        if (next === undefined) {
          next = { keys: new Map() };
          if (part === "*") node.any = next;
          else node.keys.set(part, next);
        }
        node = next;
      }
      node.rule = rule;
    }
  }

  /** The rule of a whole path, if it has one. */
  at(path: readonly string[]): Rule | undefined {
    let node: RuleNode<Rule> | undefined = this.root;
    for (const part of path) {
      if (node === undefined) return undefined;
      node = below(node, part);
    }
    return node?.rule;
  }
}

export interface RuleNode<Rule> {
  rule?: Rule;
  readonly keys: Map<string, RuleNode<Rule>>;
  any?: RuleNode<Rule>;
}

/** The rules below a key; a rule that names the key wins over `*`. */
export function below<Rule>(node: RuleNode<Rule>, key: string): RuleNode<Rule> | undefined {
  return node.keys.get(key) ?? node.any;
}
