import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { App, Gateway, isSlipwayError, Job, Network, Postgres } from "slipway";
import { type RunOptions, runStack, type StackRun } from "slipway/testing";

const type = "docker:index/container:Container";
const options: RunOptions = { project: "shop", stack: "dev" };

describe("App", () => {
  it("has containers in a chain, on a network of its own under its name, with rotated logs", async () => {
    const run = await runStack(() => void new App("web", { image: "nginx", replicas: 2 }), options);
    expect(run.resource("docker:index/network:Network", "web").inputs["name"]).to.equal("shop-dev-web");
    const { inputs } = run.resource(type, "web-2");
    expect(inputs["name"]).to.equal("shop-dev-web-2");
    expect(inputs["networksAdvanced"]).to.deep.equal([{ name: "shop-dev-web", aliases: ["web"] }]);
    expect(inputs["logOpts"]).to.deep.equal({ "max-size": "10485760", "max-file": "3" });
    expect(inputs["replaceOrder"]).to.equal("start-first");
    expect(inputs["replica"]).to.deep.equal({ app: "web", number: 2, count: 2 });
  });

  it("joins a route of a gateway: its alias, its network, and the drain before a stop", async () => {
    const run = await runStack(() => {
      const gateway = new Gateway("door", { routes: { shop: { port: 3000, host: "shop.example", health: "/ok" } } });
      new App("web", { image: "nginx", route: gateway.routes.shop, health: { http: "/ok", port: 3000 } });
      return { route: gateway.routes.shop, url: gateway.url };
    }, options);
    expect(run.outputs["route"]).to.deep.equal({
      network: "shop-dev-door",
      alias: "door-shop",
      gateway: "shop-dev-door",
      backend: "shop",
      port: 3000,
      drain: 30,
      health: "/ok",
    });
    expect(run.outputs["url"]).to.equal("http://localhost:80");
    const { inputs } = run.resource(type, "web-1");
    expect(inputs["networksAdvanced"]).to.deep.equal([
      { name: "shop-dev-web", aliases: ["web"] },
      { name: "shop-dev-door", aliases: ["door-shop"] },
    ]);
    expect(inputs["beforeStop"]).to.deep.equal([
      { container: "shop-dev-door", command: ["sh", "/slipway/drain", "shop", "30"] },
    ]);
    expect(inputs["wait"]).to.equal(true);
  });

  it("waits for what it depends on; a job runs to its end", async () => {
    const run = await runStack(() => {
      const db = new Postgres("db");
      const migrate = new Job("migrate", {
        image: "tool",
        command: ["migrate"],
        env: { DB: db.connectionString },
        dependsOn: [{ on: db, condition: "healthy" }],
      });
      new App("web", { image: "nginx", dependsOn: [migrate] });
      return { db: db.connectionString, host: db.host };
    }, options);
    const job = run.resource(type, "migrate").inputs;
    expect(job["mustComplete"]).to.equal(true);
    expect(job["restart"]).to.equal("no");
    expect(job["waitTimeout"]).to.equal(600);
    expect(run.outputs["db"]).to.match(/^postgresql:\/\/app:[\w%-]+@db:5432\/app$/);
    const db = run.resource(type, "db");
    expect(db.secrets).to.include("envs");
    expect(db.inputs["replaceOrder"]).to.equal("stop-first");
    const order = run.resources.map((one) => one.name);
    expect(order.indexOf("db")).to.be.lessThan(order.indexOf("migrate"));
    expect(order.indexOf("migrate")).to.be.lessThan(order.indexOf("web-1"));
  });

  it("keeps the password of a database over runs", async () => {
    const program = () => ({ password: new Postgres("db").password });
    const run = await runStack(program, {
      resources: { "pulumi:index:Stash": () => ({ state: { output: "first" } }) },
    });
    expect(run.outputs["password"]).to.equal("first");
  });

  it("leaves 0 replicas out", async () => {
    const run = await runStack(() => void new App("web", { image: "nginx", replicas: 0 }), options);
    expect(run.resources.filter((one) => one.type === type)).to.deep.equal([]);
  });
});

describe("App and Gateway with what can't be right", () => {
  async function faults(program: () => unknown): Promise<readonly string[]> {
    const failure: unknown = await runStack(program, { ...options, preview: true }).then(
      (run: StackRun) => run,
      (error: unknown) => error,
    );
    return isSlipwayError(failure) ? failure.message.split("\n").map((line) => line.replace(/ \(test\/.*\)$/, "")) : [];
  }

  it("say everything at once", async () => {
    const found = await faults(() => {
      new App("many", { image: "nginx", replicas: 3, ports: ["8080:80"] });
      new App("wrong", { image: "nginx", replicas: -1, rollout: { batch: 0 } });
      new App("both", { image: "nginx", ports: ["80:80"], rollout: { order: "start-first" } });
      const plain = new App("plain", { image: "nginx" });
      new App("waits", { image: "nginx", dependsOn: [{ on: plain, condition: "healthy" }] });
      new Gateway("door", {
        http: 8080,
        routes: {
          one: { port: 3000, host: "a.example" },
          two: { port: 70000, host: "A.example" },
          three: { tcp: 8080, port: 5432 },
        },
      });
    });
    expect(found).to.deep.equal([
      'App "many": ports[0] "8080:80" can\'t be published by 3 replicas at once. Put it behind a Gateway, leave the host port to the Engine, or use one replica.',
      'App "wrong": replicas "-1" is no number of containers. Use 0, 1, 2 …',
      'App "wrong": rollout.batch "0" is no number of replicas. Use 1, 2 …',
      'App "both": rollout.order "start-first" does not go with a host port of its own. Use "stop-first", or put it behind a Gateway.',
      'App "waits": dependsOn[0] waits for the health of a service that has no health check. Give it a health check, or use the condition "started".',
      'Gateway "door": routes.two "a.example /" is taken by route "one" already. Give one of the two another host or path.',
      'Gateway "door": routes.two.port "70000" is not a port. Use a number from 1 to 65535.',
      'Gateway "door": routes.three.tcp "8080" is taken by http already. Use another port.',
    ]);
  });

  it("a network may be shared", async () => {
    const run = await runStack(() => {
      const net = new Network("net");
      new App("web", { image: pulumi.output("nginx"), networks: [net] });
    }, options);
    expect(run.resource(type, "web-1").inputs["networksAdvanced"]).to.deep.equal([
      { name: "shop-dev-net", aliases: ["web"] },
    ]);
  });
});
