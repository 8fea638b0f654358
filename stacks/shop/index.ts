import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { App, quantity, readSettings } from "slipway";
import { z } from "zod";

// `shop-dev` stands on `platform-dev`, `shop-prod` on `platform-prod`.
const environment = pulumi.getStack().replace(/^.*-/, "");
const platform = new pulumi.StackReference(
  `${pulumi.getOrganization()}/${pulumi.getProject()}/platform-${environment}`,
);

const settings = readSettings(
  join(__dirname, "settings.yaml"),
  z.strictObject({
    replicas: z.int().min(1),
    memory: z.string().transform(quantity),
    greeting: z.string(),
    images: z.strictObject({ node: z.string() }),
  }),
  environment,
);

const shop = new App("shop", {
  image: {
    context: join(__dirname, "app"),
    args: { BASE_IMAGE: settings.images.node },
    registry: platform.requireOutput("registry"),
  },
  replicas: settings.replicas,
  env: { GREETING: settings.greeting },
  networks: [{ network: platform.requireOutput("network") }],
  route: platform.requireOutput("routes").apply((routes) => routes.shop),
  health: { http: "/healthz", port: 3000, interval: "1s" },
  resources: { memory: settings.memory },
});

export const image = shop.image;
export const containers = shop.containers.map((container) => container.name);
