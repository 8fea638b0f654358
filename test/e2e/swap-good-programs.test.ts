import { expect } from "chai";
import { createContainer, inspectContainer, listContainers } from "../../daemon/container";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

/** One good program that looks wrong: what it declares before, and after the edit that a careless check would refuse. */
interface Case {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  /** Names of containers that must be the same object after the edit as before: name after → name before. */
  readonly same?: Readonly<Record<string, string>>;
  /** Names that must run afterwards. */
  readonly runs: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "A5: a port moved from one container to another",
    before: `box("p1a", { ports: [24101] }); box("p1b", { ports: [24102] });`,
    after: `box("p1a", {}); box("p1b", { ports: [24101] });`,
    runs: ["p1a", "p1b"],
  },
  {
    what: "A5: a port moved to a container that is declared first and is new",
    before: `box("p2a", { ports: [24103] });`,
    after: `box("p2b", { ports: [24103] }); box("p2a", { ports: [24104] });`,
    runs: ["p2a", "p2b"],
  },
  {
    what: "A5: a port of a container that is gone from the program, taken by a new one",
    before: `box("p3a", { ports: [24105] });`,
    after: `box("p3b", { ports: [24105] });`,
    runs: ["p3b"],
  },
  {
    what: "A5: a port of a container that is gone from the program, taken by one that was there",
    before: `box("p4a", { ports: [24106] }); box("p4b", {});`,
    after: `box("p4b", { ports: [24106] });`,
    runs: ["p4b"],
  },
  {
    what: "the port is held by the container's own predecessor",
    before: `box("p5", { ports: [24107] });`,
    after: `box("p5", { ports: [24107], envs: ["A=1"] });`,
    runs: ["p5"],
  },
  {
    what: "one port on two addresses, and on two protocols",
    before: "",
    after: `box("p6a", { ports: [["127.0.0.1", 24108]] }); box("p6b", { ports: [["127.0.0.2", 24108]] });
box("p6c", { ports: [["0.0.0.0", 24109, "tcp"]] }); box("p6d", { ports: [["0.0.0.0", 24109, "udp"]] });`,
    runs: ["p6a", "p6b", "p6c", "p6d"],
  },
  {
    what: "two that are only made share a port",
    before: "",
    after: `box("p7a", { ports: [24110], start: false }); box("p7b", { ports: [24110], start: false });`,
    runs: [],
  },
  {
    what: "a port that a stranger's stopped container was published on",
    before: "",
    after: `box("p8", { ports: [24111] });`,
    runs: ["p8"],
  },
  {
    what: "a name freed in the same up by a container that gets another one",
    before: `box("n1", { name: "n1-web" });`,
    after: `box("n1", { name: "n1-other" }); box("n1b", { name: "n1-web" });`,
    same: { "n1-other": "n1-web" },
    runs: ["n1-web", "n1-other"],
  },
  {
    what: "A6: two containers that swap their names",
    before: `box("n2a", { name: "n2-left" }); box("n2b", { name: "n2-right" });`,
    after: `box("n2a", { name: "n2-right" }); box("n2b", { name: "n2-left" });`,
    same: { "n2-left": "n2-right", "n2-right": "n2-left" },
    runs: ["n2-left", "n2-right"],
  },
  {
    what: "A4: the resource is renamed without an alias, name and port stay",
    before: `box("r1", { name: "r1-web", ports: [24120] });`,
    after: `box("r1-renamed", { name: "r1-web", ports: [24120] });`,
    same: { "r1-web": "r1-web" },
    runs: ["r1-web"],
  },
  {
    what: "A4: the resource is renamed with an alias",
    before: `box("r2", { name: "r2-web", ports: [24121] });`,
    after: `box("r2-renamed", { name: "r2-web", ports: [24121] }, { aliases: [{ name: "r2" }] });`,
    same: { "r2-web": "r2-web" },
    runs: ["r2-web"],
  },
  {
    what: "A4: the resource is renamed and changed in one edit",
    before: `box("r3", { name: "r3-web", ports: [24122] });`,
    after: `box("r3-renamed", { name: "r3-web", ports: [24122], envs: ["A=1"] });`,
    runs: ["r3-web"],
  },
  {
    what: "a network named by literal and declared later",
    before: "",
    after: `box("w1", { networksAdvanced: [{ name: "good-net" }] }); new docker.Network("w1net", { name: "good-net" });`,
    runs: ["w1"],
  },
  {
    what: "networkMode is a network of this program, named by literal",
    before: "",
    after: `box("w2", { networkMode: "good-net2" }); new docker.Network("w2net", { name: "good-net2" });`,
    runs: ["w2"],
  },
  {
    what: "the namespace and the volumes of a container of this program, named by literal",
    before: "",
    after: `box("w3", { networkMode: "container:w3-main" }); box("w4", { volumes: [{ fromContainer: "w3-main" }] });
box("w3main", { name: "w3-main", volumes: [{ containerPath: "/shared" }] });`,
    runs: ["w3", "w4", "w3-main"],
  },
  {
    what: "an image by literal that the same program builds",
    before: "",
    after: `box("i1", { image: "good-programs/built:1" });
new docker.Image("i1image", { imageName: "good-programs/built:1", skipPush: true, build: { context: "app" } });`,
    runs: ["i1"],
  },
  {
    what: "an image known only after the build, and a port known only after another resource",
    before: "",
    after: `const built = new docker.Image("i2image", { imageName: "good-programs/built:2", skipPush: true, build: { context: "app" } });
const first = box("i2first", { ports: [24130] });
box("i2", { image: built.repoDigest, ports: [first.ports.apply((ports) => (ports?.[0]?.external ?? 0) + 1)] });`,
    runs: ["i2", "i2first"],
  },
];

const prelude = `import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
type Port = pulumi.Input<number> | [ip: string, port: number, protocol?: string];
type Args = Partial<Omit<docker.ContainerArgs, "ports">> & { ports?: Port[] };
function box(name: string, { ports, ...args }: Args, options?: pulumi.CustomResourceOptions): docker.Container {
  const published = (ports ?? []).map((port) =>
    Array.isArray(port)
      ? { internal: 80, external: port[1], ip: port[0], protocol: port[2] ?? "tcp" }
      : { internal: 80, external: port },
  );
  const all = { name, image: "slipway-test/busybox:1", command: ["sleep", "1000"], stopTimeout: 1, ports: published, ...args };
  return new docker.Container(name, all, options);
}
`;

// All in one stack: a few commands try all of them, and what one frees must not be taken for what another one does.
describe("good programs that look wrong (reconciliation.md, A4, A5, A6, C10)", function () {
  this.timeout(300_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;
  const ids = new Map<string, string>();

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    const published = { PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "24111" }] } };
    await createContainer(daemon.engine, "stranger", {
      Image: "slipway-test/busybox:1",
      Cmd: ["true"],
      HostConfig: published,
    });
    project = PulumiProject.make({
      name: "good",
      daemon,
      program: prelude + cases.map((one) => one.before).join("\n"),
      files: { "app/Dockerfile": 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n' },
    });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    for (const one of await listContainers(daemon.engine, {})) ids.set((one.Names?.[0] ?? "").slice(1), one.Id ?? "");
    project.write("index.ts", prelude + cases.map((one) => one.after).join("\n"));
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  it(`previews ${cases.length} of them at once without a fault`, async () => {
    const plan = await project.preview();
    expect(plan.status, plan.text).to.equal(0);
  });

  it("and makes them so", async () => {
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    const again = await project.up({}, "--expect-no-changes");
    expect(again.status, again.text).to.equal(0);
  });

  for (const { what, runs, same } of cases) {
    it(what, async () => {
      for (const name of runs) {
        const seen = await inspectContainer(daemon.engine, name);
        expect(seen?.State?.Running, `${name} runs`).to.equal(true);
        expect(seen?.Name).to.equal(`/${name}`);
      }
      for (const [after, was] of Object.entries(same ?? {})) {
        expect((await inspectContainer(daemon.engine, after))?.Id, `${after} is what ${was} was`).to.equal(
          ids.get(was),
        );
      }
    });
  }

  it("leaves nothing between the names", async () => {
    const names = (await listContainers(daemon.engine, {})).map((one) => one.Names?.[0] ?? "");
    expect(names.filter((name) => /-(next|old)-/.test(name))).to.deep.equal([]);
  });

  it("destroys all of it", async () => {
    const gone = await project.destroy();
    expect(gone.status, gone.text).to.equal(0);
    expect((await listContainers(daemon.engine, {})).map((one) => one.Names?.[0])).to.deep.equal(["/stranger"]);
  });
});
