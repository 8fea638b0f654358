import type { ContainerSummary } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer, listContainers } from "../../daemon/container";
import { type Fault, SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { type Properties, textOf } from "../value";
import { portClaim, publishes, type WantedPort, wantedPorts } from "./collision";
import { type Owner, ownerOf, resourceName } from "./owner";
import { type Standing, standingOf } from "./standing";

/** A running container that has a host port which another one wants. */
export interface PortConflict {
  readonly wanted: WantedPort;
  readonly holder: ContainerSummary;
  readonly owner: Owner;
}

/** The running containers that have a port the inputs ask for, and whose they are. */
export async function portConflicts(context: Context, engine: Engine, inputs: Properties): Promise<PortConflict[]> {
  const ports = wantedPorts(inputs);
  if (ports.length === 0) return [];
  const running = await listContainers(engine, { status: ["running", "paused", "restarting"] }, context.signal);
  const pairs = ports.flatMap((wanted) =>
    running.filter((holder) => publishes(holder, wanted)).map((holder) => ({ wanted, holder })),
  );
  const conflicts: PortConflict[] = [];
  for (const { wanted, holder } of pairs) {
    const found = { id: holder.Id ?? "", labels: holder.Labels };
    conflicts.push({ wanted, holder, owner: await ownerOf(context, found, portClaim(wanted)) });
  }
  return conflicts;
}

/**
 * Gets the host ports that other containers of this run still have. One whose own change gives the port up is waited for.
 * One whose resource is gone from the program is only deleted when everything else is done, so it is handed out to be
 * stopped by the swap; if the program declares that resource after all, `Deployment.restore` puts it back.
 */
export async function makeRoom(context: Context, engine: Engine, inputs: Properties): Promise<Map<string, Standing>> {
  const { deployment, urn, signal } = context;
  const evicted = new Map<string, Standing>();
  for (const { wanted, holder, owner } of await portConflicts(context, engine, inputs)) {
    const id = holder.Id ?? "";
    if (owner.kind === "this" || [...evicted.values()].some((standing) => standing.id === id)) continue;
    if (owner.kind === "stranger" || owner.kind === "twin")
      throw new SlipwayError(portTaken(inputs, wanted, holder, owner));
    if (owner.kind === "leaving") {
      if (deployment.isCircular(urn, owner.urn)) throw new SlipwayError(circular(inputs, wanted, owner.urn));
      const gone = async (): Promise<boolean> => (await inspectContainer(engine, id, signal))?.State?.Running !== true;
      const outcome = await deployment.await(owner.urn, gone, signal);
      if (outcome === "met") continue;
      if (outcome === "failed") throw new SlipwayError(notGivenUp(inputs, wanted, holder, owner.urn));
    }
    const seen = await inspectContainer(engine, id, signal);
    if (seen?.State?.Running === true) evicted.set(owner.urn, standingOf(seen, false));
  }
  return evicted;
}

/** A port that somebody else has, with the holder's name (reconciliation.md, C10). */
export function portTaken(inputs: Properties, wanted: WantedPort, holder: ContainerSummary, owner: Owner): Fault {
  const name = (holder.Names?.[0] ?? "").replace(/^\//, "");
  const urn = owner.kind === "this" ? undefined : owner.urn;
  const whose = urn === undefined ? "which this stack did not make" : `of resource "${resourceName(urn)}"`;
  return {
    subject: `Container "${textOf(inputs["name"]) ?? ""}"`,
    path: wanted.path,
    value: wanted.port,
    problem: `is taken by container "${name}" (${(holder.Id ?? "").slice(0, 12)}), ${whose}`,
    advice: "Publish another host port, or remove that container first.",
  };
}

/** Two resources that want each other's ports: neither can start while the other one runs. */
export function circular(inputs: Properties, wanted: WantedPort, other: string): Fault {
  return {
    subject: `Container "${textOf(inputs["name"]) ?? ""}"`,
    path: wanted.path,
    value: wanted.port,
    problem: `is to be exchanged with resource "${resourceName(other)}", and neither can go first`,
    advice: "Move one of them to a free port, run `pulumi up`, then move it to where it belongs.",
  };
}

function notGivenUp(inputs: Properties, wanted: WantedPort, holder: ContainerSummary, urn: string): Fault {
  const fault = portTaken(inputs, wanted, holder, { kind: "leaving", urn });
  return {
    ...fault,
    problem: `${fault.problem}, whose own change failed`,
    advice: "Mend that one; then run the command again.",
  };
}
