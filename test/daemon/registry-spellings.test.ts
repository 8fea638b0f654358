import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Properties, Value } from "../../provider/value";
import { pushPlugin } from "../support/plugin";
import { pushTo } from "../support/registry";
import { login, RegistryWorld } from "../support/registry-world";

/** One input: values that mean the same, and what the daemon or the registry has to show for them. */
interface Case {
  readonly input: string;
  /** Further inputs that the resource needs. */
  readonly base: Properties;
  /** Each a spelling of the same; undefined is "not given". */
  readonly spellings: readonly (Value | undefined)[];
  /** Asks the daemon or registry; called after the first `up` and after the last. */
  readonly oracle: (world: RegistryWorld) => Promise<unknown> | unknown;
  readonly shows: unknown;
}

// Spellings and their sources: distribution/reference (names), containerd/platforms, the defaults of the package's schema.
describe("images, registries, tags and plugins: one meaning, one state, however it is spelt", function () {
  this.timeout(180_000);
  let world: RegistryWorld;
  let folder: string;

  before(async () => {
    world = await RegistryWorld.start();
    folder = mkdtempSync(join(tmpdir(), "slipway-spellings-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM slipway-test/busybox:1\nARG V=0\nENV V=$V\n");
    await pushTo(world.open, world.daemon, "slipway-test/busybox:1", "h/base:latest");
    await pushPlugin(world.daemon, `${world.open.host}/h/plug:latest`);
    world.docker("tag", "slipway-test/busybox:1", "h-local:latest");
    world.docker("tag", "slipway-test/busybox:1", `${world.open.host}/h/push:latest`);
    world.docker("tag", "slipway-test/busybox:1", `${world.closed.host}/h/push:latest`);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await world?.stop();
  });

  const architecture = (): string => world.docker("version", "-f", "{{.Server.Arch}}");
  const otherName: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

  const tables: Readonly<Record<string, () => readonly Case[]>> = {
    "remoteImage:RemoteImage": () => {
      const name = `${world.open.host}/h/base`;
      const present = (reference: string) => (w: RegistryWorld) => w.imageId(reference);
      const id = world.docker("image", "inspect", "-f", "{{.Id}}", "slipway-test/busybox:1");
      const built = (w: RegistryWorld): string => w.docker("image", "inspect", "-f", "{{.Config.Env}}", "spelt/built");
      return [
        { input: "name", base: {}, spellings: [name, `${name}:latest`], oracle: present(name), shows: id },
        {
          input: "name",
          base: {},
          spellings: ["h-local", "h-local:latest", "library/h-local", "docker.io/library/h-local:latest"],
          oracle: present("h-local"),
          shows: id,
        },
        {
          input: "platform",
          base: { name },
          spellings: [`linux/${architecture()}`, `Linux/${otherName[architecture()] ?? architecture()}`],
          oracle: (w) => w.docker("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", name),
          shows: `linux/${architecture()}`,
        },
        { input: "keepLocally", base: { name }, spellings: [false, undefined], oracle: present(name), shows: id },
        { input: "forceRemove", base: { name }, spellings: [undefined, false], oracle: present(name), shows: id },
        { input: "pull", base: { name }, spellings: ["missing", undefined], oracle: present(name), shows: id },
        {
          input: "pullTriggers",
          base: { name },
          spellings: [
            ["a", "b"],
            ["b", "a", "b"],
          ],
          oracle: present(name),
          shows: id,
        },
        { input: "triggers", base: { name }, spellings: [{}, undefined], oracle: present(name), shows: id },
        {
          input: "build",
          base: { name: "spelt/built" },
          spellings: [
            { context: folder, buildArgs: { V: "7" } },
            { context: `${folder}/`, dockerfile: "Dockerfile", buildArgs: { V: "7" }, remove: true, noCache: false },
            { context: folder, buildArgs: { V: "7" }, tags: [], label: {}, useLegacyBuilder: false, target: "" },
          ],
          oracle: built,
          shows: "[PATH=/bin V=7]",
        },
      ];
    },
    "tag:Tag": () => {
      const id = world.docker("image", "inspect", "-f", "{{.Id}}", "slipway-test/busybox:1");
      const target = (w: RegistryWorld): Promise<string> => w.imageId("spelt/tag");
      return [
        {
          input: "sourceImage",
          base: { targetImage: "spelt/tag" },
          spellings: ["h-local", "h-local:latest", "docker.io/library/h-local"],
          oracle: target,
          shows: id,
        },
        {
          input: "targetImage",
          base: { sourceImage: "h-local" },
          spellings: ["spelt/tag:latest", "spelt/tag", "docker.io/spelt/tag"],
          oracle: target,
          shows: id,
        },
        {
          input: "tagTriggers",
          base: { sourceImage: "h-local", targetImage: "spelt/tag" },
          spellings: [
            ["x", "y"],
            ["y", "x", "x"],
          ],
          oracle: target,
          shows: id,
        },
      ];
    },
    "registryImage:RegistryImage": () => {
      const name = `${world.open.host}/h/push`;
      const closed = `${world.closed.host}/h/push`;
      const pushed = (w: RegistryWorld): boolean =>
        w.open.requests.some((line) => line.startsWith("PUT /v2/h/push/manifests/latest 201"));
      return [
        { input: "name", base: {}, spellings: [name, `${name}:latest`], oracle: pushed, shows: true },
        { input: "keepRemotely", base: { name }, spellings: [undefined, false], oracle: pushed, shows: true },
        { input: "insecureSkipVerify", base: { name }, spellings: [false, undefined], oracle: pushed, shows: true },
        { input: "triggers", base: { name }, spellings: [undefined, {}], oracle: pushed, shows: true },
        {
          input: "authConfig",
          base: { name: closed },
          spellings: [
            { address: world.closed.host, ...login },
            { address: `https://${world.closed.host}/v2/`, ...login },
          ],
          oracle: (w) => w.closed.requests.some((line) => line.startsWith("PUT /v2/h/push/manifests/latest 201")),
          shows: true,
        },
        {
          input: "build",
          base: { name },
          spellings: [{ context: folder }, { context: `${folder}/`, dockerfile: "Dockerfile", remove: true }],
          oracle: pushed,
          shows: true,
        },
      ];
    },
    "plugin:Plugin": () => {
      const name = `${world.open.host}/h/plug`;
      const base = { name, alias: "spelt", enabled: false, grantAllPermissions: true };
      const seen = (format: string) => (w: RegistryWorld) => w.docker("plugin", "inspect", "-f", format, "spelt");
      const off = seen("{{.Enabled}}");
      const grants = [
        { name: "network", values: ["host"] },
        { name: "capabilities", values: ["CAP_SYS_ADMIN", "CAP_X"] },
      ];
      return [
        {
          input: "name",
          base: { alias: "spelt", enabled: false, grantAllPermissions: true },
          spellings: [name, `${name}:latest`],
          oracle: seen("{{.PluginReference}}"),
          shows: `${name}:latest`,
        },
        {
          input: "alias",
          base,
          spellings: ["spelt", "spelt:latest"],
          oracle: seen("{{.Name}}"),
          shows: "spelt:latest",
        },
        { input: "enabled", base, spellings: [true, undefined], oracle: off, shows: "true" },
        {
          input: "envs",
          base,
          spellings: [["DEBUG=5"], ["DEBUG=5", "DEBUG=5"]],
          oracle: seen("{{.Settings.Env}}"),
          shows: "[DEBUG=5]",
        },
        { input: "enableTimeout", base, spellings: [0, undefined], oracle: off, shows: "false" },
        { input: "forceDestroy", base, spellings: [false, undefined], oracle: off, shows: "false" },
        { input: "forceDisable", base, spellings: [undefined, false], oracle: off, shows: "false" },
        {
          input: "grantAllPermissions",
          base: { ...base, grantPermissions: grants, grantAllPermissions: false },
          spellings: [false, undefined],
          oracle: off,
          shows: "false",
        },
        {
          input: "grantPermissions",
          base: { name, alias: "spelt", enabled: false },
          spellings: [grants, [...grants].reverse().map((one) => ({ ...one, values: [...one.values].reverse() }))],
          oracle: off,
          shows: "false",
        },
      ];
    },
  };

  for (const [type, table] of Object.entries(tables)) {
    it(type.replace(/:.*/, ""), async () => {
      const cases = table();
      const wrong: string[] = [];
      for (const { input, base, spellings, oracle, shows } of cases) {
        const life = await world.lifecycle(type);
        const given = (value: Value | undefined): Properties => {
          const rest: Record<string, Value | undefined> = { ...base };
          delete rest[input];
          return value === undefined ? rest : { ...rest, [input]: value };
        };
        await life.apply("r", given(spellings[0]));
        const { id } = life.of("r");
        // The first spelling once more, then every other one; each `up` begins with a refresh.
        const all: readonly (Value | undefined)[] = [...spellings, spellings[0]];
        for (const [index, value] of all.entries()) {
          await world.nextRun(life, type);
          const step = await life.apply("r", given(value));
          if (step !== "same" || life.of("r").id !== id) wrong.push(`${input}, spelling ${index}: ${step}`);
        }
        const seen = await oracle(world);
        if (JSON.stringify(seen) !== JSON.stringify(shows)) wrong.push(`${input}: shows ${seen}, not ${shows}`);
        await world.destroy(life, type);
        life.provider.close();
        // What the next case needs of the daemon.
        world.docker("tag", "slipway-test/busybox:1", "h-local:latest");
        world.docker("tag", "slipway-test/busybox:1", `${world.open.host}/h/push:latest`);
      }
      console.log(
        `      ${cases.length} inputs, ${cases.reduce((sum, one) => sum + one.spellings.length, 0)} spellings`,
      );
      expect(wrong).to.deep.equal([]);
    });
  }
});
