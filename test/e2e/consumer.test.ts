import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { listContainers } from "../../daemon/container";
import { Consumer, type Files } from "../support/consumer";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type PackedPackage, packPackage } from "../support/package";

const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const root = join(__dirname, "../..");
const manifest: {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly main: string;
  readonly types: string;
  readonly bin: { readonly slipway: string };
  readonly peerDependencies: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** What `require` gives of each entry, by hand: a name that comes or goes is a decision. */
const publicNames: Readonly<Record<string, readonly string[]>> = {
  ".": [
    "App",
    "ComposeProject",
    "Container",
    "DockerHost",
    "EngineContainer",
    "EngineImage",
    "EngineNetwork",
    "EngineRemoteImage",
    "EngineVolume",
    "Gateway",
    "Image",
    "Job",
    "Network",
    "Postgres",
    "SlipwayError",
    "Volume",
    "describeFault",
    "duration",
    "isSlipwayError",
    "movedFromDocker",
    "movedToDocker",
    "quantity",
    "readSettings",
  ],
  "./testing": ["StackRun", "runStack"],
};

const program = `import { App, ComposeProject, Container, Gateway, Image } from "slipway";
const image = new Image("app", { context: "./app" });
const web = new Container("web", { image, ports: ["PORT:80"], env: { COLOUR: "red" }, stopTimeout: "1s" });
export const name = web.name;
if (process.env.SHOP === "1") {
  const gateway = new Gateway("door", { http: 21540, image, routes: { shop: { port: 80, health: "/" } } });
  new App("shop", { image, replicas: 2, route: gateway.routes.shop, health: { tcp: 80 }, stopTimeout: "1s" });
  new ComposeProject("wiki", { files: ["wiki.yaml"] });
}
`;
/** As `pulumi new typescript` writes it. */
const tsconfig = {
  strict: true,
  outDir: "bin",
  target: "es2020",
  module: "commonjs",
  moduleResolution: "node",
  sourceMap: true,
  experimentalDecorators: true,
  pretty: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
  forceConsistentCasingInFileNames: true,
};

// The package as others get it: packed, installed by their package manager, in a project cloned afresh.
describe("a user's own project", function () {
  this.timeout(600_000);
  let daemon: PrivateDaemon;
  let packed: PackedPackage;
  let managers: string;

  before(async () => {
    packed = packPackage();
    daemon = await startDockerd();
    makeBaseImage(daemon);
    managers = mkdtempSync(join(tmpdir(), "slipway-managers-"));
  });

  after(async () => {
    if (daemon !== undefined) await daemon.stop();
    packed?.remove();
    if (managers !== undefined) rmSync(managers, { recursive: true, force: true });
  });

  /** The files of a project that runs one container, below a folder of its repository. */
  function project(name: string, port: number, below = "", versions: Readonly<Record<string, string>> = {}): Files {
    const dependencies = {
      slipway: `file:${packed.tarball}`,
      "@pulumi/pulumi": "^3",
      "@pulumi/docker": "^5.2.0",
      typescript: "^5",
      "@types/node": "^24",
      ...versions,
    };
    const files: Files = {
      "Pulumi.yaml": `# ${name}\nname: ${name}\nruntime: nodejs\n`,
      "package.json": JSON.stringify({ name, version: "1.0.0", private: true, dependencies }),
      "tsconfig.json": JSON.stringify({ compilerOptions: tsconfig, files: ["index.ts"] }),
      "index.ts": program.replace("PORT", String(port)),
      "app/Dockerfile": 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n',
      "wiki.yaml": 'services:\n  page:\n    image: slipway-test/busybox:1\n    command: [sleep, "1000"]\n',
      ".gitignore": "node_modules/\n",
    };
    return Object.fromEntries(Object.entries(files).map(([path, text]) => [join(below, path), text]));
  }

  /** Installs, prepares and commits the project, then deploys it from a fresh clone with Pulumi's own commands. */
  async function deployFresh(
    name: string,
    files: Files,
    install: readonly string[],
    below = "",
    path: string[] = [],
  ): Promise<void> {
    const consumer = await Consumer.make(files, { DOCKER_HOST: daemon.host }, path);
    try {
      const home = join(consumer.origin, below);
      await consumer.must(consumer.origin, ...install);
      expect(await consumer.must(home, "npx", "slipway", "init")).to.contain(
        "Wrote .slipway/pulumi-resource-docker and Pulumi.yaml; commit them.",
      );
      expect(await consumer.must(home, "npx", "slipway", "init")).to.contain("Nothing to do");
      const fresh = join(consumer.clone(), below);
      const early = await consumer.run(fresh, "pulumi", "stack", "init", "dev");
      expect(early.status, early.text).to.equal(0);
      const script = await consumer.run(fresh, join(fresh, ".slipway/pulumi-resource-docker"), "127.0.0.1:1");
      expect(script.status).to.equal(1);
      expect(script.text).to.contain("run npm install (or your package manager's install) in the project");
      await consumer.must(fresh, "pulumi", "install");
      const up = await consumer.must(fresh, "pulumi", "up", "--yes", "--skip-preview");
      expect(up).to.contain(`${name}-dev-web`);
      const running = await listContainers(daemon.engine, { name: [`${name}-dev-web`] });
      expect(running.map(({ State }) => State)).to.deep.equal(["running"]);
      await consumer.must(fresh, "pulumi", "up", "--yes", "--skip-preview", "--expect-no-changes");
      await consumer.must(fresh, "npx", "tsc", "--noEmit", "--skipLibCheck", "false");
      expect(await consumer.must(fresh, "npx", "slipway", "--version")).to.contain(manifest.version);
      const plan = await consumer.must(fresh, "env", "SHOP=1", "pulumi", "preview");
      for (const made of [
        "slipway:index:Gateway",
        "slipway:index:App",
        "docker:index:Container +shop-2 +create",
        "docker:index:Container +wiki-page-1 +create",
      ]) {
        expect(plan).to.match(new RegExp(made));
      }
      await consumer.must(fresh, "pulumi", "destroy", "--yes", "--skip-preview");
      expect(await listContainers(daemon.engine, { name: [`${name}-dev-web`] })).to.deep.equal([]);
    } finally {
      consumer.remove();
    }
  }

  it("gets what package.json promises, and nothing else", () => {
    const files = new Set(packed.files);
    const promised = Object.entries(manifest.exports).flatMap(([, target]) =>
      typeof target === "string" ? [target] : [target["types"] ?? "", target["default"] ?? ""],
    );
    for (const path of [...promised, manifest.main, manifest.types, manifest.bin.slipway]) {
      expect(files, path).to.include(path.replace(/^\.\//, ""));
    }
    for (const path of [
      "LICENSE",
      "README.md",
      "dist/provider/main.js",
      "dist/provider/schema.json",
      "dist/compose/schema/compose-spec.json",
      "dist/toolchain/language-host/main.js",
      "dist/toolchain/language-host/runner.js",
      "dist/third-party-licenses.txt",
      "toolchain/cli/go.mod",
      "toolchain/cli/go.sum",
      "toolchain/plugin/pulumi-resource-docker",
      "toolchain/starter/index.ts",
      "stacks/hello/app/Dockerfile",
    ]) {
      expect(files, path).to.include(path);
    }
    const allowed =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|d\.ts|txt)|dist\/provider\/schema\.json|dist\/compose\/schema\/compose-spec\.json|toolchain\/(cli|plugin|starter)\/[^/]+|stacks\/hello\/app\/[^/]+)$/;
    expect(packed.files.filter((path) => !allowed.test(path))).to.deep.equal([]);
  });

  it("is deployed under npm from a fresh clone by `pulumi install` and `pulumi up`", async () => {
    await deployFresh("shop", project("shop", 21010), ["npm", "install", "--no-audit", "--no-fund"]);
  });

  (all ? it : it.skip)("is made by `slipway init` in a folder that holds nothing but the packages", async () => {
    const { "package.json": dependencies = "" } = project("fresh", 0);
    const consumer = await Consumer.make({ "package.json": dependencies }, { DOCKER_HOST: daemon.host });
    const { origin } = consumer;
    try {
      await consumer.must(origin, "npm", "install", "--no-audit", "--no-fund");
      expect(await consumer.must(origin, "npx", "slipway", "init")).to.contain("Next: npx slipway up");
      await consumer.must(origin, "npx", "tsc", "--noEmit");
      // The port may be taken on the machine of the tests.
      const program = join(origin, "index.ts");
      writeFileSync(program, readFileSync(program, "utf8").replace('"3000:3000"', '"21014:3000"'));
      await consumer.must(origin, "pulumi", "stack", "init", "dev");
      const plan = await consumer.must(origin, "pulumi", "preview");
      expect(plan).to.match(/app\/Dockerfile line 2 \(\$\{BASE_IMAGE\}\): "node:24-alpine" is not on the daemon/);
      for (const made of [/docker:index:Image +app +create/, /docker:index:Container +web +create/]) {
        expect(plan).to.match(made);
      }
    } finally {
      consumer.remove();
    }
  });

  describe("by its types and names", () => {
    let consumer: Consumer;

    before(async () => {
      // The oldest SDK that @pulumi/docker 5.2 accepts, which is also the oldest peer of this package.
      const oldest = { "@pulumi/pulumi": manifest.peerDependencies["@pulumi/pulumi"]?.replace("^", "") ?? "" };
      consumer = await Consumer.make(project("types", 21011, "", oldest), { DOCKER_HOST: daemon.host });
      await consumer.must(consumer.origin, "npm", "install", "--no-audit", "--no-fund");
      for (const [entry, names] of Object.entries(publicNames)) {
        const value = `import * as entry from "slipway${entry.slice(1)}";\nexport const all = [${names.map((name) => `entry.${name}`).join(", ")}];\n`;
        writeFileSync(join(consumer.origin, `use${entry.replace(/\W/g, "")}.ts`), value);
      }
    });

    after(() => consumer?.remove());

    for (const [module, moduleResolution, long] of [
      ["commonjs", "node10", false],
      ["node16", "node16", true],
      ["nodenext", "nodenext", false],
      ["preserve", "bundler", true],
    ] as const) {
      (all || !long ? it : it.skip)(
        `type-checks strictly with module ${module} and moduleResolution ${moduleResolution}`,
        async () => {
          const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
          const compilerOptions = {
            ...strict,
            skipLibCheck: false,
            noEmit: true,
            target: "es2022",
            module,
            moduleResolution,
          };
          const file = `tsconfig.${module}.json`;
          const files = ["index.ts", "use.ts", "usetesting.ts"];
          writeFileSync(join(consumer.origin, file), JSON.stringify({ compilerOptions, files }));
          await consumer.must(consumer.origin, "npx", "tsc", "-p", file);
        },
      );
    }

    it("has the public names that are decided, and no other way in", () => {
      for (const [entry, names] of Object.entries(publicNames)) {
        const script = `console.log(JSON.stringify(Object.keys(require("slipway${entry.slice(1)}")).sort()))`;
        const text = execFileSync("node", ["-e", script], { cwd: consumer.origin, encoding: "utf8" });
        expect(JSON.parse(text)).to.deep.equal(names);
      }
      expect(Object.keys(manifest.exports).sort()).to.deep.equal(
        [...Object.keys(publicNames), "./package.json"].sort(),
      );
      const inner = 'require("slipway/dist/components/container.js")';
      expect(() => execFileSync("node", ["-e", inner], { cwd: consumer.origin, stdio: "pipe" })).to.throw(
        "ERR_PACKAGE_PATH_NOT_EXPORTED",
      );
      const imported = 'import { Container } from "slipway"; console.log(typeof Container)';
      const words = ["--input-type=module", "-e", imported];
      expect(execFileSync("node", words, { cwd: consumer.origin, encoding: "utf8" })).to.equal("function\n");
    });

    (all ? it : it.skip)("runs on the oldest SDK that it names as a peer", async () => {
      await consumer.must(consumer.origin, "npx", "slipway", "init");
      await consumer.must(consumer.origin, "pulumi", "stack", "init", "dev");
      await consumer.must(consumer.origin, "pulumi", "up", "--yes", "--skip-preview");
      await consumer.must(consumer.origin, "pulumi", "destroy", "--yes", "--skip-preview");
      // What that SDK can't do is told, with the way round.
      const database =
        'import { Postgres } from "slipway";\nnew Postgres("db", { image: "slipway-test/busybox:1" });\n';
      writeFileSync(join(consumer.origin, "index.ts"), database);
      const { status, text } = await consumer.run(consumer.origin, "pulumi", "preview");
      expect(status, text).not.to.equal(0);
      expect(text).to.contain(
        'Postgres "db": password can\'t be made once and kept by this version of @pulumi/pulumi. Update @pulumi/pulumi, or give a password.',
      );
    });
  });

  for (const [shape, manager] of [
    ["a workspace", "npm"],
    ["a single package", "pnpm"],
    ["a workspace", "pnpm"],
  ] as const) {
    (all ? it : it.skip)(`is deployed under ${manager} in ${shape} from a fresh clone`, async () => {
      const name = `${manager}${shape === "a workspace" ? "ws" : ""}`;
      const below = shape === "a workspace" ? "infra" : "";
      const path = manager === "pnpm" ? [pnpmFolder(managers)] : [];
      const workspace: Files =
        shape === "a single package"
          ? {}
          : {
              ".gitignore": "node_modules/\n",
              "package.json": JSON.stringify({
                name: "root",
                private: true,
                ...(manager === "npm" ? { workspaces: ["infra"] } : {}),
              }),
              ...(manager === "pnpm" ? { "pnpm-workspace.yaml": "packages:\n  - infra\n" } : {}),
            };
      await deployFresh(name, { ...project(name, 21012, below), ...workspace }, [manager, "install"], below, path);
    });
  }
});

/** pnpm, installed once for all cases; answers the folder for PATH. */
function pnpmFolder(folder: string): string {
  const bin = join(folder, "node_modules/.bin");
  if (!existsSync(bin)) {
    execFileSync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "pnpm@10"], { stdio: "ignore" });
    mkdirSync(join(folder, "bin"));
    symlinkSync(join(bin, "pnpm"), join(folder, "bin/pnpm"));
  }
  return join(folder, "bin");
}
