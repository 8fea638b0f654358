import type { Engine } from "../../daemon/client";
import { inspectContainer } from "../../daemon/container";
import { inspectImage } from "../../daemon/image";
import { inspectNetwork } from "../../daemon/network";
import { type Fault, SlipwayError } from "../../values/fault";
import { type Claim, quiet } from "../deployment";
import { ensureImage, imageClaim } from "../image-source";
import type { Context } from "../resource";
import { listOf, objectOf, type Properties, textOf } from "../value";
import { resourceName } from "./owner";

/** A network or container of the daemon that a container can't be made without. */
interface Need {
  /** Where the inputs name it: `networksAdvanced[0].name`. */
  readonly path: string;
  readonly claim: Claim;
  exists(): Promise<boolean>;
}

/** What can't be had, neither from the daemon nor from this program. A network that is declared a line later is no fault. */
export async function needFaults(context: Context, engine: Engine, inputs: Properties): Promise<Fault[]> {
  const { deployment, signal } = context;
  const faults: Fault[] = [];
  for (const need of needsOf(context, engine, inputs)) {
    if (await need.exists()) continue;
    const isMade = (): boolean => deployment.isHeld(need.claim);
    const comes = await deployment.foresee(isMade, signal);
    if (comes === false) faults.push(absent(inputs, need));
    if (comes === undefined && context.isPreview) context.log(inLine(inputs, need), "warning");
  }
  return faults;
}

/** Waits for what this run is still making, and has the image pulled if nobody makes it and the daemon has none. */
export async function awaitNeeds(context: Context, engine: Engine, inputs: Properties): Promise<void> {
  const { deployment, urn, signal } = context;
  const image = textOf(inputs["image"]) ?? "";
  const hasImage = async (): Promise<boolean> => (await inspectImage(engine, image, signal)) !== undefined;
  if (!(await hasImage())) {
    const claim = imageClaim(image);
    // Where nobody makes it, it is pulled, which should not wait long.
    await deployment.foresee(() => deployment.holder(claim) !== undefined, signal, quiet);
    const maker = deployment.holder(claim);
    if (maker !== undefined) await deployment.await(maker, hasImage, signal);
  }
  await ensureImage(context, image, { platform: textOf(inputs["platform"]) });
  for (const need of needsOf(context, engine, inputs)) {
    if (await need.exists()) continue;
    await deployment.foresee(() => deployment.holder(need.claim) !== undefined, signal);
    const maker = deployment.holder(need.claim);
    if (maker === undefined || maker === urn) throw new SlipwayError(absent(inputs, need));
    const outcome = await deployment.await(maker, need.exists, signal);
    if (outcome === "met") continue;
    const problem =
      outcome === "failed"
        ? `is not there, since resource "${resourceName(maker)}" that makes it failed`
        : `is made by resource "${resourceName(maker)}", which has not begun`;
    const advice =
      outcome === "failed"
        ? "Mend that one; then run the command again."
        : "Take the name from that resource's output.";
    throw new SlipwayError({ ...absent(inputs, need), problem, advice });
  }
}

/** The networks by their names, and containers whose namespace or volumes are shared. */
function needsOf(context: Context, engine: Engine, inputs: Properties): Need[] {
  const { signal } = context;
  const network = (path: string, name: string): Need => ({
    path,
    claim: { kind: "network", name },
    exists: async () => (await inspectNetwork(engine, name, signal)) !== undefined,
  });
  const container = (path: string, name: string): Need => ({
    path,
    claim: { kind: "container", name },
    exists: async () => (await inspectContainer(engine, name, signal)) !== undefined,
  });
  const needs: Need[] = [];
  for (const [index, item] of listOf(inputs["networksAdvanced"]).entries()) {
    const name = textOf(objectOf(item)["name"]);
    if (name !== undefined) needs.push(network(`networksAdvanced[${index}].name`, name));
  }
  for (const [index, item] of listOf(inputs["volumes"]).entries()) {
    const name = textOf(objectOf(item)["fromContainer"])?.replace(/:(ro|rw)$/, "");
    if (name !== undefined) needs.push(container(`volumes[${index}].fromContainer`, name));
  }
  for (const path of ["networkMode", "ipcMode", "pidMode"] as const) {
    const mode = textOf(inputs[path]);
    const shared = /^container:(.+)$/.exec(mode ?? "")?.[1];
    if (shared !== undefined) needs.push(container(path, shared));
    else if (path === "networkMode" && mode !== undefined && !builtIn.has(mode)) needs.push(network(path, mode));
  }
  return needs;
}

/** The modes that name no network of the user's (Engine API, `HostConfig.NetworkMode`). */
const builtIn = new Set(["bridge", "default", "host", "none"]);

/** So many wait for something that is declared later that the engine can't get to it. */
function inLine(inputs: Properties, { path, claim }: Need): string {
  const place = `Container "${textOf(inputs["name"]) ?? ""}": ${path} "${claim.name}"`;
  return `${place} is not there yet. If this program makes it, take the name from that resource's output, or \`pulumi up\` can't know the order.`;
}

function absent(inputs: Properties, { path, claim }: Need): Fault {
  const made = `docker.${claim.kind === "network" ? "Network" : "Container"}`;
  return {
    subject: `Container "${textOf(inputs["name"]) ?? ""}"`,
    path,
    value: claim.name,
    problem: `is no ${claim.kind} of the daemon, and nothing in this program makes one of that name`,
    advice: `Mend the name, or declare a ${made}.`,
  };
}
