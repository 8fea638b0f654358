import { App, Container, DockerHost, Gateway, Image, Job, Postgres, Volume } from "slipway";

// What must not compile: each line below an expectation is an error, or this file is one.

const gateway = new Gateway("door", { routes: { shop: { port: 3000, host: "shop.example" } } });

new App("right", { image: "nginx", route: gateway.routes.shop, stopTimeout: "30s" });

// @ts-expect-error an unknown route target
new App("route", { image: "nginx", route: gateway.routes.nosuch });

// @ts-expect-error a port of 0
new Gateway("zero", { routes: { shop: { port: 0 } } });

// @ts-expect-error a path without its slash
new Gateway("path", { routes: { shop: { port: 3000, path: "shop" } } });

// @ts-expect-error a number where a duration is due
new App("duration", { image: "nginx", stopTimeout: 10 });

// @ts-expect-error a text that is no duration
new Container("text", { image: "nginx", healthTimeout: "soon" });

// @ts-expect-error a text that is no quantity
new Container("quantity", { image: "nginx", memory: "much" });

// @ts-expect-error a restart policy that is none
new Container("policy", { image: "nginx", restart: "sometimes" });

const job = new Job("job", { image: "tool" });

// @ts-expect-error a job is completed, not healthy
new App("condition", { image: "nginx", dependsOn: [{ on: job, condition: "healthy" }] });

// @ts-expect-error a secret that nobody knows is no image
new Container("image", { image: 5 });

// @ts-expect-error a port of 0 on the host
new Gateway("host", { routes: { database: { tcp: 0, port: 5432 } } });

// @ts-expect-error a route by its name alone
new App("name", { image: "nginx", route: "shop" });

// @ts-expect-error a health path without its slash
new App("health", { image: "nginx", health: { http: "healthz", port: 80 } });

// @ts-expect-error a slip of the pen
new App("slip", { image: "nginx", replica: 2 });

// @ts-expect-error a text where a number is due
new App("count", { image: "nginx", replicas: "2" });

// @ts-expect-error a number where a port binding is due
new Container("port", { image: "nginx", ports: [80] });

// @ts-expect-error a job owns no ports
new Job("ports", { image: "tool", ports: ["80:80"] });

// @ts-expect-error a certificate without its key
new Gateway("tls", { routes: { shop: { port: 80 } }, certificates: [{ certificate: "…" }] });

// @ts-expect-error TLS without the authority
new DockerHost("far", { host: "tcp://far:2376", tls: { cert: "…", key: "…" } });

// @ts-expect-error a transform that makes something else
new Image("image", { transform: () => "app" });

// @ts-expect-error a transform of a child that is not there
new App("child", { image: "nginx", transform: { volume: (args: unknown) => args } });

// @ts-expect-error the arguments of a child are typed
new Postgres("typed", { transform: { container: (args) => ({ ...args, memory: "much" }) } });

// @ts-expect-error a volume is no container
new App("waits", { image: "nginx", dependsOn: [new Volume("data")] });

// @ts-expect-error a mount without its place
new Container("mount", { image: "nginx", mounts: [{ bind: "/srv" }] });

// What is right, in the places where it is most often wrong.
new App("all", {
  image: { context: "app" },
  replicas: 2,
  route: gateway.routes.shop,
  health: { http: "/healthz", port: 3000, interval: "1m30s" },
  resources: { memory: "1.5g", cpus: 0.5 },
  rollout: { order: "start-first", batch: 2 },
  dependsOn: [job, { on: job, condition: "completed" }],
  transform: { container: (args, number) => ({ ...args, env: { ...args.env, NUMBER: `${number}` } }) },
});
