import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { App, Gateway, Job, Postgres, quantity, readSettings } from "slipway";
import { z } from "zod";

// dev and prod differ in settings.yaml only; the stack `web-prod` reads those of `prod` too.
const settings = readSettings(
  join(__dirname, "settings.yaml"),
  z.strictObject({
    host: z.string(),
    port: z.int().min(1).max(65535),
    replicas: z.int().min(1),
    memory: z.string().transform(quantity),
    greeting: z.string(),
    keepData: z.boolean(),
    images: z.strictObject({ gateway: z.string(), postgres: z.string(), node: z.string() }),
  }),
  pulumi.getStack().replace(/^.*-/, ""),
);

const gateway = new Gateway("gateway", {
  http: settings.port,
  image: settings.images.gateway,
  routes: { web: { port: 3000, host: settings.host, health: "/healthz" } },
});

const database = new Postgres("database", {
  image: settings.images.postgres,
  memory: "256m",
  protect: settings.keepData,
});

const schema = new Job("schema", {
  image: settings.images.postgres,
  command: [
    "sh",
    "-c",
    'psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -c "CREATE TABLE IF NOT EXISTS visits (at timestamptz)"',
  ],
  env: { DATABASE_URL: database.connectionString },
  networks: database.networks,
  dependsOn: [{ on: database, condition: "healthy" }],
});

const web = new App("web", {
  image: { context: join(__dirname, "app"), args: { BASE_IMAGE: settings.images.node } },
  replicas: settings.replicas,
  env: { GREETING: settings.greeting, DATABASE_URL: database.connectionString },
  networks: database.networks,
  route: gateway.routes.web,
  health: { http: "/healthz", port: 3000, interval: "1s" },
  resources: { memory: settings.memory },
  stopTimeout: "30s",
  dependsOn: [schema],
});

export const url = gateway.url;
export const host = settings.host;
export const containers = web.containers.map((container) => container.name);
