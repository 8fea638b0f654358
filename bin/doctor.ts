import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../daemon/client";
import { officialBase, registryAnswers } from "../toolchain/base-image";
import { connectDaemon } from "../toolchain/daemon";
import { freeBytes, spellBytes } from "../toolchain/disk";
import { pulumiHome } from "../toolchain/environment";
import { findLanguageHost } from "../toolchain/language-host";
import { findProject, packageFolder, stateFolder } from "../toolchain/paths";
import { findPulumi, type PulumiCli } from "../toolchain/pulumi-cli";
import { pulumiVersion } from "../toolchain/pulumi-version";
import { cacheFolder } from "../values/cache-folder";
import { describeFault, isSlipwayError, messageOf } from "../values/fault";
import { nodeFault } from "../values/node-version";

/** What was found of one thing. */
interface Finding {
  readonly what: string;
  /** "note": works, but not all of it. */
  readonly verdict: "ok" | "note" | "wrong";
  readonly found: string;
  /** What to do, as an imperative sentence. */
  readonly advice?: string;
}

/** Below this, an image build or a download is likely to fail. */
const littleSpace = 1024 * 1024 * 1024;

/** Prints what was found and where, what is wrong and what to do; makes nothing. Answers the exit code: 1 if something is wrong. */
export async function doctor(): Promise<number> {
  const [cli, daemon] = await Promise.all([findPulumi(), connectDaemon().catch((error: unknown) => error)]);
  const engine = isEngine(daemon) ? daemon : undefined;
  const findings: readonly Finding[] = [
    node(),
    pulumiCli(cli),
    languageHost(cli),
    provider(),
    engine === undefined ? silentDaemon(daemon) : answeringDaemon(engine),
    ...(engine === undefined ? [] : [await registry(engine)]),
    project(),
    state(),
    ...disks(),
  ];
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { verdict, what, found, advice } of findings) {
    console.log(`${verdict.padEnd(5)}  ${what.padEnd(width)}  ${found}`);
    if (advice !== undefined) console.log(`${" ".repeat(9 + width)}→ ${advice}`);
  }
  return findings.some(({ verdict }) => verdict === "wrong") ? 1 : 0;
}

function node(): Finding {
  const found = `${process.versions.node} ${process.execPath}`;
  const what = "Node";
  const fault = nodeFault();
  if (fault === undefined) return { what, verdict: "ok", found };
  return { what, verdict: "wrong", found: `${found} ${fault.problem}`, advice: fault.advice ?? "" };
}

function pulumiCli(cli: PulumiCli | undefined): Finding {
  const what = "Pulumi CLI";
  if (cli !== undefined) {
    const origin = cli.origin === "cache" ? "kept by slipway" : "the user's own";
    return { what, verdict: "ok", found: `${cli.version} ${cli.path} (${origin})` };
  }
  return {
    what,
    verdict: "wrong",
    found: `none of version ${pulumiVersion} or newer on PATH or in ${cacheFolder()}`,
    advice: "Run `slipway setup`, which downloads or builds it.",
  };
}

function languageHost(cli: PulumiCli | undefined): Finding {
  const what = "Language host";
  if (cli === undefined) return { what, verdict: "note", found: "not looked for: it belongs to a Pulumi CLI" };
  try {
    const hosted = findLanguageHost(cli, pulumiHome());
    if (hosted !== undefined) {
      const { origin, path } = hosted.host;
      return { what, verdict: "ok", found: `${path} (${origin === "slipway" ? "slipway's" : "official"})` };
    }
    return { what, verdict: "wrong", found: "not in its place", advice: "Run `slipway setup`, which puts it there." };
  } catch (error) {
    return { what, verdict: "wrong", found: messageOf(error) };
  }
}

function provider(): Finding {
  const what = "Provider";
  const path = join(packageFolder(), "dist", "provider", "main.js");
  if (existsSync(path)) return { what, verdict: "ok", found: path };
  const advice = "Run `npm run bundle` in a checkout, or install the package again.";
  return { what, verdict: "wrong", found: `${path} is not there`, advice };
}

function answeringDaemon(engine: Engine): Finding {
  const { url, source } = engine.endpoint;
  return { what: "Docker daemon", verdict: "ok", found: `${url} (from ${source}), API ${engine.apiVersion}` };
}

function silentDaemon(error: unknown): Finding {
  const what = "Docker daemon";
  const fault = isSlipwayError(error) ? error.faults[0] : undefined;
  if (fault === undefined) return { what, verdict: "wrong", found: messageOf(error) };
  const { advice, ...rest } = fault;
  const found = describeFault(rest);
  return { what, verdict: "wrong", found, ...(advice === undefined ? {} : { advice }) };
}

async function registry(engine: Engine): Promise<Finding> {
  const what = "Registry";
  if (await registryAnswers(engine, officialBase)) {
    return { what, verdict: "ok", found: `${officialBase} can be had by this daemon` };
  }
  return {
    what,
    verdict: "note",
    found: `none has ${officialBase} for this daemon`,
    advice: "Base images must be on the daemon already; for the default stack a stand-in is put together.",
  };
}

function project(): Finding {
  const what = "Project";
  const found = findProject(process.cwd());
  if (found !== undefined) return { what, verdict: "ok", found };
  return {
    what,
    verdict: "note",
    found: `no Pulumi.yaml in ${process.cwd()} or above`,
    advice: "Change into a Pulumi project, or make one here with `npx slipway init`.",
  };
}

function state(): Finding {
  const what = "State";
  const chosen = process.env["PULUMI_BACKEND_URL"];
  if (chosen) return { what, verdict: "ok", found: `${withoutPassword(chosen)} (from PULUMI_BACKEND_URL)` };
  const home = findProject(process.cwd());
  if (home === undefined) return { what, verdict: "note", found: "belongs to a project" };
  const folder = stateFolder(home);
  return { what, verdict: "ok", found: existsSync(folder) ? folder : `${folder} (made by the first run)` };
}

function disks(): Finding[] {
  const home = findProject(process.cwd());
  const places: (readonly [string, string])[] = [["Disk, cache", cacheFolder()]];
  if (home !== undefined && !process.env["PULUMI_BACKEND_URL"]) places.push(["Disk, state", stateFolder(home)]);
  return places.map(([what, folder]) => {
    const free = freeBytes(folder);
    const found = `${spellBytes(free)} free for ${folder}`;
    if (free >= littleSpace) return { what, verdict: "ok", found };
    return { what, verdict: free < littleSpace / 16 ? "wrong" : "note", found, advice: "Free some space there." };
  });
}

function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^/:@]+):[^@]*@/, "$1:***@");
}

function isEngine(value: unknown): value is Engine {
  return typeof value === "object" && value !== null && "apiVersion" in value;
}
