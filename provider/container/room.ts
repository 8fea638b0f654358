import type { Engine } from "../../daemon/client";
import { inspectContainer, listActive } from "../../daemon/container";
import { isHeld, type PortHolder, portHolders, publishesHere } from "../../daemon/host-port";
import { type Fault, SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { type Properties, textOf } from "../value";
import { portClaim, publishes, type WantedPort, wantedPorts } from "./collision";
import { type Owner, ownerOf, resourceName } from "./owner";
import { nameOf, type Standing, standingOf } from "./standing";

/** Something that has a host port which a container wants. */
export interface PortConflict {
  readonly wanted: WantedPort;
  /** The holder's name for the user: `container "web" (0123456789ab)`, `process 1234 (nginx)`. */
  readonly holder: string;
  /** Set where it is a container of this daemon. */
  readonly id?: string;
  readonly owner: Owner;
}

/** What has a port that the inputs ask for: containers of the daemon, and processes of the host where it publishes there. */
export async function portConflicts(context: Context, engine: Engine, inputs: Properties): Promise<PortConflict[]> {
  const ports = wantedPorts(inputs);
  if (ports.length === 0) return [];
  const running = await listActive(engine, {}, context.signal);
  const conflicts: PortConflict[] = [];
  for (const wanted of ports) {
    const holders = running.filter((container) => publishes(container, wanted));
    for (const { Id: id = "", Names, Labels } of holders) {
      const owner = await ownerOf(context, { id, labels: Labels }, portClaim(wanted), inputs);
      conflicts.push({ wanted, id, owner, holder: containerText((Names?.[0] ?? "").replace(/^\//, ""), id) });
    }
    if (holders.length === 0) conflicts.push(...(await processConflicts(context, engine, inputs, wanted)));
  }
  return conflicts;
}

/**
 * Gets the host ports that other containers of this run still have. One whose own change gives the port up is waited for.
 * One whose resource is gone from the program is only deleted when everything else is done, so it is handed out to be
 * stopped by the swap; if the program declares that resource after all, `Deployment.restore` puts it back.
 */
export async function makeRoom(context: Context, engine: Engine, inputs: Properties): Promise<Map<string, Standing>> {
  const { deployment, signal } = context;
  const evicted = new Map<string, Standing>();
  for (const conflict of await portConflicts(context, engine, inputs)) {
    const { owner, id } = conflict;
    if (owner.kind === "this" || id === undefined || [...evicted.values()].some((one) => one.id === id)) continue;
    const fault = conflictFault(context, inputs, conflict);
    if (fault !== undefined || owner.kind === "stranger" || owner.kind === "twin") {
      throw new SlipwayError(fault ?? portTaken(inputs, conflict));
    }
    if (owner.kind === "leaving") {
      const gone = async (): Promise<boolean> => (await inspectContainer(engine, id, signal))?.State?.Running !== true;
      const outcome = await deployment.await(owner.urn, gone, signal);
      if (outcome === "met") continue;
      if (outcome === "failed") throw new SlipwayError(notGivenUp(inputs, conflict));
    }
    const seen = await inspectContainer(engine, id, signal);
    if (seen?.State?.Running === true) evicted.set(owner.urn, standingOf(seen, false));
  }
  return evicted;
}

/** What is wrong with a conflict that nothing in this run cures; undefined where this run does. */
export function conflictFault(context: Context, inputs: Properties, conflict: PortConflict): Fault | undefined {
  const { owner } = conflict;
  if (owner.kind === "stranger") return portTaken(inputs, conflict);
  // Two resources that exchange their ports: neither can start while the other one runs.
  if (owner.kind !== "leaving" || !context.deployment.isCircular(context.urn, owner.urn)) return undefined;
  return {
    ...placeOf(inputs, conflict),
    problem: `is to be exchanged with resource "${resourceName(owner.urn)}", and neither can go first`,
    advice: "Move one of them to a free port, run `pulumi up`, then move it to where it belongs.",
  };
}

/** Processes of this host, such as a web server of its own, or a container in the host's network. */
async function processConflicts(
  context: Context,
  engine: Engine,
  inputs: Properties,
  wanted: WantedPort,
): Promise<PortConflict[]> {
  if (!(await publishesHere(engine.endpoint))) return [];
  const conflicts: PortConflict[] = [];
  for (const found of await portHolders(wanted)) {
    if (!(await isHeld(wanted.ip, wanted, found))) continue;
    const id = found.process?.containerId;
    const seen = id === undefined ? undefined : await inspectContainer(engine, id, context.signal);
    if (seen?.Id === undefined) {
      conflicts.push({ wanted, holder: processText(found), owner: { kind: "stranger" } });
      continue;
    }
    const owner = await ownerOf(context, { id: seen.Id, labels: seen.Config?.Labels }, portClaim(wanted), inputs);
    conflicts.push({ wanted, id: seen.Id, owner, holder: containerText(nameOf(seen), seen.Id) });
  }
  return conflicts;
}

function containerText(name: string, id: string): string {
  return `container "${name}" (${id.slice(0, 12)})`;
}

function processText({ process }: PortHolder): string {
  if (process === undefined) return "another process of this host (only root can see which)";
  return `process ${process.id} (${process.command}) of this host`;
}

function placeOf(inputs: Properties, { wanted }: PortConflict): Pick<Fault, "subject" | "path" | "value"> {
  return { subject: `Container "${textOf(inputs["name"]) ?? ""}"`, path: wanted.path, value: wanted.port };
}

/** A port that somebody else has, with the holder's name (reconciliation.md, C10). */
function portTaken(inputs: Properties, conflict: PortConflict): Fault {
  const { owner, holder, id } = conflict;
  const urn = owner.kind === "this" ? undefined : owner.urn;
  const whose = urn === undefined ? "which this stack did not make" : `of resource "${resourceName(urn)}"`;
  return {
    ...placeOf(inputs, conflict),
    problem: `is taken by ${holder}${id === undefined ? "" : `, ${whose}`}`,
    advice: `Publish another host port, or ${id === undefined ? "stop that process" : "remove that container"} first.`,
  };
}

function notGivenUp(inputs: Properties, conflict: PortConflict): Fault {
  const { problem } = portTaken(inputs, conflict);
  const advice = "Mend that one; then run the command again.";
  return { ...placeOf(inputs, conflict), problem: `${problem}, whose own change failed`, advice };
}
