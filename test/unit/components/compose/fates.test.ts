import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { projectFates } from "../../../../components/compose/fates/top";
import { fateTable, rowsOf } from "../../../support/fates";

const page = join(__dirname, "../../../../docs/compose-project.md");

describe("the fates of compose's attributes", () => {
  it("are those that docs/compose-project.md prints", () => {
    const text = readFileSync(page, "utf8");
    const [, before = "", table, after = ""] =
      /^(.*<!-- fates -->\n)(.*)(<!-- end of fates -->\n.*)$/s.exec(text) ?? [];
    if (process.env["SLIPWAY_WRITE_DOCS"] === "1") writeFileSync(page, before + fateTable() + after);
    else
      expect(table, "run SLIPWAY_WRITE_DOCS=1 npx mocha test/unit/components/compose/fates.test.ts").to.equal(
        fateTable(),
      );
  });

  it("cover every attribute of the schema", () => {
    const schema: Schema = JSON.parse(
      readFileSync(join(__dirname, "../../../../compose/schema/compose-spec.json"), "utf8"),
    );
    const known = new Set(rowsOf("", projectFates).map(([path]) => path.split(/[.[]/)[2]));
    const service = Object.keys(schema.$defs?.["service"]?.properties ?? {});
    expect(service.length).to.be.greaterThan(80);
    const missing = service.filter((name) => !known.has(name) && !(name in projectFates) && !elsewhere.has(name));
    expect(missing).to.deep.equal([]);
  });
});

interface Schema {
  readonly $defs?: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
}

/** Names that the model has none for. */
const elsewhere: ReadonlySet<string> = new Set(["pull_refresh_after"]);
