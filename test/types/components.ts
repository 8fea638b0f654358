import { App, Container, Gateway, Job } from "slipway";

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
