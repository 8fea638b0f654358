import { inspectContainer } from "../../daemon/container";
import { isComposeSuccessor } from "../../resources/compose";
import type { Fault } from "../../values/fault";
import { imageFault } from "../image-source";
import type { Context } from "../resource";
import { listOf, objectOf, type Properties, textOf } from "../value";
import { abilityFaults, folderFaults, ignoredBy } from "./abilities";
import { labelMap } from "./look";
import { nameFault } from "./naming";
import { needFaults } from "./need";
import { offerFaults } from "./offer";
import { ownerOf } from "./owner";
import { podmanFaults } from "./podman";
import { conflictFault, portConflicts } from "./room";
import { nameOf } from "./standing";

/**
 * Everything about the daemon that is in a container's way and that nothing this run does can cure (reconciliation.md,
 * C10, D3): a name or a host port that a stranger has, a network that nobody makes, an image that is nowhere. What the
 * run itself frees or makes is no fault, and what is unknown in a preview is not judged.
 *
 * One question after the other: each may wait for the program to declare more, and while a call waits it is not counted
 * as under way (`Deployment.expect`).
 */
export async function verifyContainer(context: Context, inputs: Properties): Promise<Fault[]> {
  const engine = await context.engine();
  const faults: Fault[] = [];
  const name = textOf(inputs["name"]);
  const holder = name === undefined ? undefined : await inspectContainer(engine, name, context.signal);
  if (name !== undefined && holder?.Id !== undefined && nameOf(holder) === name) {
    const found = { id: holder.Id, labels: holder.Config?.Labels };
    const owner = await ownerOf(context, found, { kind: "container", name }, inputs);
    if (owner.kind === "stranger") {
      const fault = nameFault(name, holder.Id, owner.urn);
      const isTwin = isComposeSuccessor(labelMap(inputs["labels"]), found.labels);
      const advice = "Remove it, or take it over with `adopt: true` of its ComposeProject.";
      faults.push(isTwin ? { ...fault, advice } : fault);
    }
  }
  for (const conflict of await portConflicts(context, engine, inputs)) {
    const fault = conflictFault(context, inputs, conflict);
    if (fault !== undefined) faults.push(fault);
  }
  faults.push(...(await needFaults(context, engine, inputs)));
  const image = textOf(inputs["image"]);
  const subject = `Container "${name ?? ""}"`;
  faults.push(...abilityFaults(engine, inputs, subject));
  if (engine.product === "podman") faults.push(...podmanFaults(inputs, subject));
  faults.push(...(await folderFaults(engine, inputs, subject, context.signal)));
  faults.push(...(await offerFaults(context, engine, inputs, subject)));
  for (const remark of ignoredBy(engine, inputs)) context.log(remark, "warning");
  for (const [index, hook] of listOf(inputs["preStart"]).map(objectOf).entries()) {
    const reference = textOf(hook["image"]);
    const place = { subject, path: `preStart[${index}].image` };
    const fault = reference === undefined ? undefined : await imageFault(context, reference, place);
    if (fault !== undefined) faults.push(fault);
  }
  const absent = image === undefined ? undefined : await imageFault(context, image, { subject, path: "image" });
  return absent === undefined ? faults : [...faults, absent];
}
