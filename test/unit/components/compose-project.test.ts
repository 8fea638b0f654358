import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ComposeProject, type ComposeProjectArgs, Container, isSlipwayError, Network } from "slipway";
import { type RunOptions, runStack, type StackRun } from "slipway/testing";

const container = "docker:index/container:Container";

describe("ComposeProject", function () {
  this.timeout(30_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-compose-"));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const functions: NonNullable<RunOptions["functions"]> = {
    "docker:index/getNetwork:getNetwork": ({ name }) => ({ name, id: "made-up" }),
  };

  function run(text: string, args: ComposeProjectArgs = {}, options: RunOptions = {}): Promise<StackRun> {
    writeFileSync(join(folder, "compose.yaml"), text);
    const files = [join(folder, "compose.yaml")];
    const program = () => void new ComposeProject("shop", { files, projectName: "shop", ...args });
    return runStack(program, { functions, ...options });
  }

  async function refusal(text: string, args: ComposeProjectArgs = {}): Promise<string[]> {
    const failure: unknown = await run(text, args, { preview: true }).catch((error: unknown) => error);
    if (!isSlipwayError(failure)) throw new Error(`It was not refused: ${failure}`);
    return failure.message.replaceAll(`${folder}/`, "").split("\n");
  }

  it("makes what an active service uses, and no more", async () => {
    const { resources } = await run(`
services:
  web: { image: a, networks: [front, out], volumes: ["data:/d", "kept:/k"] }
  tool: { image: b, profiles: [tools], networks: [unused] }
networks: { front: {}, unused: {}, out: { external: true, name: outside } }
volumes: { data: {}, nobody: {}, kept: { external: true } }
`);
    const made = resources
      .filter(({ type }) => type.startsWith("docker:"))
      .map(({ type, name }) => `${type.split(":")[2]} ${name}`);
    expect(made.sort()).to.deep.equal([
      "Container shop-web-1",
      "Network shop-front",
      "RemoteImage shop-web",
      "Volume shop-data",
      "Volume shop-kept",
    ]);
    const web = resources.find(({ type }) => type === container);
    expect(web?.inputs["networksAdvanced"]).to.deep.equal([
      { name: "shop_front", aliases: ["shop-web-1", "web"] },
      { name: "outside", aliases: ["shop-web-1", "web"] },
    ]);
    expect(web?.inputs["volumes"]).to.deep.equal([
      { containerPath: "/d", volumeName: "shop_data" },
      { containerPath: "/k", volumeName: "kept" },
    ]);
  });

  it("is changed from the program, and takes and gives components", async () => {
    writeFileSync(
      join(folder, "compose.yaml"),
      "services: { web: { image: a, networks: [edge], scale: 2 } }\nnetworks: { edge: { external: true } }\n",
    );
    const { resources, outputs } = await runStack(() => {
      const edge = new Network("edge");
      const shop = new ComposeProject("shop", {
        files: [join(folder, "compose.yaml")],
        projectName: "shop",
        networks: { edge },
        scale: { web: 3 },
        container: (args, service, number) => ({ ...args, env: { WHO: `${service}-${number}` } }),
      });
      const third = shop.services["web"]?.containers[2];
      new Container("beside", { image: "b", networks: Object.values(shop.networks) });
      return { name: third?.name, count: shop.services["web"]?.containers.length };
    });
    expect(outputs).to.deep.equal({ name: "shop-web-3", count: 3 });
    const web = resources.filter(({ type, name }) => type === container && name.startsWith("shop-web"));
    expect(web.map(({ inputs }) => inputs["envs"])).to.deep.equal([["WHO=web-1"], ["WHO=web-2"], ["WHO=web-3"]]);
    for (const { inputs } of web) {
      expect(inputs["networksAdvanced"]).to.deep.include({
        name: "project-test-edge",
        aliases: [`${inputs["name"]}`, "web"],
      });
    }
  });

  it("waits for what is asked for, and for health where nobody's start hangs on it", async () => {
    const check = "healthcheck: { test: exit 0 }";
    const { resources } = await run(`
services:
  web: { image: a, ${check}, depends_on: { db: { condition: service_healthy }, job: { condition: service_completed_successfully }, log: { condition: service_started } } }
  db: { image: a, ${check} }
  log: { image: a, ${check} }
  job: { image: a }
  maybe: { image: a, ${check}, depends_on: { late: { condition: service_healthy, required: false } } }
  late: { image: a, ${check} }
`);
    const of = (name: string) =>
      resources.find((one) => one.type === container && one.name === `shop-${name}-1`)?.inputs ?? {};
    const waits = ["web", "db", "log", "job", "maybe", "late"].filter((name) => of(name)["wait"] === true);
    expect(waits).to.deep.equal(["web", "db", "maybe"]);
    expect(of("job")).to.include({ mustComplete: true, mustRun: false });
    expect(of("log")).to.include({ mayEnd: true });
  });

  it("keeps secrets secret", async () => {
    const { resources } = await run(
      `
services: { web: { image: a, environment: { DB_PASSWORD: hush, DB_PASSWORD_FILE: /f }, secrets: [key] } }
secrets: { key: { environment: KEY } }
`,
      { environment: { KEY: "hush" } },
    );
    const web = resources.find(({ type }) => type === container);
    expect(web?.secrets).to.deep.equal(["envs", "uploads"]);
  });

  it("asks the registry at the age that the pull policy says", async () => {
    const { resources } = await run(`
services:
  day: { image: a, pull_policy: daily }
  week: { image: b, pull_policy: weekly }
  odd: { image: c, pull_policy: every_1d12h30m }
  usual: { image: d }
`);
    const images = resources.filter(({ type }) => type === "docker:index/remoteImage:RemoteImage");
    const ages = images.map(({ name, inputs }) => `${name} ${inputs["pullAfter"] ?? "never"}`);
    expect(ages.sort()).to.deep.equal(["shop-day 24h", "shop-odd 24h12h30m", "shop-usual never", "shop-week 168h"]);
  });

  it("refuses everything that it can't do, at once, each with its place in the file", async () => {
    const words = await refusal(
      `services:
  web:
    image: a
    use_api_socket: true
  api:
    provider: { type: other }
  bare: { image: a, entrypoint: [] }
`,
      { scale: { nobody: 2 } },
    );
    expect(words).to.have.lengthOf(4);
    const text = words.join("\n");
    expect(text).to.contain(
      "services.api.provider is run by a plugin of compose. Declare what it provides in the program. (compose.yaml:6:5)",
    );
    expect(text).to.contain("services.web.use_api_socket is not supported");
    expect(text).to.contain("services.bare.entrypoint takes the image's away");
    expect(text).to.contain("scale.nobody is of no service of the files. The services are: api, bare, web.");
  });

  it("hands on what the loader refuses", async () => {
    const words = await refusal("services:\n  web:\n    imagee: a\n");
    expect(words[0]).to.contain("services.web");
    expect(words[0]).to.match(/compose\.yaml:3:5/);
  });
});
