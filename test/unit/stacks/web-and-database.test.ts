import { expect } from "chai";
import { runStack } from "slipway/testing";

const program = require.resolve("../../../stacks/web-and-database");

/** Runs the program afresh, as Pulumi does for each stack. */
function deploy(stack: string) {
  return runStack(
    () => {
      delete require.cache[program];
      return require(program);
    },
    { project: "slipway", stack },
  );
}

describe("the stack web-and-database", () => {
  it("differs between dev and prod by its settings only", async () => {
    const [dev, prod] = [await deploy("dev"), await deploy("prod")];
    const containers = (run: typeof dev) =>
      run.resources.filter(({ type }) => type === "docker:index/container:Container").map(({ name }) => name);
    expect(containers(dev)).to.have.members(["gateway", "database", "schema", "web-1"]);
    expect(containers(prod)).to.have.members(["gateway", "database", "schema", "web-1", "web-2", "web-3"]);
    expect(dev.resource("docker:index/container:Container", "web-1").inputs["memory"]).to.equal(128);
    expect(prod.resource("docker:index/container:Container", "web-1").inputs["memory"]).to.equal(512);
    expect(dev.outputs["url"]).to.equal("http://localhost:8080");
  });

  it("keeps the database's password secret wherever it goes", async () => {
    const run = await deploy("dev");
    for (const name of ["database", "schema", "web-1"]) {
      expect(run.resource("docker:index/container:Container", name).secrets, name).to.include("envs");
    }
  });
});
