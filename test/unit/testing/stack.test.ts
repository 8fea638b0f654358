import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Container } from "slipway";
import { runStack } from "slipway/testing";

class Bucket extends pulumi.CustomResource {
  declare readonly size: pulumi.Output<number>;
  constructor(name: string) {
    super("cloud:index:Bucket", name, { size: undefined });
  }
}

describe("runStack", () => {
  it("records registrations and settles outputs, secrets in clear", async () => {
    const run = await runStack(() => {
      const web = new Container("web", { image: "nginx", env: { KEY: pulumi.secret("k") }, ports: ["8080:80"] });
      return { url: web.url, key: pulumi.secret("k") };
    });
    expect(run.resource("docker:index/container:Container", "web").inputs["envs"]).to.deep.equal(["KEY=k"]);
    expect(run.outputs).to.deep.equal({ url: "http://localhost:8080", key: "k" });
  });

  it("reads config, and starts each run afresh", async () => {
    const program = () => ({ name: new pulumi.Config("shop").require("name") });
    const first = await runStack(program, { config: { "shop:name": "one" } });
    const second = await runStack(program, { config: { "shop:name": "two" } });
    expect([first.outputs["name"], second.outputs["name"]]).to.deep.equal(["one", "two"]);
  });

  it("fails on a resource that nobody answers, and not on one that is answered", async () => {
    const program = () => ({ size: new Bucket("b").size });
    const surprise = await runStack(program).then(
      () => "no error",
      (error: unknown) => String(error),
    );
    expect(surprise).to.contain('uses what this test does not answer: resource cloud:index:Bucket "b"');
    const run = await runStack(program, { resources: { "cloud:index:Bucket": () => ({ state: { size: 7 } }) } });
    expect(run.outputs["size"]).to.equal(7);
  });

  it("throws what the program throws", async () => {
    const failure = await runStack(() => {
      throw new Error("no such luck");
    }).catch((error: unknown) => String(error));
    expect(failure).to.equal("Error: no such luck");
  });

  it("says what is there when a test asks for a resource that is not", async () => {
    const run = await runStack(() => {
      new Container("web", { image: "nginx" });
    });
    expect(() => run.resource("docker:index/container:Container", "db")).to.throw(
      /registered 0 resources .* named "db"; it has:\n {2}slipway:index:Container "web"\n {2}docker:index\/container:Container "web"/,
    );
  });
});
