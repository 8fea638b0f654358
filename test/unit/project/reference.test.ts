import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Declared, publicDeclarations, referenceOf } from "../../support/reference";

const docs = join(__dirname, "../../../docs");

/** Public classes without a page of their own, and where they are told of. */
const elsewhere: Readonly<Record<string, string>> = {
  EngineContainer: "transforms.md",
  EngineImage: "transforms.md",
  EngineNetwork: "transforms.md",
  EngineRemoteImage: "transforms.md",
  EngineVolume: "transforms.md",
  SlipwayError: "testing.md",
};

/** The page of a class: `DockerHost` → `docker-host.md`. */
function pageOf(name: string): string {
  return elsewhere[name] ?? `${name.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}.md`;
}

describe("what is public", function () {
  this.timeout(120_000);
  let declarations: ReadonlyMap<string, Declared>;

  before(() => {
    declarations = publicDeclarations();
  });

  it("has a sentence for every field, its default where it may be left out, and a unit where it is a number", () => {
    const faults: string[] = [];
    let fields = 0;
    for (const [name, declared] of declarations) {
      if (!/^([A-Z]|docker\.|`)/.test(declared.text)) faults.push(`${name} has no sentence`);
      for (const field of declared.fields) {
        fields++;
        const at = `${name}.${field.name}`;
        // The marker that recognises errors over two copies of the package is nobody's business.
        if (field.name === "__pulumiRunError") continue;
        if (!/^[A-Z`"].*[.)…`]$/.test(field.text)) faults.push(`${at} has no sentence: "${field.text}"`);
        const mayBeLeftOut = field.isOptional && declared.kind === "interface" && !handedOut.has(name);
        if (mayBeLeftOut && field.default === undefined) faults.push(`${at} does not say its default`);
        if (/\bnumber\b/.test(field.type) && !unit.test(`${field.text} ${field.default ?? ""}`)) {
          faults.push(`${at} is a number and does not say of what: "${field.text}"`);
        }
      }
    }
    expect(faults).to.deep.equal([]);
    expect(fields).to.be.greaterThan(200);
  });

  it("has a page for every class, with the tables of its declarations", () => {
    const faults: string[] = [];
    for (const [name, { kind }] of declarations) {
      if (kind !== "class") continue;
      const page = join(docs, pageOf(name));
      if (!existsSync(page)) {
        faults.push(`${name} has no page ${pageOf(name)}`);
        continue;
      }
      const text = readFileSync(page, "utf8");
      if (!text.includes(name)) faults.push(`${pageOf(name)} does not tell of ${name}`);
      if (name in elsewhere) continue;
      const [, before = "", table, after = ""] = /^(.*<!-- reference -->\n)(.*)(<!-- end -->\n.*)$/s.exec(text) ?? [];
      const wanted = referenceOf(name, declarations);
      if (table === wanted) continue;
      if (process.env["SLIPWAY_WRITE_DOCS"] === "1") writeFileSync(page, before + wanted + after);
      else faults.push(`${pageOf(name)} is behind: run SLIPWAY_WRITE_DOCS=1 npx mocha ${relativeSelf}`);
    }
    expect(faults).to.deep.equal([]);
  });

  it("has pages for the rest of what users import, and none that nobody asks for", () => {
    const classes = [...declarations].filter(([, { kind }]) => kind === "class").map(([name]) => pageOf(name));
    const pages = [...classes, "moving.md", "settings.md", "testing.md", "transforms.md"];
    expect(new Set(readdirSync(docs))).to.deep.equal(new Set(pages));
  });
});

/** Types that the package hands out: an optional field is one that may not be there, and has no default. */
const handedOut: ReadonlySet<string> = new Set(["Fault", "Route"]);

/** Words that say what a number counts or measures. */
const unit =
  /\b(number|port|bytes?|MiB|seconds?|milliseconds?|microseconds|processors?|bits|failures|how many|times|percent|weight|unit|nodes|0 to 100|10 to 1000|-1000 to 1000|1 to)\b/i;

const relativeSelf = "test/unit/project/reference.test.ts";
