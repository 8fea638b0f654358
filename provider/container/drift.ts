import type { ImageInspect } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { systemInfo } from "../../daemon/system";
import { meansSame } from "../diff";
import { hasUnknown, isEmpty, listOf, type Properties, textOf, type Value } from "../value";
import { profilesOf } from "./body";
import { imageMeant } from "./glance";
import { rules } from "./inputs";
import type { Inspect, Look } from "./look";
import { withoutPodmansChoice } from "./podman";
import { referenceOf } from "./reference";
import { presentUploads } from "./upload";

/**
 * The old inputs with everything that is no longer so on the daemon, each as the daemon has it. An input that the program
 * does not name appears where the daemon has something else than it or the image would give by itself. `isOwn` is false for a
 * container that was not made from these inputs: there what is missing was not left out by the kernel.
 */
export function driftedInputs(look: Look, isOwn = true): Properties {
  const { inputs } = look;
  const seen: Record<string, Value> = {};
  const gone = new Set<string>();
  for (const [name, rule] of Object.entries(rules)) {
    if (rule.has === undefined || hasUnknown(inputs[name]) || look.untold?.has(name) === true) continue;
    // Zero, an empty text and the like say nothing for some inputs.
    const isDeclared = !meansSame(rule, name, inputs, { ...inputs, [name]: null });
    const declared = isDeclared ? (inputs[name] ?? undefined) : undefined;
    const left = isOwn && rule.discardable === true ? declared : undefined;
    const found = rule.has(look, declared);
    const has = (isEmpty(found) || found === false || found === 0 ? left : undefined) ?? found ?? null;
    const same = (value: Value): boolean =>
      meansSame(rule, name, { ...inputs, [name]: value }, { ...inputs, [name]: has });
    if (declared !== undefined ? same(declared) : isEmpty(has) || same(rule.unsaid?.(look) ?? null)) continue;
    if (isEmpty(has)) gone.add(name);
    else seen[name] = has;
  }
  const kept = Object.entries(inputs).filter(([name]) => !gone.has(name));
  return withDefaultsOf({ ...Object.fromEntries(kept), ...seen }, [...gone, ...Object.keys(seen)]);
}

/** What a program would have to say to get this container. */
export function importedInputs(look: Look, defaults: Properties): Properties {
  const { __defaults: _, ...seen } = driftedInputs(look);
  const filled = Object.keys(defaults).filter((name) => seen[name] === undefined);
  return {
    ...seen,
    ...Object.fromEntries(filled.map((name) => [name, defaults[name] ?? null])),
    __defaults: filled.sort(),
  };
}

/** Everything that {@link driftedInputs} needs to know of a container; without inputs, of one that is imported. */
export async function lookAt(
  engine: Engine,
  container: Inspect,
  inputs: Properties | undefined,
  state: Properties,
  signal: AbortSignal,
): Promise<Look> {
  const reference = inputs === undefined ? undefined : referenceOf(inputs);
  const [image, meant, uploads, containers, profiles, chosen] = await Promise.all([
    imageById(engine, container.Image ?? ""),
    reference === undefined ? undefined : imageMeant(engine, reference, signal),
    presentUploads(engine, container.Id ?? "", inputs?.["uploads"], signal),
    sharedWith(engine, inputs ?? {}, signal),
    // A profile that is not there is a fault of the program, which Check names.
    profilesOf(inputs ?? {}).catch(() => new Map<string, string>()),
    inputs === undefined ? defaultsOf(engine, signal) : state,
  ]);
  const platform =
    image === undefined ? undefined : [image.Os, image.Architecture, image.Variant].filter(Boolean).join("/");
  const look: Look = {
    container,
    image: image?.Config,
    inputs: inputs ?? {},
    state: chosen,
    apiVersion: engine.apiVersion,
    containers,
    profiles,
    ...(meant === undefined ? {} : { meant }),
    ...(platform === undefined ? {} : { platform }),
    ...(inputs === undefined || isEmpty(inputs["uploads"]) ? {} : { uploads }),
  };
  return engine.product === "podman" ? withoutPodmansChoice(look) : look;
}

/** The list of filled-in defaults without what has a value of its own now, as the official plugin keeps it. */
function withDefaultsOf(inputs: Properties, changed: readonly string[]): Properties {
  if (inputs["__defaults"] === undefined) return inputs;
  return {
    ...inputs,
    __defaults: listOf(inputs["__defaults"]).filter((name) => !changed.includes(textOf(name) ?? "")),
  };
}

/** The configuration of an image never changes, so one look at each serves a whole run. */
const images = new WeakMap<Engine, Map<string, Promise<ImageInspect | undefined>>>();

function imageById(engine: Engine, id: string): Promise<ImageInspect | undefined> {
  const known = images.get(engine) ?? new Map<string, Promise<ImageInspect | undefined>>();
  images.set(engine, known);
  const found = known.get(id) ?? inspectImage(engine, id);
  known.set(id, found);
  // What was not there, or not answered, is looked for again.
  found.then((image) => image ?? known.delete(id)).catch(() => known.delete(id));
  return found;
}

/** The Engine keeps the id of a container whose name space is shared, the program may say its name. */
async function sharedWith(
  engine: Engine,
  inputs: Properties,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const modes = ["ipcMode", "networkMode", "pidMode"].map((name) => textOf(inputs[name]) ?? "");
  const names = new Set(modes.flatMap((mode) => /^container:(.+)$/.exec(mode)?.[1] ?? []));
  const found = [...names].map(
    async (name) => [name, (await inspectContainer(engine, name, signal))?.Id ?? ""] as const,
  );
  return new Map(await Promise.all(found));
}

/** What the daemon gives a container that asks for nothing. */
async function defaultsOf(engine: Engine, signal: AbortSignal): Promise<Properties> {
  const info = await systemInfo(engine, signal);
  return {
    cgroupnsMode: info.CgroupVersion === "2" ? "private" : "host",
    logDriver: info.LoggingDriver ?? "json-file",
    runtime: info.DefaultRuntime ?? "runc",
  };
}
