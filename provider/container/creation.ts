import { randomUUID } from "node:crypto";
import type { ContainerCreateRequest, ContainerInspectResponse, HostConfig } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { connectContainer, createContainer, inspectContainer } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { ownership, ownershipLabels } from "../../resources/ownership";
import type { Context } from "../resource";
import { type Properties, textOf } from "../value";
import { bodyOf, furtherNetworks, surroundingsOf } from "./body";
import { isAnonymous } from "./collision";
import { nextName } from "./naming";
import { forPodman } from "./podman";
import { discard } from "./standing";
import { uploadAll } from "./upload";

/**
 * Makes a container with everything it is to have, but does not start it: image, options, mounts, networks and files are
 * proved while what it is to replace still serves. With a predecessor it gets a temporary name. On failure nothing is left.
 */
export async function createBeside(
  context: Context,
  engine: Engine,
  inputs: Properties,
  old: ContainerInspectResponse | undefined,
  isNameFree: boolean,
): Promise<string> {
  const attempt = randomUUID();
  const name = textOf(inputs["name"]) ?? "";
  const surroundings = await surroundingsOf(engine, inputs, context.signal);
  const plain = bodyOf(inputs, ownershipLabels(context.urn, context.providerId, attempt), surroundings);
  const carried = old === undefined ? [] : await carriedVolumes(context, engine, old, plain);
  const labels = {
    ...plain.Labels,
    ...(old?.Id === undefined ? {} : { [ownership.replaces]: old.Id }),
    ...(carried.length === 0 ? {} : { [ownership.carried]: carried.map(({ volume }) => volume).join(",") }),
  };
  const whole = { ...plain, Labels: labels, HostConfig: withVolumes(plain.HostConfig ?? {}, carried) };
  const body = engine.product === "podman" ? forPodman(whole) : whole;
  const given = isNameFree ? name : nextName(name, attempt);
  const id = await made(context, engine, given, body, textOf(inputs["platform"]));
  try {
    for (const { name: networkName, endpoint } of furtherNetworks(inputs)) {
      await connectContainer(engine, networkName, id, endpoint, context.signal);
    }
    await uploadAll(engine, id, inputs, context.signal);
  } catch (error) {
    await discard(engine, id);
    throw error;
  }
  return id;
}

/** Makes it; where the answer is cut off by a cancel, the daemon may have made it all the same: then it is taken away. */
async function made(
  context: Context,
  engine: Engine,
  name: string,
  body: ContainerCreateRequest,
  platform: string | undefined,
): Promise<string> {
  try {
    const { Id: id = "", Warnings: warnings } = await createContainer(engine, name, body, platform, context.signal);
    for (const warning of warnings ?? []) context.log(`The daemon says: ${warning}`, "warning");
    return id;
  } catch (error) {
    const mark = body.Labels?.[ownership.attempt];
    const seen = context.signal.aborted ? await inspectContainer(engine, name) : undefined;
    if (seen?.Id !== undefined && seen.Config?.Labels?.[ownership.attempt] === mark) await discard(engine, seen.Id);
    throw error;
  }
}

/** An anonymous volume and where it is mounted. */
interface Carried {
  readonly volume: string;
  readonly target: string;
}

/**
 * The anonymous volumes of the predecessor that the new container would have anew, so that their data outlives a
 * replacement, as with compose (reconciliation.md, B4). What the program mounts there otherwise, or no longer, is left.
 */
async function carriedVolumes(
  context: Context,
  engine: Engine,
  old: ContainerInspectResponse,
  wanted: ContainerCreateRequest,
): Promise<Carried[]> {
  const host = old.HostConfig ?? {};
  const named = [...(host.Binds ?? []).map((bind) => bind.split(":")[0]), ...(host.Mounts ?? []).map((m) => m.Source)];
  const before = (old.Config?.Labels?.[ownership.carried] ?? "").split(",");
  const anonymous = (old.Mounts ?? []).flatMap(({ Type, Name, Destination }) => {
    const isOwn = Type === "volume" && isAnonymous(Name) && (!named.includes(Name) || before.includes(Name ?? ""));
    return isOwn ? [{ volume: Name ?? "", target: Destination ?? "" }] : [];
  });
  if (anonymous.length === 0) return [];
  const image = await inspectImage(engine, wanted.Image ?? "", context.signal);
  const mounts = wanted.HostConfig?.Mounts ?? [];
  const fresh = new Set([
    ...Object.keys(image?.Config?.Volumes ?? {}),
    ...Object.keys(wanted.Volumes ?? {}),
    ...mounts.filter((mount) => mount.Type === "volume" && !mount.Source).map((mount) => mount.Target),
  ]);
  const taken = new Set([
    ...(wanted.HostConfig?.Binds ?? []).map((bind) => bind.split(":")[1]),
    ...mounts.filter((mount) => mount.Source || mount.Type !== "volume").map((mount) => mount.Target),
    ...Object.keys(wanted.HostConfig?.Tmpfs ?? {}),
  ]);
  return anonymous.filter(({ target }) => fresh.has(target) && !taken.has(target));
}

/** The carried volumes in their places: as the source of a mount that has none, else as a bind. */
function withVolumes(host: HostConfig, carried: readonly Carried[]): HostConfig {
  const at = (target: string | undefined) => carried.find((one) => one.target === target);
  const mounts = host.Mounts?.map((mount) => {
    const one = at(mount.Target);
    return one === undefined ? mount : { ...mount, Source: one.volume };
  });
  const mounted = new Set(host.Mounts?.map((mount) => mount.Target));
  const binds = carried.filter(({ target }) => !mounted.has(target)).map(({ volume, target }) => `${volume}:${target}`);
  return { ...host, Binds: [...(host.Binds ?? []), ...binds], ...(mounts === undefined ? {} : { Mounts: mounts }) };
}
