import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Container, Image } from "slipway";

const config = new pulumi.Config();
const baseImage = config.get("baseImage");

const image = new Image("app", {
  context: join(__dirname, "app"),
  args: baseImage === undefined ? {} : { BASE_IMAGE: baseImage },
});

const hello = new Container("hello", {
  image,
  ports: [`${config.get("port") ?? "3000"}:3000`],
  env: { GREETING: config.get("greeting") ?? "Hello from Slipway" },
  stopTimeout: "5s",
});

export const url = hello.url;
export const container = hello.name;
