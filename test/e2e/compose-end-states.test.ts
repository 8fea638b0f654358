import { execFileSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ComposeCli } from "../support/compose-cli";
import { composeState, differences, exceptions } from "../support/compose-state";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { PulumiProject } from "../support/pulumi";

/** One `up`: what it is called with. */
interface Step {
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly scale?: Readonly<Record<string, number>>;
  /** Both refuse it, or fail at it. @default false */
  readonly fails?: boolean;
}

/** Compose files, one after the other brought up by both tools. */
interface Scenario {
  /** Folder of the corpus, or of the fixtures of `slipway import`. */
  readonly folder: string;
  readonly file?: string;
  readonly steps?: readonly Step[];
  /** Why compose leaves something else. @default it does not */
  readonly differs?: string;
  /** Volumes that are on the daemon before. */
  readonly volumes?: readonly string[];
}

const corpus = join(__dirname, "../../../shared/compose-corpus/trees/compose-e2e");
const ours = join(__dirname, "../fixtures/end-states");

/** Every scenario of the corpus that is about what `up` leaves, and those of our own. */
const scenarios: Readonly<Record<string, Scenario>> = {
  everyday: { folder: ours },
  adopt: { folder: "testdata/TestScaleBasicCases", steps: [{}, { env: { MAYBE: "value" } }] },
  aliases: { folder: "testdata/TestNetworkAliases" },
  compat: { folder: "testdata/TestCompatibility", steps: [{ env: { COMPOSE_COMPATIBILITY: "true" } }] },
  depexit: {
    folder: "testdata/TestUpWithDependencyExit",
    steps: [{ fails: true }],
    differs: "compose leaves the dependents created and not started; here they are not made",
  },
  depoptional: { folder: "testdata/TestUpWithDependencyNotRequired", steps: [{}] },
  expose: { folder: "testdata/TestExposeRange" },
  hashnochange: { folder: "testdata/TestRecreateWithNoDeps", steps: [{}, {}] },
  initcontainer: { folder: "testdata/TestInitContainer" },
  ipam: { folder: "testdata/TestIPAMConfig" },
  links: { folder: "testdata/TestNetworkLinks" },
  mac: { folder: "testdata/TestMacAddress", differs: "before API 1.44 compose asks for no address; here it is given" },
  netrecreate: {
    folder: "fixtures/network-recreate",
    steps: [{}, { env: { FOO: "bar" } }],
    differs: "compose connects the container again without its names; here it keeps them",
  },
  netmodeservice: { folder: "testdata/TestNetworkModes" },
  portrange: { folder: "testdata/TestPortRange" },
  poststart: { folder: "testdata/TestPostStartHookSuccess" },
  poststarterr: {
    folder: "testdata/TestPostStartHookInError",
    steps: [{ fails: true }],
    differs: "compose leaves the container running; here it is removed",
  },
  profileoff: { folder: "testdata/TestExplicitProfileUsage", steps: [{}, { profiles: ["test-profile"] }] },
  profiletarget: {
    folder: "testdata/TestUpProfile",
    steps: [{ profiles: ["test"] }],
  },
  recreatevol: { folder: "testdata/TestUpRecreateVolumes" },
  restartdep: { folder: "fixtures/restart-test", file: "compose-depends-on.yaml" },
  scale: { folder: "testdata/TestScaleBasicCases", steps: [{}, { scale: { dbadmin: 2, front: 3 } }, {}] },
  switchvol: {
    folder: "testdata/TestUpSwitchVolumes",
    steps: [{ env: { EXTERNAL_VOLUME: "h3-ext1" } }, { env: { EXTERNAL_VOLUME: "h3-ext2" } }],
    volumes: ["h3-ext1", "h3-ext2"],
  },
  upconflict: {
    folder: "testdata/TestUpContainerNameConflict",
    steps: [{ fails: true, env: { FIXED_NAME: "h3-fixed" } }],
  },
  waitdeps: { folder: "testdata/TestStartStopWithDependencies" },
};

const everything = process.env["SLIPWAY_TEST_ALL"] !== undefined && existsSync(corpus);
const chosen = Object.entries(scenarios).filter(([name]) => everything || name === "everyday");

describe(`end states of compose (${chosen.length} of ${Object.keys(scenarios).length} scenarios)`, function () {
  this.timeout(400_000);
  let daemon: PrivateDaemon;
  let compose: ComposeCli;
  const projects: PulumiProject[] = [];

  before(async function () {
    // The first time docker compose is built from its Go module, beside other builds.
    this.timeout(1_200_000);
    compose = await ComposeCli.make();
    daemon = await startDockerd();
    makeBaseImage(daemon);
    const docker = (...words: string[]) => execFileSync("docker", ["-H", daemon.host, ...words], { stdio: "ignore" });
    docker("create", "--name", "base", "slipway-test/busybox:1", "sh");
    docker("commit", "-c", 'CMD ["/bin/sh"]', "base", "alpine");
    docker("commit", "-c", 'CMD ["/bin/sh"]', "base", "bash");
    docker("commit", "-c", 'CMD ["/bin/httpd","-f","-p","80"]', "-c", "EXPOSE 80", "base", "nginx");
    docker("tag", "nginx", "nginx:alpine");
    docker("rm", "base");
  });

  after(async () => {
    for (const project of projects) project.remove();
    if (daemon !== undefined) await daemon.stop();
    for (const exception of exceptions) console.log(`      not compared: ${exception}`);
  });

  for (const [name, scenario] of chosen) {
    const { folder, file = "compose.yaml", steps = [{}], differs, volumes = [] } = scenario;
    it(`${name}${differs === undefined ? "" : ` (${differs})`}`, async () => {
      const project = `h3-${name}`;
      const program = `import { ComposeProject } from "slipway";
const { profiles, scale } = JSON.parse(process.env["STEP"] ?? "{}");
new ComposeProject("p", { files: ["up/${file}"], projectName: "${project}", profiles: profiles ?? [], scale: scale ?? {} });
`;
      const stack = PulumiProject.make({ name: `end-${name}`, daemon, program });
      projects.push(stack);
      cpSync(folder === ours ? ours : join(corpus, folder), join(stack.folder, "up"), { recursive: true });
      for (const volume of volumes) {
        execFileSync("docker", ["-H", daemon.host, "volume", "create", volume], { stdio: "ignore" });
      }
      const call = (...words: string[]) => ["-p", project, "-f", `up/${file}`, ...words];

      const left: unknown[] = [];
      for (const { env = {}, profiles = [], scale = {}, fails } of steps) {
        const words = profiles.flatMap((profile) => ["--profile", profile]);
        const numbers = Object.entries(scale).flatMap(([service, count]) => ["--scale", `${service}=${count}`]);
        const up = await compose.run(daemon.host, stack.folder, call(...words, "up", "-d", "-t", "1", ...numbers), env);
        expect(up.status !== 0, up.text).to.equal(fails === true);
        left.push(await composeState(daemon.engine, project));
      }
      const down = await compose.run(daemon.host, stack.folder, ["-p", project, "down", "-v", "-t", "1"]);
      expect(down.status, down.text).to.equal(0);

      for (const [index, { env = {}, fails, ...step }] of steps.entries()) {
        const up = await stack.up({ ...env, STEP: JSON.stringify(step) });
        expect(up.status !== 0, up.text).to.equal(fails === true);
        if (differs === undefined) {
          expect(differences(left[index], await composeState(daemon.engine, project))).to.deep.equal([]);
        }
        const again =
          fails === true ? undefined : await stack.up({ ...env, STEP: JSON.stringify(step) }, "--expect-no-changes");
        expect(again?.status ?? 0, again?.text).to.equal(0);
      }
      const gone = await stack.destroy();
      expect(gone.status, gone.text).to.equal(0);
    });
  }
});
