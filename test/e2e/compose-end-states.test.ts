import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ComposeCli } from "../support/compose-cli";
import { composeState, differences, exceptions } from "../support/compose-state";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { type EndStep, endScenarios } from "../support/end-states";
import { type Answer, PulumiProject } from "../support/pulumi";

const corpus = join(__dirname, "../../../shared/compose-corpus");
const ours = join(__dirname, "../fixtures/end-states");

const everything = process.env["SLIPWAY_TEST_ALL"] !== undefined && existsSync(corpus);
const chosen = Object.entries(endScenarios).filter(([name]) => everything || name === "everyday");

const program = `import { ComposeProject } from "slipway";
new ComposeProject("p", JSON.parse(process.env["STEP"] ?? "{}"));
`;

describe(`end states of compose (${chosen.length} of ${Object.keys(endScenarios).length} scenarios)`, function () {
  this.timeout(400_000);
  let daemon: PrivateDaemon;
  let compose: ComposeCli;
  const projects: PulumiProject[] = [];

  const docker = (...words: readonly string[]): string =>
    execFileSync("docker", ["-H", daemon.host, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

  before(async function () {
    // The first time docker compose is built from its Go module, beside other builds.
    this.timeout(1_200_000);
    compose = await ComposeCli.make();
    daemon = await startDockerd();
    makeBaseImage(daemon);
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

  (everything ? it : it.skip)("every scenario of the corpus is here", () => {
    const recorded = readdirSync(join(corpus, "daemon")).map((name) => name.replace(/\.json$/, ""));
    expect(recorded.filter((name) => !(name in endScenarios))).to.deep.equal([]);
  });

  for (const [name, scenario] of chosen) {
    const { folder, files: all = ["compose.yaml"], steps = [{}], differs = {}, volumes = [], besides = {} } = scenario;
    const { leavesHalf = false } = scenario;
    const reasons = Object.keys(differs);
    it(`${name}${reasons.length === 0 ? "" : ` (${reasons.join("; ")})`}`, async () => {
      const project = `h3-${name}`;
      const stack = PulumiProject.make({ name: `end-${name}`, daemon, program });
      projects.push(stack);
      const up = join(stack.folder, "up");
      cpSync(folder === undefined ? ours : join(corpus, "trees/compose-e2e", folder), up, { recursive: true });
      for (const [file, text] of Object.entries(besides)) writeFileSync(join(up, file), text);
      for (const volume of volumes) docker("volume", "create", volume);
      const fails = ({ fails: early = false }: EndStep): boolean =>
        typeof early === "number" ? Number(daemon.engine.apiVersion.split(".")[1]) < early : early;
      const look = async (step: EndStep, answer: Answer): Promise<unknown> => {
        expect(answer.status !== 0, answer.text).to.equal(fails(step));
        const { runs } = step;
        if (runs !== undefined) expect(docker("exec", runs.container, "sh", "-c", runs.command)).to.equal(runs.says);
        return composeState(daemon.engine, project);
      };

      const left: unknown[] = [];
      for (const step of steps) {
        const { env = {}, files = all, envFiles = [], profiles = [], scale = {}, services = [], words = {} } = step;
        const of = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
        const numbers = Object.entries(scale).map(([service, count]) => `${service}=${count}`);
        const answer = await compose.run(
          daemon.host,
          up,
          [
            ...["-p", project, ...of("-f", files), ...of("--env-file", envFiles), ...of("--profile", profiles)],
            ...(step.allResources === true ? ["--all-resources"] : []),
            ...["up", "-d", "-t", "1", ...of("--scale", numbers), ...(words.compose ?? []), ...services],
          ],
          env,
        );
        left.push(await look(step, answer));
      }
      const down = await compose.run(daemon.host, up, ["-p", project, "down", "-v", "-t", "1"]);
      expect(down.status, down.text).to.equal(0);

      const unseen = new Set(reasons);
      for (const [index, step] of steps.entries()) {
        const { env = {}, files = all, envFiles, words = {}, runs: _r, fails: _f, ...rest } = step;
        const below = (names: readonly string[]) => names.map((file) => `up/${file}`);
        const args = {
          ...rest,
          files: below(files),
          projectName: project,
          ...(envFiles !== undefined && { envFiles: below(envFiles) }),
        };
        const own = { ...env, STEP: JSON.stringify(args) };
        const found = await look(step, await stack.up(own, ...(words.pulumi ?? [])));
        if (fails(step) && leavesHalf) {
          expect(found).to.deep.equal({});
          continue;
        }
        const unexplained = differences(left[index], found).filter((difference) => {
          const why = reasons.find((reason) => differs[reason]?.test(difference));
          unseen.delete(why ?? "");
          return why === undefined;
        });
        expect(unexplained).to.deep.equal([]);
        if (fails(step)) continue;
        const again = await stack.up(own, "--expect-no-changes");
        expect(again.status, again.text).to.equal(0);
      }
      if (steps.some(fails)) expect([...unseen], "differences that are none any more").to.deep.equal([]);
      const gone = await stack.destroy();
      expect(gone.status, gone.text).to.equal(0);
    });
  }
});
