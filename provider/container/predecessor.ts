import type { ContainerInspectResponse, ContainerSummary } from "@docker/node-sdk";
import type { Engine } from "../../daemon/client";
import { inspectContainer, listContainers } from "../../daemon/container";
import { composeIdentity, isComposeSuccessor } from "../../resources/compose";
import { isOwnedBy, ownership } from "../../resources/ownership";
import { diffInputs } from "../diff";
import type { Context } from "../resource";
import { flagOf, isEmpty, type Properties, textOf } from "../value";
import { driftedInputs, lookAt } from "./drift";
import { ownedContainers } from "./glance";
import { rules } from "./inputs";
import { labelMap } from "./look";
import { nameTaken, temporaryKind } from "./naming";
import { adopts, ownerOf } from "./owner";
import { nameOf } from "./standing";
import { stateOf } from "./state";

type Inspect = ContainerInspectResponse;

/** What there is of a resource before its container is made. */
export interface Predecessors {
  /** The container that is to be replaced; the engine deletes it afterwards if it is in the state. */
  readonly old: Inspect | undefined;
  /** Everything else of this resource, such as an older one that waits for its deletion. */
  readonly others: readonly Inspect[];
  /** Those of `old` and `others` that only a killed run can have left: the state does not know them. */
  readonly leftovers: readonly Inspect[];
  /** The one among them that has the name and belongs to a resource which the program no longer has. */
  readonly moved: Inspect | undefined;
  /** What compose made for the same project, service and number, where the program asks to take it over (`adopt`). */
  readonly adopted: Inspect | undefined;
  /** False where a container has the wanted name, one of these or one of another resource that gives it up. */
  readonly isNameFree: boolean;
}

/**
 * Finds what there is of a resource: by the ids that the state holds (containers of the official plugin carry no label),
 * by the ownership labels, and by the name, where its holder belongs to a resource that the program no longer has: then
 * the resource was renamed (reconciliation.md, A4). A name that somebody else has is refused.
 */
export async function predecessors(context: Context, engine: Engine, inputs: Properties): Promise<Predecessors> {
  const { deployment, urn } = context;
  const name = textOf(inputs["name"]) ?? "";
  const ids = deployment.idsOf(urn).filter((id) => (deployment.resourceOf(id) ?? urn) === urn);
  const [known, owned, byName] = await Promise.all([
    inspectAll(context, engine, ids),
    ownedOnes(context, engine, ids, name),
    inspectContainer(engine, name, context.signal),
  ]);
  const found = new Map([...known, ...owned].map((seen) => [seen.Id ?? "", seen]));
  const holder = byName === undefined || nameOf(byName) !== name ? undefined : byName;
  let moved: Inspect | undefined;
  if (holder?.Id !== undefined && !found.has(holder.Id)) {
    const whose = { id: holder.Id, labels: holder.Config?.Labels };
    const owner = await ownerOf(context, whose, { kind: "container", name }, inputs);
    if (owner.kind === "stranger" || owner.kind === "twin") throw nameTaken(name, holder.Id, owner.urn);
    if (owner.kind === "removed") moved = holder;
  }
  const adopted = await adoptedOne(context, engine, inputs, [...found.keys()]);
  const further = [moved, adopted].filter((seen) => seen !== undefined);
  const all = [...found.values(), ...further];
  const old = known[0] ?? moved ?? adopted ?? owned.find(isRunning) ?? owned[0];
  const leftovers = owned.filter((seen) => !ids.includes(seen.Id ?? ""));
  return {
    old,
    others: all.filter((seen) => seen !== old),
    leftovers,
    isNameFree: holder === undefined,
    moved,
    adopted,
  };
}

/** The container of a compose project that is to be taken over; its name may be one that compose gave for the time being. */
async function adoptedOne(
  context: Context,
  engine: Engine,
  inputs: Properties,
  known: readonly string[],
): Promise<Inspect | undefined> {
  const found = await composeTwins(context, engine, inputs);
  const fits = found.find((one) => adopts(inputs, one.Labels) && !known.includes(one.Id ?? ""));
  return fits?.Id === undefined ? undefined : inspectContainer(engine, fits.Id, context.signal);
}

/** The containers of the same compose project, service and number; none for a container that is of no compose project. */
async function composeTwins(context: Context, engine: Engine, inputs: Properties): Promise<ContainerSummary[]> {
  const identity = composeIdentity(labelMap(inputs["labels"]));
  if (identity === undefined) return [];
  const label = Object.entries(identity).map(([name, value]) => `${name}=${value}`);
  return listContainers(engine, { label }, context.signal);
}

/**
 * What a killed run left beside the container that the state knows: a Read tells of it, and the next Update removes it.
 * One with the name of a container that was replaced waits for its deletion, which the engine will order. All Reads of a
 * run share one look at the daemon.
 */
export async function leftBeside(context: Context, engine: Engine, id: string): Promise<Leftover[]> {
  const found = (await ownedContainers(context, engine)).map((one) => ({
    id: one.Id ?? "",
    name: (one.Names?.[0] ?? "").replace(/^\//, ""),
    labels: one.Labels ?? {},
  }));
  return found.filter((one) => {
    const isOwn = one.labels[ownership.urn] === context.urn || one.labels[ownership.replaces] === id;
    if (!isOwn || one.id === id || context.deployment.resourceOf(one.id) !== undefined) return false;
    const kind = temporaryKind(one.name, one.id, one.labels);
    return kind !== "old" && (kind === "next" || one.labels[ownership.replaces] === id);
  });
}

/** A container that a killed run left. */
export interface Leftover {
  readonly id: string;
  readonly name: string;
}

/**
 * What of a resource runs, or else is there: what a swap left behind when the state missed it, or what compose made anew for
 * the same project, service and number.
 */
export async function successorOf(context: Context, inputs: Properties): Promise<Inspect | undefined> {
  const engine = await context.engine();
  const own = await ownSuccessor(context, engine);
  if (own !== undefined) return own;
  const wanted = labelMap(inputs["labels"]);
  const twins = await composeTwins(context, engine, inputs);
  const next = twins.find((one) => isComposeSuccessor(wanted, one.Labels));
  return next?.Id === undefined ? undefined : inspectContainer(engine, next.Id, context.signal);
}

async function ownSuccessor(context: Context, engine: Engine): Promise<Inspect | undefined> {
  const owned = await listContainers(engine, { label: labelsOf(context) }, context.signal);
  const mine = owned.filter((found) => {
    const whose = context.deployment.resourceOf(found.Id ?? "") ?? context.urn;
    return whose === context.urn && isOwnedBy(found.Labels, context.urn, context.providerId);
  });
  const running = mine.find((found) => found.State === "running") ?? mine[0];
  return running?.Id === undefined ? undefined : inspectContainer(engine, running.Id, context.signal);
}

/**
 * The containers that carry this resource's labels, or were made to replace one of `ids`. After a resource was renamed
 * its object still carries the old URN; so a label alone says too little, and only these count: one that has the wanted
 * name, one with a temporary name, and one that was made to replace an object of this resource.
 */
async function ownedOnes(context: Context, engine: Engine, ids: readonly string[], name: string): Promise<Inspect[]> {
  const replacing = ids.map((id) => [`${ownership.replaces}=${id}`, `${ownership.provider}=${context.providerId}`]);
  const questions = [labelsOf(context), ...replacing];
  const answers = await Promise.all(questions.map((label) => listContainers(engine, { label }, context.signal)));
  const found = answers.flat().filter((one) => {
    const id = one.Id ?? "";
    const own = (one.Names?.[0] ?? "").replace(/^\//, "");
    if ((context.deployment.resourceOf(id) ?? context.urn) !== context.urn) return false;
    return (
      own === name ||
      temporaryKind(own, id, one.Labels) !== undefined ||
      ids.includes(one.Labels?.[ownership.replaces] ?? "")
    );
  });
  const unique = [...new Set(found.map((one) => one.Id ?? ""))].filter((id) => !ids.includes(id));
  return inspectAll(context, engine, unique);
}

function labelsOf(context: Context): string[] {
  return [`${ownership.urn}=${context.urn}`, `${ownership.provider}=${context.providerId}`];
}

/** One that runs and has nothing that only a new container could change; what can be changed in place may differ. */
export async function fitting(
  context: Context,
  engine: Engine,
  inputs: Properties,
  candidates: readonly Inspect[],
  adopted?: Inspect,
): Promise<Inspect | undefined> {
  // What the daemon keeps nothing of can't be compared.
  const blind = Object.entries(rules).some(
    ([name, rule]) => rule.has === undefined && rule.on === "replace" && !isEmpty(inputs[name]),
  );
  if (blind) return undefined;
  // One of compose's that need not run is taken as it is; one that should, and has ended, is started.
  const counts = (one: Inspect): boolean => isRunning(one) || hasCompleted(one, inputs) || one === adopted;
  for (const seen of candidates.filter(counts)) {
    const look = await lookAt(engine, seen, inputs, stateOf(inputs, seen), context.signal);
    const changes = diffInputs(rules, driftedInputs(look, false), inputs);
    if (changes.every((change) => change.effect !== "replace")) return seen;
  }
  return undefined;
}

/** A job that a killed run began and that has ended well since is not run twice. */
function hasCompleted({ State }: Inspect, inputs: Properties): boolean {
  const isEnd = State?.Status === "exited" && State.ExitCode === 0;
  return (flagOf(inputs["mustComplete"]) === true || flagOf(inputs["mayEnd"]) === true) && isEnd;
}

function isRunning(seen: Inspect): boolean {
  return seen.State?.Running === true && seen.State.Restarting !== true && seen.State.Paused !== true;
}

async function inspectAll(context: Context, engine: Engine, ids: readonly string[]): Promise<Inspect[]> {
  const seen = await Promise.all(ids.map((id) => inspectContainer(engine, id, context.signal)));
  return seen.filter((one) => one !== undefined);
}
