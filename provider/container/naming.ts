import type { Engine } from "../../daemon/client";
import { inspectContainer, renameContainer } from "../../daemon/container";
import { ownership } from "../../resources/ownership";
import { SlipwayError } from "../../values/fault";
import type { Context } from "../resource";
import { ownerOf } from "./owner";
import { nameOf } from "./standing";

/** The name under which a container is made while another one still has its name. */
export function nextName(name: string, attempt: string): string {
  return `${name}-next-${attempt.slice(0, 8)}`;
}

/** The name of a container whose name another one takes. */
export function oldName(name: string, id: string): string {
  return `${name}-old-${id.slice(0, 8)}`;
}

/**
 * Which name a swap gave for the time being, if the name is one: it carries the container's own attempt (`next`) or id
 * (`old`), so nobody else's name is taken for one.
 */
export function temporaryKind(
  name: string,
  id: string,
  labels: Readonly<Record<string, string>> | undefined,
): "next" | "old" | undefined {
  const [, kind, mark] = /-(next|old)-([0-9a-f]{8})$/.exec(name) ?? [];
  if (kind === "old" && id.startsWith(mark ?? "-")) return "old";
  return kind === "next" && labels?.[ownership.attempt]?.startsWith(mark ?? "-") === true ? "next" : undefined;
}

/**
 * Gives a container its name. Where another container of this run still has it, that one gets a temporary name: it is
 * about to be removed, or its own change names it anew, so two containers that swap their names both get there. One
 * renaming at a time, or two of them would take each other's name between the look and the deed.
 */
export async function takeName(context: Context, engine: Engine, id: string, name: string): Promise<void> {
  await context.deployment.inTurn(async () => {
    const holder = await inspectContainer(engine, name);
    if (holder?.Id === id) return;
    // The Engine finds a container by a prefix of its id too; such a one does not have the name.
    if (holder?.Id !== undefined && nameOf(holder) === name) {
      const found = { id: holder.Id, labels: holder.Config?.Labels };
      const owner = await ownerOf(context, found, { kind: "container", name });
      if (owner.kind === "stranger" || owner.kind === "twin") throw nameTaken(name, holder.Id, owner.urn);
      await renameContainer(engine, holder.Id, oldName(name, holder.Id));
    }
    await renameContainer(engine, id, name);
  });
}

/** The refusal of a name that belongs to somebody else (reconciliation.md, D3). */
export function nameTaken(name: string, id: string, urn: string | undefined): SlipwayError {
  return new SlipwayError(nameFault(name, id, urn));
}

/** {@link nameTaken} as a fault. */
export function nameFault(name: string, id: string, urn: string | undefined) {
  const whose = urn === undefined ? "which this stack did not make" : `of resource "${urn.split("::").at(-1)}"`;
  const advice =
    urn === undefined
      ? `Choose another name, remove that container, or take it over: \`pulumi import docker:index/container:Container NAME ${id.slice(0, 12)}\`.`
      : "Choose another name, or let the run include that resource.";
  const problem = `belongs to container ${id.slice(0, 12)}, ${whose}`;
  return { subject: `Container "${name}"`, path: "name", value: name, problem, advice };
}
