import { dirname, join } from "node:path";
import { expect } from "chai";
import { schemaOf } from "../../../bin/schema/schema";
import { functions } from "../../../provider/functions";
import { resourceTypes } from "../../../provider/resources";
import { readSchema } from "../../../provider/schema";
import { settingTable } from "../../../provider/settings";

interface Schema {
  readonly version: string;
  readonly config: { readonly variables: Readonly<Record<string, unknown>> };
  readonly types: Readonly<Record<string, { readonly language?: unknown }>>;
  readonly resources: Readonly<Record<string, { readonly inputProperties: Readonly<Record<string, unknown>> }>>;
  readonly functions: Readonly<Record<string, unknown>>;
}

describe("the schema of package docker", () => {
  const folder = dirname(require.resolve("@pulumi/docker/package.json"));
  const schema: Schema = JSON.parse(JSON.stringify(schemaOf(folder)));

  it("is the one that is shipped", async () => {
    expect(JSON.parse(await readSchema())).to.deep.equal(schema);
  });

  it("has all of the package: 12 resources, 6 functions, 9 settings, 74 inputs of a container", () => {
    expect(schema.version).to.equal("5.2.0");
    expect(Object.keys(schema.resources)).to.have.length(12);
    expect(Object.keys(schema.functions).filter((token) => token.startsWith("docker:"))).to.have.length(6);
    expect(Object.keys(schema.config.variables)).to.deep.equal(
      Object.keys(settingTable)
        .filter((name) => name !== "moveTo")
        .sort(),
    );
    const container = schema.resources["docker:index/container:Container"];
    expect(Object.keys(container?.inputProperties ?? {})).to.have.length(74);
  });

  it("serves nothing that it does not name", () => {
    expect(Object.keys(schema.resources)).to.include.members(resourceTypes.map(({ token }) => token));
    expect(Object.keys(schema.functions)).to.include.members(functions.map(({ token }) => token));
  });

  it("reads what the code of the SDK fills in, marks secret and calls otherwise", () => {
    const input = (type: string, name: string): unknown =>
      schema.resources[`docker:index/${type}`]?.inputProperties[name];
    expect(input("secret:Secret", "data")).to.include({ type: "string", secret: true });
    expect(input("image:Image", "skipPush")).to.include({ type: "boolean", default: false });
    expect(input("container:Container", "cpuShares")).to.include({ type: "integer" });
    expect(schema.config.variables["host"]).to.deep.include({ defaultInfo: { environment: ["DOCKER_HOST"] } });
    expect(schema.resources["docker:index/image:Image"]).to.deep.include({ aliases: [{ type: "docker:image:Image" }] });
  });

  it("leads every reference to a type", () => {
    const references = JSON.stringify(schema).matchAll(/"#\/types\/([^"]+)"/g);
    const missing = [...references].map(([, token]) => token ?? "").filter((token) => !(token in schema.types));
    expect([...new Set(missing)]).to.deep.equal([]);
  });

  it("fails where an SDK has a type that it has no word for", () => {
    expect(() => schemaOf(join(folder, "nowhere"))).to.throw();
  });
});
