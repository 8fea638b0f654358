import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SlipwayError } from "../values/fault";
import { packageFolder } from "./paths";
import type { PulumiCli } from "./pulumi-cli";

/** Which language host the engine will find. */
export interface LanguageHost {
  /** Absolute path of the executable. */
  readonly path: string;
  /** The one that ships with the CLI, or ours. */
  readonly origin: "official" | "slipway";
}

const executable = "pulumi-language-nodejs";
const mark = "# slipway language host";

/** The language host the engine finds for this CLI, if there is one. */
export function findLanguageHost(cli: PulumiCli, pulumiHome: string): LanguageHost | undefined {
  for (const path of [join(dirname(cli.path), executable), pluginPath(cli, pulumiHome)]) {
    if (!existsSync(path)) continue;
    const head = readFileSync(path).subarray(0, 200).toString("latin1");
    return { path, origin: head.includes(mark) ? "slipway" : "official" };
  }
  return undefined;
}

/** Leaves an official host alone; else installs ours beside our own CLI, or among the plugins for the user's CLI. */
export function ensureLanguageHost(cli: PulumiCli, pulumiHome: string): LanguageHost {
  const found = findLanguageHost(cli, pulumiHome);
  if (found?.origin === "official") return found;
  const main = join(packageFolder(), "dist", "toolchain", "language-host", "main.js");
  if (!existsSync(main)) {
    throw new SlipwayError({
      subject: "Language host",
      problem: "is not in this copy of the package",
      value: main,
      advice: "Run `npm run bundle` in a checkout, or install the package again.",
    });
  }
  const path = cli.origin === "cache" ? join(dirname(cli.path), executable) : pluginPath(cli, pulumiHome);
  const script = `#!/bin/sh\n${mark}\nexec ${shellQuote(process.execPath)} ${shellQuote(main)} "$@"\n`;
  if (!existsSync(path) || readFileSync(path, "utf8") !== script) {
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}.partial`;
    writeFileSync(partial, script);
    chmodSync(partial, 0o755);
    renameSync(partial, path);
  }
  return { path, origin: "slipway" };
}

/** One word of a POSIX shell command line. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function pluginPath(cli: PulumiCli, pulumiHome: string): string {
  return join(pulumiHome, "plugins", `language-nodejs-v${cli.version}`, executable);
}
