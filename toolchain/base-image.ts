import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../daemon/client";
import { inspectImage, registryHas } from "../daemon/image";
import type { Pulumi } from "./pulumi";
import type { Report } from "./report";
import type { Step } from "./set-up";
import { settingOf } from "./stack";
import { ensureStandInBase, isStandIn } from "./stand-in-base";

/** What the default stack's image stands on where a registry can be reached; its Dockerfile names the same. */
export const officialBase = "node:24-alpine";

/** How long a registry may take to answer, in ms. */
const patience = 5000;

/** The setting of the default stack that holds its base image. */
const setting = { key: "slipway:baseImage", name: "baseImage" } as const;

/**
 * What decides on what a stack's image stands, and keeps the answer in the stack's settings, where a user can change it: the
 * official image, or a stand-in where no registry has it for this daemon. Undefined where that is decided and still holds.
 */
export async function baseImageStep(pulumi: Pulumi, stack: string, engine: Engine): Promise<Step | undefined> {
  const chosen = settingOf(pulumi.project, stack, setting.key);
  if (chosen !== undefined && (!isStandIn(chosen) || (await inspectImage(engine, chosen)) !== undefined))
    return undefined;
  return {
    title: `Base image of the default stack: ${officialBase} if a registry has it (5 s to answer), else a stand-in (10 s)`,
    run: async (report) => {
      const base = await findBase(engine, chosen, report);
      if (base !== chosen) await pulumi.answer(["config", "set", setting.name, base, "--stack", stack]);
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

async function findBase(engine: Engine, chosen: string | undefined, report: Report): Promise<string> {
  if (chosen === undefined) {
    if (await registryAnswers(engine, officialBase)) return officialBase;
    report(`no registry has ${officialBase} for this daemon`);
  }
  return await ensureStandInBase(engine, report);
}
