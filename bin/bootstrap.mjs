// What `npm run …` calls in a checkout. Runs on any Node from 16, with no node_modules: it installs the dependencies,
// bundles the command, and hands over to it under a Node that the Pulumi SDK accepts.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const binaries = join(modules, ".bin");
const windows = process.platform === "win32";

// Ctrl-C reaches the child too; it decides what to do and this process passes its answer on.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});

installDependencies();
process.env.PATH = `${binaries}${delimiter}${process.env.PATH ?? ""}`;
const node = findNode();
run("bundle", node, [join(root, "bin", "bundle.mjs"), "--if-stale"]);

const args = process.argv.slice(2);
if (args[0] === "--run") {
  runTask(args[1], args.slice(2));
} else {
  process.exitCode = spawn(node, [join(root, "dist", "bin", "slipway.js"), ...args]);
}

function installDependencies() {
  const installed = join(modules, ".package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say("Dependencies: npm ci, because node_modules is missing or older than package-lock.json (about 30 s)");
  const npm = windows ? "npm.cmd" : "npm";
  // The scripts of dependencies must run (npm's `node` package links its binary there); ours bundles, which comes next.
  const quiet = ["--no-audit", "--no-fund"];
  const status = spawn(npm, ["ci", ...quiet, "--loglevel=error"]);
  if (status !== 0) {
    fail(
      "Dependencies could not be installed. Check the network and npm's registry setting, then run the command again.",
    );
  }
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

function runTask(task, extra) {
  const slipway = join(root, "dist", "bin", "slipway.js");
  if (task === "bench") {
    const bench = join(root, "bench", "main.ts");
    if (!existsSync(bench)) fail("There is no bench/main.ts in this checkout.");
    run("toolchain", node, [slipway, "setup"]);
    run("bench", node, ["--conditions=slipway-source", "-r", "ts-node/register/transpile-only", bench, ...extra]);
    return;
  }
  if (task !== "test" && task !== "test:all") fail(`Unknown task "${task}". Use test, test:all or bench.`);
  say("Lint and format: biome (2 s)");
  run("lint", join(binaries, "biome"), ["check", "."]);
  say("Types: tsc (20 s)");
  run("type check", join(binaries, "tsc"), ["--noEmit"]);
  say("Toolchain: what the tests on real parts need");
  run("toolchain", node, [slipway, "setup"]);
  const folders = ["unit", "daemon", "e2e"]
    .map((name) => join("test", name))
    .filter((name) => existsSync(join(root, name)));
  if (task === "test:all") process.env.SLIPWAY_TEST_ALL = "1";
  say(`Tests: ${folders.join(", ")}`);
  run("tests", join(binaries, "mocha"), [
    ...folders.map((name) => `${name.replace(/\\/g, "/")}/**/*.test.ts`),
    ...extra,
  ]);
}

function run(what, command, commandArgs) {
  const status = spawn(command, commandArgs);
  if (status !== 0) {
    console.error(`slipway: ${what} failed (exit code ${status}).`);
    process.exit(status);
  }
}

function spawn(command, commandArgs) {
  const result = spawnSync(command, commandArgs, { cwd: root, stdio: "inherit", shell: windows });
  if (result.error !== undefined) fail(`${command} could not be started: ${result.error.message}`);
  if (result.signal !== null) return 128 + (constants.signals[result.signal] ?? 1);
  return result.status ?? 1;
}

function say(line) {
  console.log(`slipway: ${line}`);
}

function fail(line) {
  console.error(`slipway: ${line}`);
  process.exit(1);
}
