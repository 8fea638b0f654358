import { Config } from "@pulumi/pulumi";
import { Container, Image } from "slipway";

const image = new Image("app", {
  context: "./app",
  args: { BASE_IMAGE: new Config().require("baseImage") },
});

const web = new Container("web", {
  image,
  ports: ["3000:3000"],
  env: { GREETING: "Hello from Slipway" },
  stopTimeout: "5s",
});

export const url = web.url;
