import { isComposeSuccessor } from "../../resources/compose";
import { isOwnedBy, ownership } from "../../resources/ownership";
import type { Claim } from "../claims";
import type { Context } from "../resource";
import { flagOf, type Properties } from "../value";
import { labelMap } from "./look";

/** Whose a container is, as far as this run can tell, and what it is going to do about a name or port it holds. */
export type Owner =
  /** This resource's own: a predecessor, or what a killed run left. */
  | { readonly kind: "this" }
  /** Another resource of this run that holds on to it: two resources want the same, and Check refuses one of them. */
  | { readonly kind: "twin"; readonly urn: string }
  /** Another resource of this run that will not hold it any more once it is changed. */
  | { readonly kind: "leaving"; readonly urn: string }
  /** A resource that is in the state and no longer in the program: the engine deletes it when everything else is done. */
  | { readonly kind: "removed"; readonly urn: string }
  /** Nobody whom this run may touch; `urn` where it is a resource of this stack that the run leaves alone (`--target`). */
  | { readonly kind: "stranger"; readonly urn?: string };

/**
 * True for the container that compose made for the same project, service and number, where the program asks to take it over.
 * One that Slipway made is found by its own labels, or is another stack's.
 */
export function adopts(inputs: Properties, labels: Readonly<Record<string, string>> | undefined): boolean {
  return flagOf(inputs["adopt"]) === true && isComposeSuccessor(labelMap(inputs["labels"]), labels);
}

/** Whose a container is; `inputs` say whether it is to be taken over. It waits a moment for the program where that may still declare the resource it belongs to. */
export async function ownerOf(
  context: Context,
  container: { readonly id: string; readonly labels: Readonly<Record<string, string>> | undefined },
  claim: Claim,
  inputs: Properties = {},
): Promise<Owner> {
  const { deployment, urn, providerId, signal } = context;
  const { id, labels } = container;
  if (adopts(inputs, labels)) return { kind: "this" };
  const label = labels?.[ownership.urn];
  const isOfStack = label !== undefined && isOwnedBy(labels, label, providerId);
  const whose = (): string | undefined => deployment.resourceOf(id) ?? (isOfStack ? label : undefined);
  const isDeclared = (): boolean => deployment.isDeclared(whose() ?? "");
  if (whose() === undefined) return { kind: "stranger" };
  if (whose() === urn) return { kind: "this" };
  if (!isDeclared()) await deployment.foresee(isDeclared, signal);
  const other = whose() ?? "";
  if (other === urn) return { kind: "this" };
  if (isDeclared()) return { kind: deployment.holds(other, claim) ? "twin" : "leaving", urn: other };
  return deployment.isStored(other) ? { kind: "removed", urn: other } : { kind: "stranger", urn: other };
}

/** The name of a resource in the program. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
