import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBaseImage, startDockerd } from "../test/support/dockerd";

// No-op `pulumi preview` of the default stack beside a plain @pulumi/docker program of one image and one container, type-checked by
// ts-node in every run as stock Pulumi does it. Both on this engine, provider and language host; runs are interleaved.
const root = join(__dirname, "..");
const command = join("dist", "bin", "slipway.js");
const rounds = Number(process.argv[2] ?? 7);

interface Subject {
  readonly name: string;
  readonly folder: string;
  /** The `slipway` command that runs it: a checkout uses its own. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly times: number[];
}

async function main(): Promise<void> {
  const daemon = await startDockerd();
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  try {
    makeBaseImage(daemon);
    const env = { ...process.env, DOCKER_HOST: daemon.host, XDG_STATE_HOME: join(folder, "state"), NO_COLOR: "1" };
    const ours: Subject = {
      name: "Slipway, default stack",
      folder: join(folder, "ours"),
      program: join(folder, "ours", command),
      env,
      times: [],
    };
    const checked = { ...env, PULUMI_NODEJS_TRANSPILE_ONLY: "false" };
    const stock: Subject = {
      name: "plain @pulumi/docker",
      folder: join(folder, "stock"),
      program: join(root, command),
      env: checked,
      times: [],
    };
    writeOurs(ours.folder);
    writeStock(stock.folder);
    for (const subject of [ours, stock]) slipway(subject, "up");
    const environments = new Map([ours, stock].map((subject) => [subject, slipway(subject, "env")]));
    for (const [subject, environment] of environments) preview(subject, environment);
    for (let round = 0; round < rounds; round++) {
      for (const [subject, environment] of environments) subject.times.push(preview(subject, environment));
      process.stderr.write(`\rround ${round + 1} of ${rounds}`);
    }
    process.stderr.write("\n");
    report([ours, stock]);
    for (const subject of [ours, stock]) slipway(subject, "destroy");
  } finally {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeOurs(folder: string): void {
  const left = new Set(["node_modules", ".git", "test", "bench"].map((name) => join(root, name)));
  cpSync(root, folder, { recursive: true, filter: (path) => !left.has(path) && !/Pulumi\.[^/]+\.yaml$/.test(path) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "Pulumi.dev.yaml"), 'config:\n  slipway:port: "23491"\n');
}

function writeStock(folder: string): void {
  mkdirSync(join(folder, "app"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const plugin = join(root, "toolchain", "plugin");
  const plugins = `plugins:\n  providers:\n    - name: docker\n      path: ${plugin}\n`;
  writeFileSync(join(folder, "Pulumi.yaml"), `name: stock\nruntime: nodejs\n${plugins}`);
  writeFileSync(join(folder, "package.json"), '{"name":"stock"}');
  const options = { strict: true, target: "es2020", module: "commonjs", moduleResolution: "node", skipLibCheck: true };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["index.ts"] }));
  writeFileSync(join(folder, "app", "Dockerfile"), 'FROM slipway-test/busybox:1\nCMD ["sleep", "1000"]\n');
  writeFileSync(
    join(folder, "index.ts"),
    `import * as docker from "@pulumi/docker";
const image = new docker.Image("app", { imageName: "stock-app", skipPush: true, build: { context: "app" } });
const web = new docker.Container("web", {
  name: "stock-web", image: image.repoDigest, ports: [{ internal: 80, external: 23492 }], stopTimeout: 1,
});
export const id = web.id;
`,
  );
}

function slipway(subject: Subject, ...words: string[]): string {
  const options = { cwd: subject.folder, env: subject.env, encoding: "utf8" } as const;
  return execFileSync(process.execPath, [subject.program, ...words], options);
}

/** Plain `pulumi preview` in the environment that `slipway env` prints. */
function preview(subject: Subject, environment: string): number {
  const script = `${environment}\nexec pulumi preview --expect-no-changes`;
  const started = performance.now();
  execFileSync("/bin/sh", ["-c", script], { cwd: subject.folder, env: subject.env, stdio: "pipe" });
  return performance.now() - started;
}

function report(subjects: readonly Subject[]): void {
  const median = (times: readonly number[]): number =>
    [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
  const last = median(subjects.at(-1)?.times ?? []);
  console.log(`No-op preview, ${rounds} interleaved runs each, this machine`);
  console.log("program                   median    fastest   ratio");
  for (const { name, times } of subjects) {
    const middle = median(times);
    const cells = [`${Math.round(middle)} ms`, `${Math.round(Math.min(...times))} ms`].map((cell) => cell.padStart(8));
    console.log(`${name.padEnd(24)}${cells.join("  ")}   ${(middle / last).toFixed(2)}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
