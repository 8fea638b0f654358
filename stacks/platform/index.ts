import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { App, Gateway, Network, readSettings, Volume } from "slipway";
import { z } from "zod";

const port = z.int().min(1).max(65535);

// `platform-dev` reads the settings of `dev`, `platform-prod` those of `prod`.
const settings = readSettings(
  join(__dirname, "settings.yaml"),
  z.strictObject({
    network: z.string(),
    http: port,
    registry: port,
    shop: z.string(),
    images: z.strictObject({ gateway: z.string(), registry: z.string() }),
  }),
  pulumi.getStack().replace(/^.*-/, ""),
);

// Where what belongs to the platform and what stands on it find each other by name.
const shared = new Network("network", { name: settings.network });

const store = new App("registry", {
  image: settings.images.registry,
  // The daemon takes an address of its own host without TLS; nobody else gets there.
  ports: [`127.0.0.1:${settings.registry}:5000`],
  volumes: [{ volume: new Volume("images"), target: "/var/lib/registry" }],
  networks: [shared],
  health: { http: "/v2/", port: 5000, interval: "1s" },
});

const gateway = new Gateway("gateway", {
  http: settings.http,
  image: settings.images.gateway,
  routes: { shop: { port: 3000, host: settings.shop, health: "/healthz" } },
});

// What other stacks build on.
export const network = shared.name;
export const registry = store.url.apply(() => `127.0.0.1:${settings.registry}`);
export const routes = gateway.routes;
export const url = gateway.url;
