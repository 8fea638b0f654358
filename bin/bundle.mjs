// Bundles what runs outside ts-node into dist/: the command, the provider, the language host and its runner.
// With --if-stale it does nothing when no source changed since the last time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const stampFile = join(root, "dist", ".bundled");
const rooms = ["bin", "adoption", "components", "values", "compose", "daemon", "resources", "provider", "toolchain"];

// The runner loads the program's own SDK and compiler; a second copy inside the bundle would split their global state.
const entries = [
  { source: "bin/slipway.ts", external: [] },
  { source: "provider/main.ts", external: [] },
  { source: "toolchain/language-host/main.ts", external: [] },
  {
    source: "toolchain/language-host/runner.ts",
    external: ["@pulumi/pulumi", "typescript", "ts-node"],
  },
].filter((entry) => existsSync(join(root, entry.source)));

const stamp = stampOf();
const outputs = entries.map((entry) => join(root, "dist", entry.source.replace(/\.ts$/, ".js")));
const schema = join(root, "dist", "provider", "schema.json");
if (
  process.argv.includes("--if-stale") &&
  [...outputs, schema].every((file) => existsSync(file)) &&
  readStamp() === stamp
) {
  process.exit(0);
}

// npm runs "prepare" also where nothing was installed, as for --package-lock-only; the bootstrap bundles later anyway.
if (process.argv.includes("--if-stale") && !existsSync(join(root, "node_modules", "esbuild"))) {
  console.error("slipway: esbuild is not installed, so nothing is bundled now.");
  process.exit(0);
}

const { build } = await import("esbuild");
// Without this, the copy that another dependency brings would come in too, and two copies crash each other.
const grpc = dirname(require.resolve("@grpc/grpc-js/package.json"));
const protobuf = dirname(require.resolve("google-protobuf/package.json"));

const results = await Promise.allSettled(entries.map((entry, index) => bundle(entry, outputs[index])));
const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
if (failures.length > 0) {
  for (const failure of failures) console.error(`slipway: bundle: ${failure.message}`);
  process.exit(1);
}
mkdirSync(dirname(stampFile), { recursive: true });
writeFileSync(
  join(root, "dist", "third-party-licenses.txt"),
  licenses([...results.flatMap(({ value }) => value), "node_modules/@pulumi/docker/package.json"]),
);
makeSchema();
writeFileSync(stampFile, stamp);

/** The schema of package docker, which GetSchema answers. */
function makeSchema() {
  const words = ["-r", "ts-node/register/transpile-only", join(root, "bin", "schema", "main.ts"), schema];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  if (status === 0) return;
  console.error(`slipway: schema: ${stderr}`);
  process.exit(1);
}

async function bundle(entry, outfile) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry.source],
    outfile,
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "node22",
    sourcemap: true,
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    external: entry.external,
    plugins: [singleCopy({ "@grpc/grpc-js": grpc, "google-protobuf": protobuf }, entry.external)],
  });
  const copies = new Set(
    Object.keys(result.metafile.inputs)
      .filter((file) => file.includes("@grpc/grpc-js/"))
      .map((file) => file.slice(0, file.lastIndexOf("@grpc/grpc-js/"))),
  );
  if (copies.size > 1) {
    throw new Error(`${entry.source}: ${copies.size} copies of @grpc/grpc-js in one bundle: ${[...copies].join(", ")}`);
  }
  for (const file of result.outputFiles) {
    mkdirSync(dirname(file.path), { recursive: true });
    const partial = `${file.path}.${process.pid}.partial`;
    writeFileSync(partial, file.contents);
    renameSync(partial, file.path);
  }
  return Object.keys(result.metafile.inputs);
}

/** What the licences of the bundled packages ask for: their text with each copy. */
function licenses(inputs) {
  const folders = inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const parts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const files = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice|copying)(\.|-|$)/i.test(file));
    const texts = files.map((file) => readFileSync(join(root, folder, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...texts].join("\n\n");
  });
  return `The files of this folder hold code of these packages.\n\n${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** Resolves a package to one folder, whoever asks for it. */
function singleCopy(folders, external) {
  return {
    name: "single-copy",
    setup(builder) {
      for (const [name, folder] of Object.entries(folders)) {
        if (external.includes(name)) continue;
        const pattern = new RegExp(`^${name.replace(/[/.]/g, "\\$&")}(/.*)?$`);
        builder.onResolve({ filter: pattern }, (args) => {
          if (args.pluginData === "single-copy") return undefined;
          return builder.resolve(args.path, {
            kind: args.kind,
            resolveDir: dirname(folder),
            pluginData: "single-copy",
          });
        });
      }
    },
  };
}

function stampOf() {
  const hash = createHash("sha256");
  for (const file of [...rooms.flatMap((room) => sourcesIn(join(root, room))), join(root, "package-lock.json")]) {
    // By content: a copy of a checkout, or a branch left and come back to, has other times and the same sources.
    hash.update(`${relative(root, file)}\n`).update(existsSync(file) ? readFileSync(file) : "");
  }
  return hash.digest("hex");
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesIn(path);
      return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
    });
}

function readStamp() {
  return existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
}
