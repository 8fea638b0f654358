import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../test/support/dockerd";
import { PulumiProject } from "../test/support/pulumi";
import { pulumiHome } from "../toolchain/environment";
import { ensureLanguageHost } from "../toolchain/language-host";
import { ensurePulumi } from "../toolchain/pulumi-cli";
import { measureGaps } from "./gap";
import { ourContainers, plainContainers, plainDefault, plainDockerfile, plainTsconfig } from "./programs";
import { measureStarts } from "./starts";
import { interleaved, preview, pulumi, type Subject, up } from "./subject";
import { load, machine, printTable } from "./table";

// Slipway beside plain @pulumi/docker programs, run as stock Pulumi runs them: type-checked by ts-node in every run. Both on this
// engine, provider and language host, so the difference is what this package does with a program; runs are interleaved.
const root = join(__dirname, "..");
// npm run bench -- [ROUNDS] [PARTS]: `starts`, `gap` (builds docker compose from its Go module, once), `default`, and numbers of
// containers; such as `-- 5 gap,20`.
const rounds = Number(process.argv[2] ?? 7);
const parts = (process.argv[3] ?? "starts,gap,default,20,100").split(",");
const counts = parts.map(Number).filter((count) => count > 0);
const made: PulumiProject[] = [];

async function main(): Promise<void> {
  const daemon = await startDockerd();
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const subjects: Subject[] = [];
  try {
    makeBaseImage(daemon);
    const cli = await ensurePulumi((line) => console.error(line));
    const { host } = ensureLanguageHost(cli, pulumiHome());
    console.log(machine());
    const docker: { readonly Version?: string } = await daemon.engine.json("GET", "/version");
    console.log(`Node ${process.version}, Pulumi ${cli.version}, a private Docker Engine ${docker.Version}`);
    console.log(`${rounds} interleaved runs each; load of the machine before: ${load()}`);

    const starts = [
      { name: "provider", path: join(root, "toolchain", "plugin", "pulumi-resource-docker") },
      { name: "language host", path: host.path },
    ];
    for (const row of parts.includes("starts") ? await measureStarts(starts, rounds) : [])
      printTable(`Start of the ${row.name}, to the port printed`, [row]);

    if (parts.includes("gap")) {
      const title = "No answer on a host port while its container is replaced (stop-first)";
      printTable(title, await measureGaps(daemon, folder, rounds));
    }

    if (parts.includes("default")) {
      const single = [defaultStack(folder, daemon), await plain(daemon, "plain", plainDefault)];
      subjects.push(...single);
      for (const subject of single) up(subject);
      printTable("No-op preview, default stack: one image, one container", interleaved(single, rounds, preview));
    }

    for (const count of counts) {
      const many = [
        await ours(daemon, `ours${count}`, ourContainers(count)),
        await plain(daemon, `plain${count}`, plainContainers(count)),
      ];
      subjects.push(...many);
      for (const subject of many) up(subject);
      const fewer = count > 20 ? Math.ceil(rounds / 2) : rounds;
      printTable(`No-op preview, ${count} containers`, interleaved(many, fewer, preview));
      const change = (subject: Subject, round: number) => up(subject, { COLOUR: `${round}` });
      printTable(`up --skip-preview, one of ${count} containers changed`, interleaved(many, fewer, change));
    }
    console.log(`\nload of the machine after: ${load()}`);
    for (const subject of subjects.splice(0)) pulumi(subject, ["destroy", "--yes", "--skip-preview"]);
  } finally {
    await daemon.stop();
    for (const project of made) project.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The default stack in a copy of this checkout, which uses its own command. */
function defaultStack(parent: string, daemon: PrivateDaemon): Subject {
  const folder = join(parent, "default");
  const left = new Set(["node_modules", ".git", "test", "bench"].map((name) => join(root, name)));
  cpSync(root, folder, { recursive: true, filter: (path) => !left.has(path) && !/Pulumi\.[^/]+\.yaml$/.test(path) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "Pulumi.dev.yaml"), 'config:\n  slipway:port: "23491"\n');
  const env = { ...process.env, DOCKER_HOST: daemon.host, XDG_STATE_HOME: join(parent, "state"), NO_COLOR: "1" };
  const slipway = (word: string) =>
    execFileSync(process.execPath, [join(folder, "dist/bin/slipway.js"), word], { cwd: folder, env, encoding: "utf8" });
  // It chooses the base image, which the plain program does not need.
  slipway("up");
  const set = slipway("env").matchAll(/^export (\w+)=(?:'([^']*)'|(.*))$/gm);
  const prepared = Object.fromEntries([...set].map(([, name, quoted, word]) => [name, quoted ?? word]));
  return { name: "Slipway, default stack", folder, env: { ...env, ...prepared } };
}

async function ours(daemon: PrivateDaemon, name: string, program: string): Promise<Subject> {
  const project = PulumiProject.make({ name, daemon, program });
  made.push(project);
  return { name: "Slipway", folder: project.folder, env: await project.prepared() };
}

async function plain(daemon: PrivateDaemon, name: string, program: string): Promise<Subject> {
  const files = { "tsconfig.json": plainTsconfig, "app/Dockerfile": plainDockerfile };
  const project = PulumiProject.make({ name, daemon, program, files, env: { PULUMI_NODEJS_TRANSPILE_ONLY: "false" } });
  made.push(project);
  return { name: "plain @pulumi/docker", folder: project.folder, env: await project.prepared() };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
