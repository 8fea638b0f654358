import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../daemon/client";
import { inspectImage, registryHas } from "../daemon/image";
import type { Pulumi } from "./pulumi";
import type { Report } from "./report";
import type { Step } from "./set-up";
import { declaredDefault, projectName, settingOf } from "./stack";
import { ensureStandInBase, isStandIn } from "./stand-in-base";

/** What the image of a default stack stands on where a registry can be reached; its Dockerfile names the same. */
export const officialBase = "node:24-alpine";

/** How long a registry may take to answer, in ms. */
const patience = 5000;

/** The setting that holds on what the image of a default stack stands, in this package's project and in those of `slipway init`. */
const setting = "baseImage";

/**
 * What decides on what the image of a project's program stands, where its Pulumi.yaml declares the setting `baseImage` with a
 * default, and keeps the answer in the stack's settings, where a user can change it: the default, or a stand-in where no
 * registry has that for this daemon. Undefined where nothing is declared, or what is decided still holds.
 */
export async function baseImageStep(pulumi: Pulumi, stack: string, engine: Engine): Promise<Step | undefined> {
  const wanted = declaredDefault(pulumi.project, setting);
  if (wanted === undefined) return undefined;
  const chosen = settingOf(pulumi.project, stack, `${projectName(pulumi.project)}:${setting}`);
  if (chosen !== undefined && (!isStandIn(chosen) || (await inspectImage(engine, chosen)) !== undefined))
    return undefined;
  return {
    title: `Base image of the default stack: ${wanted} if a registry has it (5 s to answer), else a stand-in (10 s)`,
    run: async (report) => {
      const base =
        chosen === undefined ? await findBase(engine, wanted, report) : await ensureStandInBase(engine, report);
      if (base !== chosen) await pulumi.answer(["config", "set", setting, base, "--stack", stack]);
      return `Base image: ${base}`;
    },
  };
}

/** True when the daemon has the image, or a registry that it reaches answers in time that it does. */
export async function registryAnswers(engine: Engine, reference: string): Promise<boolean> {
  if ((await inspectImage(engine, reference)) !== undefined) return true;
  const late = new AbortController();
  const asked = registryHas(engine, reference, late.signal).catch(() => false);
  const answer = await Promise.race([asked, sleep(patience, false, { signal: late.signal }).catch(() => false)]);
  late.abort();
  return answer;
}

async function findBase(engine: Engine, wanted: string, report: Report): Promise<string> {
  if (await registryAnswers(engine, wanted)) return wanted;
  report(`no registry has ${wanted} for this daemon`);
  return await ensureStandInBase(engine, report);
}
