import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../values/cache-folder";
import { SlipwayError } from "../values/fault";
import { headOf } from "./executable";
import { compileCacheVariable, nodeOptionsVariable } from "./language-host/variables";
import { packageFolder } from "./paths";
import type { PulumiCli } from "./pulumi-cli";

/** Which language host the engine will find. */
export interface LanguageHost {
  /** Absolute path of the executable. */
  readonly path: string;
  /** The one that ships with the CLI, or ours. */
  readonly origin: "official" | "slipway";
}

/** A CLI and the language host that the engine finds for it. */
export interface HostedCli {
  /** The CLI to call: for the cached one without an official host, its link beside ours. */
  readonly cli: PulumiCli;
  readonly host: LanguageHost;
}

const executable = "pulumi-language-nodejs";
const mark = "# slipway language host";
/** How long a copy that no run asks for stays, in ms. */
const keepFor = 30 * 24 * 3600 * 1000;

/** The CLI with the language host that the engine finds for it, if there is one that fits this copy of the package. */
export function findLanguageHost(cli: PulumiCli, pulumiHome: string): HostedCli | undefined {
  const official = officialHost(cli, pulumiHome);
  if (official !== undefined) return { cli, host: official };
  const wanted = place(cli, pulumiHome, bundle());
  return isThere(wanted) ? hosted(cli, wanted) : undefined;
}

/**
 * Leaves an official host alone; else puts ours where the engine finds it: beside a link to our own CLI, in a folder named
 * by what it holds, or among the plugins for the user's CLI. It runs a copy of the bundle in the cache, so that neither a
 * removed checkout nor another one with other sources changes what this one runs.
 */
export function ensureLanguageHost(cli: PulumiCli, pulumiHome: string): HostedCli {
  const official = officialHost(cli, pulumiHome);
  if (official !== undefined) return { cli, host: official };
  const own = bundle();
  const wanted = place(cli, pulumiHome, own);
  if (!isThere(wanted)) {
    copyBundle(own);
    mkdirSync(dirname(wanted.path), { recursive: true });
    if (wanted.cli !== cli.path) link(cli.path, wanted.cli);
    writeWhole(wanted.path, wanted.launcher);
  }
  try {
    const now = new Date();
    utimesSync(own.folder, now, now);
  } catch {
    // A cache that another user made is as good; it only does not learn that this run used it.
  }
  return hosted(cli, wanted);
}

/** One word of a POSIX shell command line. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

interface Bundle {
  /** Name of a file of the bundle → its bytes. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Where the copy is or will be. */
  readonly folder: string;
}

interface Place {
  /** The launcher's path and text, and the CLI that finds it. */
  readonly path: string;
  readonly launcher: string;
  readonly cli: string;
  readonly bundle: Bundle;
}

function bundle(): Bundle {
  const source = join(packageFolder(), "dist", "toolchain", "language-host");
  const names = existsSync(source) ? readdirSync(source).filter((name) => name.endsWith(".js")) : [];
  if (!names.includes("main.js")) {
    throw new SlipwayError({
      subject: "Language host",
      problem: "is not in this copy of the package",
      value: join(source, "main.js"),
      advice: "Run `npm run bundle` in a checkout, or install the package again.",
    });
  }
  const files = new Map(names.sort().map((name) => [name, readFileSync(join(source, name))]));
  const hash = createHash("sha256");
  for (const [name, bytes] of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  return { files, folder: join(cacheFolder(), "language-host", hash.digest("hex").slice(0, 16)) };
}

/**
 * The launcher holds the Node that made it, and falls back to the one on PATH when that has gone with its checkout. A user's
 * NODE_OPTIONS (a debugger, a module to load first) are for programs, so the host gets them in a variable to hand on; the
 * folder of Node's compile cache, which takes a sixth of the host's start away, is for the host alone.
 */
function place(cli: PulumiCli, pulumiHome: string, own: Bundle): Place {
  const main = shellQuote(join(own.folder, "main.js"));
  const launcher = `#!/bin/sh
${mark}
node=${shellQuote(process.execPath)}
[ -x "$node" ] || node=node
if [ -n "\${NODE_OPTIONS+set}" ]; then
  export ${nodeOptionsVariable}="$NODE_OPTIONS"
  unset NODE_OPTIONS
fi
if [ -z "\${NODE_COMPILE_CACHE+set}" ]; then
  export NODE_COMPILE_CACHE=${shellQuote(join(cacheFolder(), "node-compile-cache"))} ${compileCacheVariable}=1
fi
exec "$node" ${main} "$@"
`;
  if (cli.origin === "path") return { path: pluginPath(cli, pulumiHome), launcher, cli: cli.path, bundle: own };
  const name = createHash("sha256").update(launcher).digest("hex").slice(0, 16);
  const folder = join(dirname(dirname(cli.path)), name);
  return { path: join(folder, executable), launcher, cli: join(folder, "pulumi"), bundle: own };
}

function isThere(wanted: Place): boolean {
  const { files, folder } = wanted.bundle;
  const isSame = (path: string, bytes: Buffer) => existsSync(path) && readFileSync(path).equals(bytes);
  if (!existsSync(wanted.cli) || !isSame(wanted.path, Buffer.from(wanted.launcher))) return false;
  return [...files].every(([name, bytes]) => isSame(join(folder, name), bytes));
}

function hosted(cli: PulumiCli, wanted: Place): HostedCli {
  return { cli: { ...cli, path: wanted.cli }, host: { path: wanted.path, origin: "slipway" } };
}

function officialHost(cli: PulumiCli, pulumiHome: string): LanguageHost | undefined {
  const path = [join(dirname(cli.path), executable), pluginPath(cli, pulumiHome)].find((one) => existsSync(one));
  return path === undefined || headOf(path).includes(mark) ? undefined : { path, origin: "official" };
}

function copyBundle(own: Bundle): void {
  mkdirSync(own.folder, { recursive: true });
  for (const [name, bytes] of own.files) writeWhole(join(own.folder, name), bytes);
  const others = dirname(own.folder);
  for (const name of readdirSync(others)) {
    const path = join(others, name);
    if (Date.now() - statSync(path).mtimeMs > keepFor) rmSync(path, { recursive: true, force: true });
  }
}

/** A hard link: the engine looks beside the path it was started by, and a symbolic link would lead it away. */
function link(from: string, to: string): void {
  const partial = `${to}.${process.pid}.partial`;
  rmSync(partial, { force: true });
  try {
    linkSync(from, partial);
  } catch {
    copyFileSync(from, partial);
  }
  renameSync(partial, to);
  rmSync(partial, { force: true });
}

function writeWhole(path: string, content: string | Buffer): void {
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, content);
    chmodSync(partial, 0o755);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

function pluginPath(cli: PulumiCli, pulumiHome: string): string {
  return join(pulumiHome, "plugins", `language-nodejs-v${cli.version}`, executable);
}
