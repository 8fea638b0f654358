// What `npm run …` calls in a checkout. Runs on any Node from 16, with no node_modules: it installs the dependencies,
// bundles the command, and hands over to it under a Node that the Pulumi SDK accepts.
import { spawnSync, spawn as start } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants, cpus } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const binaries = join(modules, ".bin");
const windows = process.platform === "win32";
const slipway = join(root, "dist", "bin", "slipway.js");

// What `npm test` leaves to `npm run test:all`: swarms, registries in every detail, kills, and what takes longest.
const leftToAll = [
  ...filesOf("daemon", "buildx buildx-builder container-changes container-idempotence container-import"),
  ...filesOf("daemon", "current-engine image image-recordings network-names network-overlay plugin"),
  ...filesOf("daemon", "registry-image registry-recordings registry-spellings remote-image service"),
  ...filesOf("daemon", "service-inputs swarm-data"),
  ...filesOf("e2e", "adopt backend compose-end-states config-secrets gateway-load gateway-rolling interrupt"),
  ...filesOf("e2e", "killed-cli language-host-endings language-host-projects language-host-runner mirror"),
  ...filesOf("e2e", "network swap-good-programs"),
  ...filesOf("e2e", "official-state outage-kill podman provider-settings reads registry-image remote-image"),
  ...filesOf("e2e", "secrets set-up stops swarm"),
];

// What `npm run test:all` runs a second time, on a current Engine with images in containerd: what each room asks of an Engine.
const onCurrentEngine = [
  ...filesOf("daemon", "build build-session buildx buildx-builder container-changes container-drift"),
  ...filesOf("daemon", "container-idempotence container-import container-roll-out container-update"),
  ...filesOf("daemon", "current-engine get-functions image image-push image-recordings kernel-limits"),
  ...filesOf("daemon", "network-inputs network-names network-overlay network-swap pull-stop registry"),
  ...filesOf("daemon", "registry-image registry-recordings registry-spellings remote-image service"),
  ...filesOf("daemon", "service-inputs swap swarm-data tag transport volume"),
  ...filesOf("e2e", "faulty-programs adopt app-roll-out components compose-project config-secrets gateway"),
  ...filesOf("e2e", "gateway-rolling hello killed-cli mirror network outage provider-settings reads"),
  ...filesOf("e2e", "registry-image remote-image secrets stacks stops swap swap-good-programs swarm volume"),
];

// What `npm run test:all` runs on Podman: rows A and C of the contract.
const onPodman = [...filesOf("daemon", "container-idempotence"), ...filesOf("e2e", "podman swap-good-programs")];

let running;
let stopped;
// Ctrl-C reaches the child by the terminal; a signal that only this process got is handed on.
process.on("SIGINT", () => {
  stopped = "SIGINT";
});
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    stopped = signal;
    if (running !== undefined) running.kill(signal);
  });
}

// A signal that ends npm ends the shell between npm and this process too, which hands nothing on: then the parent is gone.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid === parent || stopped !== undefined) return;
  stopped = "SIGTERM";
  if (running !== undefined) running.kill("SIGTERM");
}, 500).unref();

await installDependencies();
process.env.PATH = `${binaries}${delimiter}${process.env.PATH ?? ""}`;
const node = findNode();
await must("The command could not be bundled.", node, [join(root, "bin", "bundle.mjs"), "--if-stale"]);

const args = process.argv.slice(2);
process.exitCode =
  args[0] === "--run" ? await runTask(args[1], args.slice(2)) : await run(node, [slipway, ...args], { saysSo: true });

/** The test files of a room, by name: a pattern of nothing but braces is a file's name to mocha. */
function filesOf(room, names) {
  return names.split(" ").map((name) => `test/${room}/${name}.test.ts`);
}

async function installDependencies() {
  const installed = join(modules, ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const why = existsSync(modules) ? "node_modules is older than package-lock.json" : "there is no node_modules";
  say(`Dependencies, from package-lock.json by npm ci, because ${why} (about half a minute)`);
  const started = Date.now();
  // The scripts of dependencies must run (npm's `node` package links its binary there); ours bundles, which comes next.
  const npm = windows ? "npm.cmd" : "npm";
  await must(
    "Dependencies could not be installed; npm says why above. Mostly it is the network, npm's registry setting or a full disk. Run the command again.",
    npm,
    ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
  );
  say(`  installed (${spell(Date.now() - started)})`);
}

function findNode() {
  const own = join(binaries, windows ? "node.cmd" : "node");
  if (existsSync(own) && spawnSync(own, ["--version"], { stdio: "ignore" }).status === 0) return own;
  if (Number(process.versions.node.split(".")[0]) >= 22) return process.execPath;
  return fail(
    `Node ${process.versions.node} is too old: the Pulumi SDK needs 22 or newer, and npm's own copy is not in node_modules. ` +
      "Remove node_modules and run the command again, or install Node 22 or newer.",
  );
}

async function runTask(task, extra) {
  const typescript = ["--conditions=slipway-source", "-r", "ts-node/register/transpile-only"];
  if (task === "bench") {
    await must("The tools could not be set up.", node, [slipway, "setup"]);
    return await run(node, [...typescript, join(root, "bench", "main.ts"), ...extra]);
  }
  if (task !== "test" && task !== "test:all") fail(`Unknown task "${task}". Use test, test:all or bench.`);
  if (task === "test:all") process.env.SLIPWAY_TEST_ALL = "1";
  // The longest first, so that no processor waits at the end.
  const rooms = ["e2e", "daemon", "unit"].map((name) => `test/${name}/**/*.test.ts`);
  const files = extra.length > 0 ? extra : rooms;
  if (task === "test:all") process.env.SLIPWAY_TEST_PLANNED = String(countTests(files));
  // Every file has daemons of its own, and most of a file's time is waiting for them: one more than there are processors.
  const jobs = String(cpus().length + 1);
  const mocha = ["--parallel", "--jobs", jobs, "--reporter", "test/support/reporter.ts"];
  const isShort = task === "test" && extra.length === 0;
  if (isShort) {
    for (const names of leftToAll) mocha.push("--exclude", names);
    say(`Left to npm run test:all: ${leftToAll.join(" ")}`);
  }
  const parts = [
    ["Lint and format, by biome", join(binaries, "biome"), ["check", "."]],
    ["Types, by tsc", join(binaries, "tsc"), ["--noEmit"]],
    ["Debian packages that the tests need", node, [...typescript, "test/support/packages.ts"]],
    ["Tools that the tests run on", node, [slipway, "setup"]],
  ];
  if (extra.length === 0) {
    const title = "docker compose and a load generator, from their Go modules";
    parts.push([title, node, [...typescript, "test/support/go-programs.ts"]]);
  }
  parts.push(["Tests, on private daemons", join(binaries, "mocha"), [...mocha, ...files]]);
  if (task === "test:all" && extra.length === 0) {
    const current = { SLIPWAY_TEST_ENGINE: "current", SLIPWAY_TEST_PLANNED: String(countTests(onCurrentEngine)) };
    parts.push(["A current Engine, from its Go modules", node, [...typescript, "test/support/program.ts"]]);
    parts.push(["Tests, on a current Engine", join(binaries, "mocha"), [...mocha, ...onCurrentEngine], current]);
  }
  if (task === "test:all" && extra.length === 0) {
    const podman = { SLIPWAY_TEST_ENGINE: "podman", SLIPWAY_TEST_PLANNED: String(countTests(onPodman)) };
    parts.push(["Tests, on Podman", join(binaries, "mocha"), [...mocha, ...onPodman], podman]);
  }
  return await runParts(parts);
}

/** How many tests the files hold: one that fails to load, or a suite whose set-up fails, shows as a gap to what was run. */
function countTests(files) {
  const words = [join(modules, "mocha", "bin", "mocha.js"), "--dry-run", "--reporter", "json", ...files];
  const { stdout } = spawnSync(node, words, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return /"tests": (\d+)/.exec(stdout ?? "")?.[1] ?? "an unknown number of";
}

/** Runs every part, also after one that failed, and says at the end what each came to and how long it took. */
async function runParts(parts) {
  const done = [];
  for (const [title, command, words, env = {}] of parts) {
    say(title);
    const started = Date.now();
    const status = await run(command, words, { env });
    done.push({ title, status, time: spell(Date.now() - started) });
  }
  const width = Math.max(...done.map(({ title }) => title.length));
  console.log("");
  for (const { title, status, time } of done) {
    console.log(`${title.padEnd(width)}  ${status === 0 ? "passed" : "FAILED"}  ${time.padStart(12)}`);
  }
  const failed = done.find(({ status }) => status !== 0);
  return failed === undefined ? 0 : failed.status;
}

async function must(otherwise, command, words) {
  if ((await run(command, words)) !== 0) fail(otherwise);
}

/**
 * Runs a command to its end and answers its exit code; ends this process when a signal has stopped them. The slipway command
 * says itself that it was stopped.
 */
function run(command, words, { saysSo = false, env = {} } = {}) {
  return new Promise((resolve) => {
    running = start(command, words, { cwd: root, stdio: "inherit", shell: windows, env: { ...process.env, ...env } });
    running.once("error", (error) => fail(`${command} could not be started: ${error.message}`));
    running.once("close", (status, signal) => {
      running = undefined;
      const by = stopped ?? signal;
      if (by === null) return resolve(status);
      if (!saysSo) console.error("slipway: stopped. Run the command again: it takes up what is done.");
      process.exit(status || 128 + (constants.signals[by] ?? 1));
    });
  });
}

function spell(milliseconds) {
  const seconds = Math.round(milliseconds / 100) / 10;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function say(line) {
  console.log(`slipway: ${line}`);
}

function fail(line) {
  console.error(`slipway: ${line}`);
  process.exit(1);
}
