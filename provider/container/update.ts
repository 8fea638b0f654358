import type { Engine } from "../../daemon/client";
import { inspectContainer, startContainer, updateContainer } from "../../daemon/container";
import type { Context } from "../resource";
import { flagOf, type Properties } from "../value";
import { resourcesOf } from "./body";
import { settled } from "./settled";

type Inspect = NonNullable<Awaited<ReturnType<typeof inspectContainer>>>;

/** Limits and restart policy in place, the name back, and running if it should run. */
export async function applyChanges(context: Context, id: string, olds: Properties, news: Properties): Promise<Inspect> {
  const engine = await context.engine();
  const before = resourcesOf(olds);
  const after = resourcesOf(news);
  if (JSON.stringify(before) !== JSON.stringify(after)) {
    // Zero means "no limit" to the Engine, so a removed limit is sent as zero; swap must move with memory.
    const reset = { CpuShares: 0, CpuQuota: 0, CpuPeriod: 0, MemoryReservation: 0, Memory: 0 };
    const dropped = Object.fromEntries(Object.entries(reset).filter(([key]) => key in before && !(key in after)));
    const memory = after.Memory ?? 0;
    const swapLimit = after.MemorySwap ?? (memory > 0 ? memory * 2 : -1);
    const touchesMemory = before.Memory !== after.Memory || before.MemorySwap !== after.MemorySwap;
    const body = { ...dropped, ...after, ...(touchesMemory ? { MemorySwap: swapLimit } : {}) };
    await updateContainer(engine, id, body, context.signal);
  }
  const seen = await present(engine, id);
  const shouldRun = (flagOf(news["mustRun"]) ?? true) && (flagOf(news["start"]) ?? true);
  if (shouldRun && seen.State?.Running !== true) {
    await startContainer(engine, id, context.signal);
    await settled(context, engine, id, news);
  }
  return present(engine, id);
}

async function present(engine: Engine, id: string): Promise<Inspect> {
  const seen = await inspectContainer(engine, id);
  if (seen === undefined) throw new Error(`Container ${id.slice(0, 12)} was removed by somebody else meanwhile.`);
  return seen;
}
