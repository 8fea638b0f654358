/** Words that a TypeScript program can't use as the name of a constant, and names that the written program uses itself. */
const taken = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in " +
    "instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield " +
    "docker pulumi config undefined arguments eval"
  ).split(" "),
);

/** Makes identifiers out of names, each once: `shop_web-1` → `shopWeb1`, and `shopWeb12` if that is there already. */
export class Identifiers {
  private readonly used = new Set<string>();

  /** A fresh identifier that reads like the name. */
  make(name: string): string {
    const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
    const joined = words
      .map((word, index) => (index === 0 ? lower(word) : word[0]?.toUpperCase() + word.slice(1)))
      .join("");
    const base = /^[A-Za-z]/.test(joined) ? joined : `_${joined}`;
    let candidate = base;
    for (let count = 2; taken.has(candidate) || this.used.has(candidate); count++) candidate = `${base}${count}`;
    this.used.add(candidate);
    return candidate;
  }
}

function lower(word: string): string {
  return (word[0] ?? "").toLowerCase() + word.slice(1);
}
