import { dirname } from "node:path";
import { expect } from "chai";
import { schemaOf } from "../../../bin/schema/schema";
import { functions } from "../../../provider/functions";
import { resourceTypes } from "../../../provider/resources";
import { Coverage, type Package } from "../../support/coverage";
import { ProviderUnderTest } from "../../support/provider";
import { TestFile } from "../../support/test-file";

interface Schema {
  readonly config: { readonly variables: object };
  readonly resources: Readonly<Record<string, { readonly inputProperties: object }>>;
  readonly functions: object;
}

// Issue 4, done-when 1: generated from the declarations of @pulumi/docker, so that neither side can go stale.
describe("each part of package docker, and the test that shows it", function () {
  this.timeout(60_000);
  let sdk: Package;
  let coverage: Coverage;

  before(() => {
    const folder = dirname(require.resolve("@pulumi/docker/package.json"));
    const schema: Schema = JSON.parse(JSON.stringify(schemaOf(folder)));
    sdk = {
      resources: new Map(
        Object.entries(schema.resources).map(([token, { inputProperties }]) => [token, Object.keys(inputProperties)]),
      ),
      functions: Object.keys(schema.functions).filter((token) => token.startsWith("docker:")),
      settings: Object.keys(schema.config.variables),
    };
    coverage = new Coverage(sdk);
  });

  it("the tests that the table names are there, run, and pass what they are said to", () => {
    expect(coverage.problems).to.deep.equal([]);
  });

  it("nothing is without a test but what says why", () => {
    const bare = coverage.rows.filter(({ tests, why }) => tests.length === 0 && why === undefined);
    expect(bare.map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal([]);
    const shown = coverage.rows.filter(({ tests, why }) => tests.length > 0 && why !== undefined);
    expect(shown.map(({ name }) => `${name} has a test now`)).to.deep.equal([]);
  });

  it("everything is served, and what the package does not have is refused by its name", async () => {
    expect(resourceTypes.map(({ token }) => token).sort()).to.deep.equal([...sdk.resources.keys()].sort());
    expect(functions.map(({ token }) => token).sort()).to.deep.equal([...sdk.functions].sort());
    const provider = await ProviderUnderTest.unconfigured();
    const token = "docker:index/new:New";
    const answer = await provider
      .as(token)
      .check("x", {})
      .then(() => "it was taken", String);
    provider.close();
    expect(answer).to.contain(`Resource type "${token}" is not served by Slipway's docker provider.`);
  });

  it("the table", () => {
    if (process.env["SLIPWAY_TEST_ALL"] !== undefined) console.log(coverage.table().replace(/^/gm, "      "));
    console.log(`      ${coverage.counts()}`);
    expect(coverage.counts()).to.match(
      /^12 of 12 resources, 6 of 6 functions, 9 of 9 settings, .*74 of 74 container inputs$/,
    );
  });

  it("a resource, input, function or setting that the package gains has no test", () => {
    const more = new Coverage({
      resources: new Map([
        ...sdk.resources,
        ["docker:index/new:New", ["a"]],
        ["docker:index/tag:Tag", ["sourceImage", "tagTriggers", "targetImage", "another"]],
        ["docker:index/container:Container", ["image", "another"]],
      ]),
      functions: [...sdk.functions, "docker:index/getNew:getNew"],
      settings: [...sdk.settings, "another"],
    });
    const bare = more.rows.filter(({ tests, why }) => tests.length === 0 && why === undefined);
    expect(bare.map(({ name }) => name)).to.have.members([
      ...["New", "New.a", "getNew", "Tag.another", "another", "another"],
    ]);
    expect(more.problems, "what it has lost is told too").to.include("command is not in the package");
  });

  it("a comment, a skipped test and a word in a title are no test", () => {
    const file = new TestFile(
      "x.test.ts",
      `const rows = [{ one: 1 }]; const other = { unused: 1 }; // two: 2, "a:A"
       it.skip("skipped", () => up({ three: 3 }));
       describe.skip("all", () => { it("skipped too", () => up({ three: 3 })); });
       for (const row of rows) it(\`four \${row}\`, () => up({ ...row, five: \`new docker.Tag("x", { six: 6 })\` }));`,
    );
    expect(file.cases.map(({ title }) => title)).to.deep.equal(["four …"]);
    expect([...(file.cases[0]?.properties ?? [])].sort()).to.deep.equal(["five", "one", "six"]);
    expect(file.says(["a:A"], /docker\.Volume\(/)).to.equal(false);
    expect(file.says([], /docker\.Tag\(/)).to.equal(true);
  });
});
