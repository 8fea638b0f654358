import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Properties } from "../../provider/value";
import { messageOf } from "../../values/fault";
import { type PrivateBuilder, startBuildkitd } from "../support/buildkit";
import { type PrivateDaemon, startDockerd } from "../support/dockerd";
import { ResourceLife } from "../support/life";
import { ProviderUnderTest } from "../support/provider";

const describeAll = process.env["SLIPWAY_TEST_ALL"] ? describe : describe.skip;

const type = "docker:index/buildxBuilder:BuildxBuilder";

// Builds buildx and buildkitd from their Go modules, which takes minutes the first time.
describeAll("docker.BuildxBuilder (test:all only)", function () {
  this.timeout(900_000);
  let daemon: PrivateDaemon;
  let builder: PrivateBuilder;
  let folder: string;
  let address: string;
  let config: string | undefined;
  let life: ResourceLife;

  before(async () => {
    builder = await startBuildkitd();
    daemon = await startDockerd();
    config = process.env["DOCKER_CONFIG"];
    process.env["DOCKER_CONFIG"] = builder.config;
    folder = mkdtempSync(join(tmpdir(), "slipway-builder-"));
    address = instance(builder.name).Nodes[0]?.Endpoint ?? "";
  });

  after(async () => {
    if (config === undefined) delete process.env["DOCKER_CONFIG"];
    else process.env["DOCKER_CONFIG"] = config;
    rmSync(folder, { recursive: true, force: true });
    await daemon?.stop();
    await builder?.stop();
  });

  beforeEach(() => {
    life = new ResourceLife(daemon.engine, type, "b");
  });
  afterEach(async () => {
    await life.destroy();
    expect(buildx("ls", "--format", "{{.Name}}")).to.not.match(/^shop/m);
  });

  interface Instance {
    readonly Driver: string;
    readonly Nodes: readonly {
      readonly Name: string;
      readonly Endpoint: string;
      readonly Platforms: readonly { readonly architecture: string }[] | null;
      readonly DriverOpts: Readonly<Record<string, string>> | null;
      readonly Flags: readonly string[] | null;
      readonly Files: Readonly<Record<string, string>> | null;
    }[];
  }

  /** A builder as buildx keeps it. */
  function instance(name: string): Instance {
    return JSON.parse(readFileSync(join(builder.config, "buildx/instances", name), "utf8"));
  }

  function buildx(...words: string[]): string {
    return execFileSync("docker", ["-H", daemon.host, "buildx", ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async function refused(inputs: Properties): Promise<string> {
    return new ResourceLife(daemon.engine, type, "other").preview(inputs).then(() => "nothing", messageOf);
  }

  it("is made with the remote driver, used and left alone, builds, and is made again where it was removed", async () => {
    const inputs = {
      name: "shop",
      driver: "remote",
      endpoint: address,
      node: "n0",
      platforms: ["linux/amd64"],
      use: true,
    };
    expect((await life.up(inputs)).did).to.equal("create");
    expect(instance("shop")).to.deep.include({ Driver: "remote" });
    expect(instance("shop").Nodes[0]).to.deep.include({ Name: "n0", Endpoint: address });
    expect((await life.up(inputs)).did).to.equal("nothing");
    writeFileSync(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
    // No builder is named: this one is in use.
    buildx("build", "--output", `type=tar,dest=${join(folder, "out.tar")}`, folder);
    buildx("rm", "shop");
    expect((await life.up(inputs)).did).to.be.oneOf(["create", "replace"]);
    expect(instance("shop").Driver).to.equal("remote");
  });

  it("has the same state as with the official plugin (../shared beside the checkout)", async function () {
    const file = join(__dirname, "../../../shared/provider-recordings/b-remote/grpc.change.up.jsonl");
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      console.log("      skipped: there are no recordings beside this checkout");
      return this.skip();
    }
    const calls = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const call = calls.find(({ method, request }) => /Create$/.test(method) && request.urn.includes("BuildxBuilder"));
    const { __pulumi_raw_state_delta: _, ...recorded } = call.response.properties;
    await life.up({ ...call.request.properties, name: "shop" });
    expect(life.state).to.deep.equal({ ...recorded, name: "shop", id: "shop" });
  });

  it("hands every option of the docker-container driver over, and replaces what changes", async () => {
    writeFileSync(join(folder, "buildkitd.toml"), "debug = true\n");
    const inputs = {
      name: "shop",
      buildkitConfig: join(folder, "buildkitd.toml"),
      buildkitFlags: "--debug",
      driverOptions: { "provenance-add-gha": "false" },
      dockerContainer: {
        cgroupParent: "/shop",
        cpuPeriod: "100000",
        cpuQuota: "50000",
        cpuShares: "512",
        cpusetCpus: "0,1",
        cpusetMems: "0",
        defaultLoad: true,
        env: { HTTP_PROXY: "http://a,b" },
        image: "moby/buildkit:x",
        memory: "100m",
        memorySwap: "200m",
        network: "host",
        restartPolicy: "no",
      },
    };
    await life.up(inputs);
    const { Driver, Nodes } = instance("shop");
    expect(Driver).to.equal("docker-container");
    expect(Nodes[0]?.DriverOpts).to.deep.equal({
      "provenance-add-gha": "false",
      "cgroup-parent": "/shop",
      "cpu-period": "100000",
      "cpu-quota": "50000",
      "cpu-shares": "512",
      "cpuset-cpus": "0,1",
      "cpuset-mems": "0",
      "default-load": "true",
      "env.HTTP_PROXY": "http://a,b",
      image: "moby/buildkit:x",
      memory: "100m",
      "memory-swap": "200m",
      network: "host",
      "restart-policy": "no",
    });
    expect(Nodes[0]?.Flags).to.include("--debug");
    expect(Object.keys(Nodes[0]?.Files ?? {})).to.deep.equal(["buildkitd.toml"]);
    expect((await life.up({ ...inputs, driver: "docker-container", append: false })).did).to.equal("nothing");
    const changed = { ...inputs, dockerContainer: { ...inputs.dockerContainer, memory: "150m" } };
    expect(await life.preview(changed)).to.have.property("dockerContainer.memory");
  });

  it("has the options of the remote driver, and is started at once", async () => {
    const inputs = { name: "shop", remote: { defaultLoad: true }, endpoint: address, bootstrap: true };
    await life.up(inputs);
    expect(instance("shop").Driver).to.equal("remote");
    expect(buildx("inspect", "shop")).to.match(/^Status:\s*running$/m);
    await life.destroy();
    const tls = { cacert: join(folder, "ca.pem"), cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
    for (const file of Object.values(tls)) writeFileSync(file, "");
    await life.up({ name: "shop", remote: { ...tls, servername: "shop.test" }, endpoint: "tcp://127.0.0.1:9" });
    expect(instance("shop").Nodes[0]?.DriverOpts).to.deep.equal({ ...tls, servername: "shop.test" });
  });

  it("hands the options of the kubernetes driver over", async () => {
    const kubernetes = {
      annotations: "a=1,b=2",
      labels: "c=3",
      limits: { cpu: "2", ephemeralStorage: "1Gi", memory: "1Gi" },
      requests: { cpu: "1" },
      qemu: { install: true, image: "qemu:x" },
      namespace: "build",
      replicas: 2,
      rootless: true,
      loadbalance: "sticky",
    };
    // buildx wants a cluster's address to make one; it is asked nothing.
    const cluster = {
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:9" } }],
      users: [{ name: "u", user: {} }],
    };
    const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
    const access = { apiVersion: "v1", kind: "Config", ...cluster, contexts, "current-context": "c" };
    writeFileSync(join(folder, "kubeconfig"), JSON.stringify(access));
    process.env["KUBECONFIG"] = join(folder, "kubeconfig");
    try {
      await life.up({ name: "shop", kubernetes });
    } finally {
      delete process.env["KUBECONFIG"];
    }
    const { Driver, Nodes } = instance("shop");
    // There is no cluster that could be asked to remove it.
    rmSync(join(builder.config, "buildx/instances/shop"));
    expect(Driver).to.equal("kubernetes");
    expect(Nodes[0]?.DriverOpts).to.deep.equal({
      annotations: "a=1,b=2",
      labels: "c=3",
      "limits.cpu": "2",
      "limits.ephemeral-storage": "1Gi",
      "limits.memory": "1Gi",
      "requests.cpu": "1",
      "qemu.install": "true",
      "qemu.image": "qemu:x",
      namespace: "build",
      replicas: "2",
      rootless: "true",
      loadbalance: "sticky",
    });
  });

  it("adds a node to a builder that is there, and takes only that one away", async () => {
    await life.up({ name: "shop", driver: "remote", endpoint: address, node: "n0" });
    const second = new ResourceLife(daemon.engine, type, "second");
    await second.up({ name: "shop", append: true, driver: "remote", endpoint: `${address}2`, node: "n1" });
    expect(instance("shop").Nodes.map(({ Name }) => Name)).to.deep.equal(["n0", "n1"]);
    expect(await refused({ name: "shop", append: true, node: "n1", endpoint: `${address}3` })).to.contain(
      'node "n1" is a node of builder "shop" already',
    );
    await second.destroy();
    expect(instance("shop").Nodes.map(({ Name }) => Name)).to.deep.equal(["n0"]);
  });

  it("is imported by its name, and a builder of somebody else's is refused", async () => {
    buildx("create", "--name", "shop", "--driver", "remote", "--node", "own", address);
    expect(await refused({ name: "shop", driver: "remote", endpoint: address })).to.contain(
      'name "shop" is a builder that this stack did not make. Give another name, set `append`, or take it over with',
    );
    expect(await life.import("shop")).to.deep.equal({
      __defaults: [],
      name: "shop",
      driver: "remote",
      node: "own",
      endpoint: address,
    });
    expect((await life.up({ name: "shop", driver: "remote", node: "own", endpoint: address })).did).to.equal("nothing");
  });

  it("refuses what can't be, all at once, and says what is not installed", async () => {
    const bad = await refused({
      name: "1 shop",
      driver: "kubernetes",
      remote: { servername: "a" },
      dockerContainer: { image: "b" },
      append: true,
      buildkitConfig: "nowhere.toml",
    });
    for (const path of ["name", "remote is given beside", "driver", "node is missing", "buildkitConfig"]) {
      expect(bad).to.contain(path);
    }
    const provider = await ProviderUnderTest.start(daemon.engine, type);
    await provider.check("one", { name: "shop" });
    const node = await provider.check("two", { name: "shop", append: true, node: "n1" });
    const twin = await provider.check("three", { name: "shop" });
    provider.close();
    expect(node.failures).to.deep.equal([]);
    expect(twin.failures.join()).to.contain('"shop" is taken by resource "one" of this program');
    process.env["DOCKER_CONFIG"] = folder;
    try {
      expect(await refused({ name: "shop" })).to.contain("needs `docker buildx`, which is not installed here");
    } finally {
      process.env["DOCKER_CONFIG"] = builder.config;
    }
  });
});
