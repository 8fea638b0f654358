import type { Fault } from "../values/fault";
import type { Claim, Deployment } from "./deployment";
import type { Resource } from "./resource";
import { nameOf, subjectOf } from "./urn";
import type { Properties } from "./value";

/** Where a name that is taken stands among the inputs, and what to do. */
function remedyOf({ kind }: Claim): Pick<Fault, "path" | "advice"> {
  if (kind === "port") return { path: "ports", advice: "Publish another host port." };
  if (kind === "subnet") return { path: "ipamConfigs", advice: "Choose another subnet." };
  return { path: "name", advice: "Choose another name." };
}

/** Names that two resources of one run would hold: the second is refused, whatever the daemon has. */
export function claimFaults(deployment: Deployment, resource: Resource, urn: string, inputs: Properties): Fault[] {
  return (resource.claims?.(inputs) ?? []).flatMap((claim) => {
    const holder = deployment.claim(claim, urn);
    if (holder === undefined) return [];
    const problem = `is taken by resource "${nameOf(holder)}" of this program`;
    return [{ subject: subjectOf(urn), value: claim.name, problem, ...remedyOf(claim) }];
  });
}
