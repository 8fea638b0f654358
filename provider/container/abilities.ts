import { existsSync } from "node:fs";
import type { Engine } from "../../daemon/client";
import { systemInfo } from "../../daemon/system";
import type { Fault } from "../../values/fault";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, textsOf } from "../value";
import { nanoseconds } from "./health-check";
import { hostFolders } from "./mounts";

/** The minor number of an API version: 41 of "1.41". */
export function minorOf(apiVersion: string): number {
  return Number(apiVersion.split(".")[1] ?? 0);
}

/** An input that only newer Engines know. */
interface Ability {
  readonly path: string;
  /** Minor number of the API version that brought it (Engine API, version history). */
  readonly since: number;
  readonly engine: string;
}

/** Networks after the first are connected to, and before this `POST /networks/{id}/connect` dropped the address. */
const connectedMac = { since: 54, engine: "an Engine of API 1.54" };

/** The option that gives a container's interface on a network its name; an Engine that does not know it says nothing. */
const interfaceName = "com.docker.network.endpoint.ifname";

/** What the inputs ask for that not every Engine has. */
function abilitiesOf(inputs: Properties): { readonly needed: Ability[]; readonly useful: Ability[] } {
  const needed: Ability[] = [];
  const useful: Ability[] = [];
  if (!isEmpty(inputs["annotations"])) needed.push({ path: "annotations", since: 43, engine: "Engine 24" });
  for (const [index, item] of listOf(inputs["mounts"]).entries()) {
    const path = `mounts[${index}]`;
    const block = objectOf(item);
    const bind = objectOf(block["bindOptions"]);
    if (block["type"] === "image") needed.push({ path: `${path}.type`, since: 48, engine: "Engine 28" });
    if (block["type"] === "cluster") needed.push({ path: `${path}.type`, since: 42, engine: "Engine 23" });
    // Without this the Engine would mount the whole volume.
    if (textOf(objectOf(block["volumeOptions"])["subpath"]) !== undefined) {
      needed.push({ path: `${path}.volumeOptions.subpath`, since: 45, engine: "Engine 26" });
    }
    for (const option of ["readOnlyNonRecursive", "readOnlyForceRecursive"]) {
      if (flagOf(bind[option]) === true)
        needed.push({ path: `${path}.bindOptions.${option}`, since: 44, engine: "Engine 25" });
    }
  }
  if ((nanoseconds(objectOf(inputs["healthcheck"])["startInterval"]) ?? 0) > 0) {
    useful.push({ path: "healthcheck.startInterval", since: 44, engine: "Engine 25" });
  }
  for (const [index, item] of listOf(inputs["networksAdvanced"]).entries()) {
    const block = objectOf(item);
    const path = `networksAdvanced[${index}]`;
    for (const [at, option] of textsOf(block["driverOpts"]).entries()) {
      if (!option.startsWith(`${interfaceName}=`)) continue;
      needed.push({ path: `${path}.driverOpts[${at}]`, since: 49, engine: "Engine 28.1" });
    }
    if (block["gwPriority"]) useful.push({ path: `${path}.gwPriority`, since: 48, engine: "Engine 28" });
    if (index > 0 && block["macAddress"]) useful.push({ path: `${path}.macAddress`, ...connectedMac });
  }
  return { needed, useful };
}

/** Inputs that this daemon is too old for: what it would refuse, or do otherwise than it says. */
export function abilityFaults(engine: Engine, inputs: Properties, subject: string): Fault[] {
  const speaks = minorOf(engine.apiVersion);
  return abilitiesOf(inputs).needed.flatMap(({ path, since, engine: needs }) => {
    const problem = `needs ${needs} (API 1.${since}), and the daemon speaks API ${engine.apiVersion}`;
    return speaks >= since ? [] : [{ subject, path, problem, advice: "Leave it out, or use a newer Engine." }];
  });
}

/** Inputs that this daemon ignores, as sentences; the official plugin sends them without a word, so they are no faults. */
export function ignoredBy(engine: Engine, inputs: Properties): string[] {
  const speaks = minorOf(engine.apiVersion);
  const ignored = abilitiesOf(inputs).useful.filter(({ since }) => speaks < since);
  return ignored.map(({ path, engine: needs }) => `${path} has no effect on this daemon: it needs ${needs}.`);
}

/** The fields of a place on a network that a daemon ignores; the first network's address goes with the container itself. */
export function ignoredFields(apiVersion: string | undefined, isFirst: boolean): string[] {
  if (apiVersion === undefined) return [];
  const speaks = minorOf(apiVersion);
  return [...(speaks < 48 ? ["gwPriority"] : []), ...(speaks < connectedMac.since && !isFirst ? ["macAddress"] : [])];
}

/**
 * Folders of the host that are not there, with a daemon on this machine: it would silently make them, empty and owned by
 * root (reconciliation.md, E7). A daemon whose own folder is not here sees other folders than Slipway, such as one in a
 * virtual machine, or outside of the container that Slipway runs in: there nothing is said.
 */
export async function folderFaults(
  engine: Engine,
  inputs: Properties,
  subject: string,
  signal: AbortSignal,
): Promise<Fault[]> {
  const missing = hostFolders(inputs).filter(({ folder }) => !existsSync(folder));
  if (missing.length === 0 || engine.endpoint.kind !== "unix") return [];
  const root = (await systemInfo(engine, signal)).DockerRootDir;
  if (root === undefined || !existsSync(root)) return [];
  return missing.map(({ path, folder }) => {
    const option = path.startsWith("volumes") ? "createHostPath: true" : "bindOptions: { createHostPath: true }";
    const advice = `Make it, or let the daemon make it, empty and owned by root, with \`${option}\`.`;
    return { subject, path, value: folder, problem: "is not there", advice };
  });
}
