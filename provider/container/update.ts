import type { HostConfig } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import {
  connectContainer,
  disconnectContainer,
  inspectContainer,
  pauseContainer,
  stopContainer,
  updateContainer,
} from "../../daemon/container";
import { inspectImage, tagImage } from "../../daemon/image";
import { messageOf, SlipwayError } from "../../values/fault";
import { parseImageReference } from "../../values/image-reference";
import type { Context } from "../resource";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { ignoredFields } from "./abilities";
import { attachmentsOf, endpointBlock, endpointOn, isExclusive, sameEndpoint } from "./endpoints";
import { afterStart, beforeStop } from "./hooks";
import { hasEndedWell, isKeptRunning } from "./inputs";
import { cpuList, limited, noMemoryLimit, noSwapLimit, resourcesOf } from "./limits";
import type { Inspect } from "./look";
import { takeName } from "./naming";
import { containerAsAsked } from "./podman";
import { referenceOf } from "./reference";
import { reload } from "./reload";
import { begin, settled } from "./settled";
import { compact } from "./sparse";
import { nameOf } from "./standing";
import { differing, presentUploads, uploadAll } from "./upload";

/**
 * Brings a container that exists to what the inputs say, as far as the Engine can do that with the container it is. It looks
 * what there is and changes only the difference, what can fail first; nothing that serves is stopped for it.
 */
export async function applyChanges(context: Context, id: string, olds: Properties, news: Properties): Promise<Inspect> {
  const engine = await context.engine();
  const there = await present(engine, id);
  // What was said before and is no longer must still show as what it is.
  const seen = engine.product === "podman" ? containerAsAsked(there, { ...olds, ...news }) : there;
  await keepReference(context, engine, seen, olds, news);
  await setLimits(context, engine, seen, news);
  await setNetworks(context, engine, seen, news);
  if (JSON.stringify(olds["uploads"] ?? null) !== JSON.stringify(news["uploads"] ?? null)) {
    await restoreUploads(context, engine, seen, olds, news);
  }
  const name = textOf(news["name"]);
  if (name !== undefined && nameOf(seen) !== name) await takeName(context, engine, id, name);
  await setRunning(context, engine, seen, olds, news);
  if (seen.State?.Running === true && isTriggered(olds, news)) await restart(context, engine, seen, news);
  return present(engine, id);
}

/** The bodies of `docker update`, in order, that make the limits of a container those of the inputs; none where they are. */
export function limitChanges(host: HostConfig, inputs: Properties): HostConfig[] {
  const wanted = resourcesOf(inputs);
  const policy = { Name: "no" as const, MaximumRetryCount: 0, ...wanted.RestartPolicy };
  const has = { Name: host.RestartPolicy?.Name || "no", MaximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0 };
  const differs = (name: keyof HostConfig): boolean => wanted[name] !== undefined && wanted[name] !== (host[name] ?? 0);
  const first = compact<HostConfig>({
    BlkioWeight: differs("BlkioWeight") ? wanted.BlkioWeight : undefined,
    CpuRealtimePeriod: differs("CpuRealtimePeriod") ? wanted.CpuRealtimePeriod : undefined,
    CpuRealtimeRuntime: differs("CpuRealtimeRuntime") ? wanted.CpuRealtimeRuntime : undefined,
    CpuShares: differs("CpuShares") ? wanted.CpuShares : undefined,
    CpusetCpus: sameCpus(wanted.CpusetCpus, host.CpusetCpus) ? undefined : wanted.CpusetCpus,
    CpusetMems: sameCpus(wanted.CpusetMems, host.CpusetMems) ? undefined : wanted.CpusetMems,
    MemoryReservation: differs("MemoryReservation") ? wanted.MemoryReservation : undefined,
    PidsLimit:
      Math.max(wanted.PidsLimit ?? 0, 0) === Math.max(host.PidsLimit ?? 0, 0) ? undefined : (wanted.PidsLimit ?? -1),
    RestartPolicy: JSON.stringify(policy) === JSON.stringify(has) ? undefined : policy,
    ...processorChanges(host, wanted),
  });
  const [memory = {}, ...rest] = memoryChanges(host, wanted);
  const all = [{ ...first, ...memory }, ...rest];
  return all.filter((body) => Object.keys(body).length > 0);
}

/** Processor time, as NanoCpus or as the quota that it is where the container had a quota before: the Engine takes one of them. */
function processorChanges(host: HostConfig, wanted: HostConfig): HostConfig {
  const { NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 } = host;
  if (wanted.NanoCpus !== undefined) {
    const asQuota = CpuQuota !== 0 || CpuPeriod !== 0;
    if (!asQuota) return NanoCpus === wanted.NanoCpus ? {} : { NanoCpus: wanted.NanoCpus };
    const quota = Math.round(wanted.NanoCpus / 10_000);
    return CpuQuota === quota && CpuPeriod === 100_000 ? {} : { CpuPeriod: 100_000, CpuQuota: quota };
  }
  // -1 and 100 ms are the kernel's own; the Engine takes zero for "as it is".
  const quota = wanted.CpuQuota ?? (CpuQuota > 0 ? -1 : undefined);
  const period = wanted.CpuPeriod ?? (CpuPeriod !== 0 && CpuPeriod !== 100_000 ? 100_000 : undefined);
  return compact<HostConfig>({
    CpuPeriod: period === CpuPeriod ? undefined : period,
    CpuQuota: quota === CpuQuota ? undefined : quota,
  });
}

/** Memory and swap are one step, since the Engine compares them: more memory than swap is refused, a limit below zero too. */
function memoryChanges(host: HostConfig, wanted: HostConfig): HostConfig[] {
  const memory = wanted.Memory;
  const swap = wanted.MemorySwap ?? (memory === undefined ? -1 : memory * 2);
  const seenSwap = limited(host.MemorySwap) ?? -1;
  // Without accounting of swap the kernel has no limit for it, whatever is asked for.
  const sameSwap = seenSwap === swap || (wanted.MemorySwap === undefined && seenSwap === -1);
  if (limited(host.Memory) === memory && sameSwap) return [];
  const change = { Memory: memory ?? noMemoryLimit, MemorySwap: swap < 0 ? noSwapLimit : swap };
  // -1 alone would be written down and not reach the kernel while the container runs (moby, toContainerdResources).
  return swap < 0 ? [change, { MemorySwap: -1 }] : [change];
}

async function setLimits(context: Context, engine: Engine, seen: Inspect, news: Properties): Promise<void> {
  for (const body of limitChanges(seen.HostConfig ?? {}, news)) {
    try {
      const warnings = await updateContainer(engine, seen.Id ?? "", body, context.signal);
      for (const warning of warnings) context.log(`The daemon says: ${warning}`, "warning");
    } catch (error) {
      throw refused(seen, "can't have its limits changed in place", error);
    }
  }
}

/** Connects what is missing, then disconnects what is too much; an endpoint that differs is left for a moment. */
async function setNetworks(context: Context, engine: Engine, seen: Inspect, news: Properties): Promise<void> {
  if (isExclusive(textOf(news["networkMode"]) ?? "") || isExclusive(seen.HostConfig?.NetworkMode ?? "")) return;
  const id = seen.Id ?? "";
  const kept = new Set<string>();
  for (const [index, { network, endpoint, block }] of attachmentsOf(news).entries()) {
    const [name, present] = endpointOn(seen, network) ?? [];
    if (name !== undefined) kept.add(name);
    if (name !== undefined && present !== undefined) {
      const before = endpointBlock(name, present, seen, block, ignoredFields(engine.apiVersion, index === 0));
      if (sameEndpoint(before, block)) continue;
      await disconnectContainer(engine, name, id, context.signal);
      try {
        await connectContainer(engine, network, id, endpoint, context.signal);
      } catch (error) {
        const [old] = attachmentsOf({ networksAdvanced: [before] });
        await connectContainer(engine, name, id, old?.endpoint ?? {});
        throw refused(seen, `can't have its place on network "${network}" changed`, error);
      }
    } else {
      try {
        await connectContainer(engine, network, id, endpoint, context.signal);
      } catch (error) {
        throw refused(seen, `can't be connected to network "${network}"`, error);
      }
    }
  }
  for (const name of Object.keys(seen.NetworkSettings?.Networks ?? {})) {
    if (!kept.has(name)) await disconnectContainer(engine, name, id, context.signal);
  }
}

/** Gives the image that runs its reference back where that is gone from the daemon: the smallest step to what was meant. */
async function keepReference(
  context: Context,
  engine: Engine,
  seen: Inspect,
  olds: Properties,
  news: Properties,
): Promise<void> {
  const reference = referenceOf(news);
  if (reference === undefined || olds["image"] === news["image"] || referenceOf(olds) !== reference) return;
  const parsed = parseImageReference(reference);
  const meant = await inspectImage(engine, reference, context.signal);
  if (meant?.Id === seen.Image || parsed === undefined) return;
  if (meant !== undefined) {
    const problem = `means another image than the one that runs since this run looked at it`;
    throw new SlipwayError({
      subject: subjectOf(seen),
      path: "image",
      value: reference,
      problem,
      advice: "Run the command again.",
    });
  }
  const repository = [parsed.registry, parsed.repository].filter(Boolean).join("/");
  await tagImage(engine, seen.Image ?? "", repository, parsed.tag ?? "latest", context.signal);
}

async function restoreUploads(
  context: Context,
  engine: Engine,
  seen: Inspect,
  olds: Properties,
  news: Properties,
): Promise<void> {
  const id = seen.Id ?? "";
  const files = differing(await presentUploads(engine, id, news["uploads"], context.signal));
  // A look at the container does not tell two contents of one length apart, which is enough for what somebody overwrote.
  const before = new Set(listOf(olds["uploads"]).map((item) => JSON.stringify(item)));
  const blocks = listOf(news["uploads"]).filter(
    (item) => files.includes(textOf(objectOf(item)["file"]) ?? "") || !before.has(JSON.stringify(item)),
  );
  if (isEmpty(blocks)) return;
  if (isEmpty(news["reload"])) await uploadAll(engine, id, news, context.signal, blocks);
  else await reload(context, engine, seen, olds, news, blocks);
}

/** True where something that the container is to be restarted for has become another one. */
function isTriggered(olds: Properties, news: Properties): boolean {
  const [before, after] = [textsOf(olds["restartTriggers"]), textsOf(news["restartTriggers"])];
  return before.length > 0 && after.length > 0 && JSON.stringify(before) !== JSON.stringify(after);
}

async function restart(context: Context, engine: Engine, seen: Inspect, news: Properties): Promise<void> {
  const id = seen.Id ?? "";
  context.log("restarts: something that it depends on was made anew", "status");
  await beforeStop({ goes: seen }, engine, news, context.signal);
  await stopContainer(engine, id, seen.Config?.StopTimeout ?? 10, context.signal);
  await begin(context, engine, id, news);
  await afterStart(context, engine, id, news);
  await settled(context, engine, id, news);
}

/** Running where it is to be kept running, stopped where `start` was taken back. */
async function setRunning(
  context: Context,
  engine: Engine,
  seen: Inspect,
  olds: Properties,
  news: Properties,
): Promise<void> {
  const id = seen.Id ?? "";
  const runs = seen.State?.Running === true;
  const isStart = flagOf(news["start"]) ?? true;
  const wasStart = flagOf(olds["start"]) ?? true;
  if (runs && !isStart && wasStart) await beforeStop({ goes: seen }, engine, news, context.signal);
  if (runs && !isStart && wasStart) await stopContainer(engine, id, seen.Config?.StopTimeout ?? 10, context.signal);
  // One that was to complete and did not is what the last run failed at: it is tried again.
  const isOpen = flagOf(news["mustComplete"]) === true && !runs && seen.State?.ExitCode !== 0;
  const isOver = hasEndedWell(news, seen.State ?? {});
  if ((!isKeptRunning(news) || isOver) && !(isStart && !wasStart) && !isOpen) return;
  if (runs && seen.State?.Paused === true) await pauseContainer(engine, id, false, context.signal);
  else if (!runs) {
    await begin(context, engine, id, { ...news, name: textOf(news["name"]) ?? nameOf(seen) });
    await afterStart(context, engine, id, news);
  } else if (seen.State?.Restarting !== true) return;
  // A start by hand counts restarts anew.
  await settled(context, engine, id, news, { restarts: runs ? (seen.RestartCount ?? 0) : 0 });
}

function sameCpus(wanted: string | undefined, has: string | undefined): boolean {
  return wanted === undefined || cpuList(wanted)?.join() === cpuList(has ?? "")?.join();
}

function refused(seen: Inspect, problem: string, error: unknown): Error {
  const reason = messageOf(error).replace(/^Cannot update container [0-9a-f]+: /, "");
  const advice = "Mend what it names and run the command again.";
  return new SlipwayError({ subject: subjectOf(seen), problem: `${problem}: ${reason}`, advice }, { cause: error });
}

function subjectOf(seen: Inspect): string {
  return `Container "${nameOf(seen)}"`;
}

async function present(engine: Engine, id: string): Promise<Inspect> {
  const seen = await inspectContainer(engine, id);
  if (seen === undefined) throw new Error(`Container ${id.slice(0, 12)} was removed by somebody else meanwhile.`);
  return seen;
}
