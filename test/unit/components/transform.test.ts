import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { App, Container, DockerHost, Gateway, Image, Job, Network, Postgres, Volume } from "slipway";
import { type RunOptions, runStack } from "slipway/testing";

const options: RunOptions = { project: "shop", stack: "dev" };
const [container, image, network, volume] = [
  "docker:index/container:Container",
  "docker:index/image:Image",
  "docker:index/network:Network",
  "docker:index/volume:Volume",
];

describe("transforms", () => {
  it("change what the Engine's own resources are made with", async () => {
    const run = await runStack(() => {
      const built = new Image("i", { transform: (args) => ({ ...args, buildOnPreview: true }) });
      const net = new Network("n", { transform: (args) => ({ ...args, ipv6: true }) });
      const data = new Volume("v", { transform: (args) => ({ ...args, keepOnDestroy: true }) });
      new Container("c", {
        image: built,
        networks: [net],
        mounts: [{ volume: data, target: "/data" }],
        transform: (args) => ({ ...args, pidsLimit: 100, sysctls: { "net.core.somaxconn": "1024" } }),
      });
    }, options);
    expect(run.resource(image, "i").inputs["buildOnPreview"]).to.equal(true);
    expect(run.resource(network, "n").inputs["ipv6"]).to.equal(true);
    expect(run.resource(volume, "v").inputs["keepOnDestroy"]).to.equal(true);
    const { inputs } = run.resource(container, "c");
    expect(inputs["pidsLimit"]).to.equal(100);
    expect(inputs["sysctls"]).to.deep.equal({ "net.core.somaxconn": "1024" });
  });

  it("reach every child of an App, a Job, a Postgres and a Gateway", async () => {
    const run = await runStack(() => {
      new App("web", {
        image: { context: "app" },
        replicas: 2,
        transform: {
          image: (args) => ({ ...args, target: "slim" }),
          network: (args) => ({ ...args, internal: true }),
          container: (args, number) => ({ ...args, env: { ...args.env, NUMBER: String(number) } }),
        },
      });
      new Job("job", { image: "tool", transform: (args) => ({ ...args, init: true }) });
      new Postgres("db", {
        transform: {
          network: (args) => ({ ...args, subnet: "10.7.0.0/24" }),
          volume: (args) => ({ ...args, labels: { backup: "daily" } }),
          container: (args) => ({ ...args, cpus: 2 }),
        },
      });
      new Gateway("door", {
        routes: { a: { port: 80 } },
        transform: {
          network: (args) => ({ ...args, labels: { a: "b" } }),
          container: (args) => ({ ...args, transform: (resource) => ({ ...resource, pidsLimit: 50 }) }),
        },
      });
    }, options);
    expect(run.resource(image, "web").inputs["build"]).to.deep.include({ target: "slim" });
    expect(run.resource(network, "web").inputs["internal"]).to.equal(true);
    expect(run.resource(container, "web-2").inputs["envs"]).to.deep.equal(["NUMBER=2"]);
    expect(run.resource(container, "job").inputs["init"]).to.equal(true);
    expect(run.resource(network, "db").inputs["ipamConfigs"]).to.deep.equal([{ subnet: "10.7.0.0/24" }]);
    expect(run.resource(volume, "db-data").inputs["labels"]).to.deep.equal([{ label: "backup", value: "daily" }]);
    expect(run.resource(container, "db").inputs["cpus"]).to.equal("2");
    expect(run.resource(network, "door").inputs["labels"]).to.deep.equal([{ label: "a", value: "b" }]);
    expect(run.resource(container, "door").inputs["pidsLimit"]).to.equal(50);
  });

  it("are checked as everything else is", async () => {
    const program = () =>
      void new App("web", { image: "nginx", transform: { container: (args) => ({ ...args, memory: "1k" }) } });
    const failure: unknown = await runStack(program, options).catch((error: unknown) => error);
    expect(String(failure)).to.contain('Container "web-1": memory "1k" is not a whole number of MiB');
  });

  it("leave the children in reach: their outputs, and the resources behind them", async () => {
    const run = await runStack(() => {
      const app = new App("web", { image: { context: "app" } });
      const db = new Postgres("db");
      const gateway = new Gateway("door", { routes: { a: { port: 80 } } });
      const job = new Job("job", { image: "tool" });
      return {
        container: app.containers[0]?.resource?.name,
        image: app.build?.resource?.imageName,
        network: app.network?.resource?.name,
        volume: db.volume.resource?.name,
        proxy: gateway.container?.resource?.name,
        job: job.container?.resource?.name,
      };
    }, options);
    expect(run.outputs).to.deep.equal({
      container: "shop-dev-web-1",
      image: "shop-dev-web",
      network: "shop-dev-web",
      volume: "shop-dev-db-data",
      proxy: "shop-dev-door",
      job: "shop-dev-job",
    });
  });

  it("of Pulumi's own kind work on the children too", async () => {
    const run = await runStack(() => {
      const quiet: pulumi.ResourceTransformation = ({ type, props, opts }) =>
        type === container ? { props: { ...props, logDriver: "none", logOpts: undefined }, opts } : undefined;
      new App("web", { image: "nginx" }, { transformations: [quiet] });
    }, options);
    const { inputs } = run.resource(container, "web-1");
    expect(inputs["logDriver"]).to.equal("none");
    expect(inputs["replaceOrder"], "the extras are there too").to.equal("start-first");
  });
});

describe("names of one's own", () => {
  it("go from an App and a Postgres to everything that is theirs on the daemon", async () => {
    const run = await runStack(() => {
      new App("web", { name: "front", image: { context: "app" }, replicas: 2 });
      new Postgres("db", { name: "store" });
    }, options);
    const names = run.resources.flatMap(({ inputs }) => inputs["name"] ?? inputs["imageName"] ?? []);
    expect(names).to.have.members(["front", "front", "front-1", "front-2", "store", "store-data", "store"]);
  });
});

describe("an address", () => {
  it("is the one of the daemon that has the port", async () => {
    const program = () => {
      const far = new DockerHost("far", { host: "ssh://root@far.example:2222" });
      const here = new Container("here", { image: "nginx", ports: ["8080:80"] });
      const there = new App("there", { image: "nginx", ports: ["8080:80"] }, { provider: far });
      const gateway = new Gateway("door", { routes: { a: { port: 80 } } }, { provider: far });
      return { here: here.url, there: there.url, gateway: gateway.url };
    };
    const before = process.env["DOCKER_HOST"];
    try {
      delete process.env["DOCKER_HOST"];
      expect((await runStack(program, options)).outputs).to.deep.equal({
        here: "http://localhost:8080",
        there: "http://far.example:8080",
        gateway: "http://far.example:80",
      });
      process.env["DOCKER_HOST"] = "tcp://10.0.0.5:2376";
      expect((await runStack(program, options)).outputs["here"]).to.equal("http://10.0.0.5:8080");
      const config = { "docker:host": "ssh://user@other.example" };
      expect((await runStack(program, { ...options, config })).outputs["here"]).to.equal("http://other.example:8080");
    } finally {
      if (before === undefined) delete process.env["DOCKER_HOST"];
      else process.env["DOCKER_HOST"] = before;
    }
  });
});

describe("an Image with a registry", () => {
  it("is pushed there under its name, wherever the address comes from", async () => {
    const run = await runStack(() => {
      new Image("app", { registry: pulumi.output("127.0.0.1:5000"), login: { username: "u", password: "p" } });
    }, options);
    const { inputs } = run.resource(image, "app");
    expect(inputs["imageName"]).to.equal("127.0.0.1:5000/shop-dev-app");
    expect(inputs["skipPush"]).to.equal(false);
    expect(inputs["registry"]).to.deep.equal({ server: "127.0.0.1:5000", username: "u", password: "p" });
  });

  it("refuses an address that is none, and two registries", async () => {
    const failure = await runStack(
      () => {
        new Image("app", { registry: pulumi.output("https://r.example") });
        new Image("two", { registry: "r.example", name: "other.example/x" });
      },
      { ...options, preview: true },
    ).catch((error: unknown) => String(error));
    expect(failure).to.contain('Image "app": registry "https://r.example" is no address of a registry.');
    expect(failure).to.contain('Image "two": name "other.example/x" names a registry beside `registry`.');
  });
});
