import * as pulumi from "@pulumi/pulumi";
import { SlipwayError } from "slipway";

const stacks = new Map<string, () => unknown>([
  ["hello", () => require("./stacks/hello")],
  ["web-and-database", () => require("./stacks/web-and-database")],
  ["platform", () => require("./stacks/platform")],
  ["shop", () => require("./stacks/shop")],
]);

const name = new pulumi.Config().get("stack") ?? "hello";
const load = stacks.get(name);
if (load === undefined) {
  throw new SlipwayError({
    subject: "Config",
    path: `${pulumi.getProject()}:stack`,
    value: name,
    problem: "names no stack of this checkout",
    advice: `Use one of: ${[...stacks.keys()].join(", ")}.`,
  });
}

export = load();
