import { expect } from "chai";
import { Container, DockerHost, isSlipwayError } from "slipway";
import { runStack } from "slipway/testing";

const type = "pulumi:providers:docker";

describe("DockerHost", () => {
  it("is the provider, with its registry logins", async () => {
    const run = await runStack(() => {
      const host = new DockerHost("far", {
        host: "ssh://ops@10.0.0.7",
        sshOptions: ["-p", "22"],
        registries: [{ address: "registry.example.com", username: "u", password: "p" }],
      });
      new Container("web", { image: "nginx" }, { provider: host });
    });
    const { inputs, secrets } = run.resource(type, "far");
    expect(secrets).to.deep.equal(["registryAuth"]);
    expect(inputs["host"]).to.equal("ssh://ops@10.0.0.7");
    expect(JSON.parse(String(inputs["sshOpts"]))).to.deep.equal(["-p", "22"]);
    expect(JSON.parse(String(inputs["registryAuth"]))).to.deep.equal([
      { address: "registry.example.com", username: "u", password: "p" },
    ]);
    expect(run.resource("docker:index/container:Container", "web").provider).to.contain("::far::");
  });

  it("refuses what does not go together, all at once", async () => {
    const program = () =>
      void new DockerHost("far", {
        host: "far.example:2375",
        context: "far",
        tls: { ca: "a", cert: "b", key: "c" },
        sshOptions: ["-v"],
        registries: [
          { address: "https://r.example", username: "u", password: "p" },
          { address: "r.example", username: "u", password: "p" },
          { address: "r.example", username: "u", password: "p" },
        ],
      });
    const error = await runStack(program).catch((failure: unknown) => failure);
    expect(isSlipwayError(error) && error.faults.map((fault) => fault.path)).to.deep.equal([
      "host",
      "context",
      "tls",
      "sshOptions",
      "registries[0].address",
      "registries[2].address",
    ]);
  });
});
