import { expect } from "chai";
import { Identifiers } from "../../../adoption/identifier";
import { programName, writeProgram } from "../../../adoption/program";

describe("a program for what runs already", () => {
  it("declares networks and volumes first, refers to them, and leaves defaults out", () => {
    const { text, secrets } = writeProgram([
      { kind: "network", daemonName: "shop_back", name: "back", inputs: { name: "shop_back", driver: "bridge" } },
      { kind: "volume", daemonName: "shop_data", name: "data", inputs: { name: "shop_data", driver: "local" } },
      {
        kind: "container",
        daemonName: "shop-db-1",
        name: "db",
        inputs: {
          __defaults: ["mustRun", "start"],
          mustRun: true,
          start: true,
          name: "shop-db-1",
          image: "postgres:17",
          envs: ["PGDATA=/data", "POSTGRES_PASSWORD=hush=1"],
          ports: [{ __defaults: ["ip"], ip: "0.0.0.0", internal: 5432, external: 5432 }],
          networksAdvanced: [{ __defaults: [], name: "shop_back", aliases: ["db"] }, { name: "elsewhere" }],
          volumes: [{ volumeName: "shop_data", containerPath: "/data" }],
          labels: [],
          tmpfs: null,
          sysctls: { "net.core.somaxconn": "512" },
        },
      },
    ]);
    expect(text).to.equal(`import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const back = new docker.Network("back", {
  name: "shop_back",
  driver: "bridge",
});

const data = new docker.Volume("data", {
  name: "shop_data",
  driver: "local",
}, { retainOnDelete: true });

new docker.Container("db", {
  name: "shop-db-1",
  image: "postgres:17",
  ports: [{ internal: 5432, external: 5432 }],
  envs: [
    "PGDATA=/data",
    pulumi.interpolate\`POSTGRES_PASSWORD=\${config.requireSecret("db-POSTGRES_PASSWORD")}\`,
  ],
  labels: [],
  networksAdvanced: [{ name: back.name, aliases: ["db"] }, { name: "elsewhere" }],
  sysctls: { "net.core.somaxconn": "512" },
  volumes: [{ volumeName: data.name, containerPath: "/data" }],
});
`);
    expect([...secrets]).to.deep.equal([["db-POSTGRES_PASSWORD", "hush=1"]]);
    expect(text).not.to.contain("hush");
  });

  it("names things as their compose file did", () => {
    const labels = (pairs: Record<string, string>) => ({
      labels: Object.entries(pairs).map(([label, value]) => ({ label, value })),
    });
    const service = { "com.docker.compose.service": "web", "com.docker.compose.container-number": "1" };
    expect(programName("shop-web-1", labels(service))).to.equal("web");
    expect(programName("shop-web-2", labels({ ...service, "com.docker.compose.container-number": "2" }))).to.equal(
      "web-2",
    );
    expect(programName("shop_default", labels({ "com.docker.compose.network": "default" }))).to.equal("default");
    expect(programName("web", { labels: [] })).to.equal("web");
  });

  it("makes each identifier once, never a reserved word", () => {
    const identifiers = new Identifiers();
    expect(["shop_web-1", "shop.web.1", "default", "1st", "ünder"].map((name) => identifiers.make(name))).to.deep.equal(
      ["shopWeb1", "shopWeb12", "default2", "_1st", "nder"],
    );
  });
});
