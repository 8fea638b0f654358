import type { Volume } from "@docker/node-sdk";
import { inspectVolume } from "../../daemon/volume";
import { ownership } from "../../resources/ownership";
import type { Fault } from "../../values/fault";
import { diffInputs, rootOf } from "../diff";
import type { Context } from "../resource";
import { typeOf } from "../urn";
import { flagOf, listOf, type Properties, textOf } from "../value";
import { rules } from "./inputs";
import { drifted } from "./state";

/** The type of docker.Volume. */
export const token = "docker:index/volume:Volume";

/** What the daemon has where a volume is to be. */
export interface Standing {
  /** The volume of that name. */
  readonly present: Volume | undefined;
  /** It belongs to this stack: by its label, or by the state. */
  readonly isOwn: boolean;
  /** The volume that the state holds under another name: its data stays behind. */
  readonly former: Volume | undefined;
}

/** Looks at what is there. */
export async function lookAround(context: Context, inputs: Properties): Promise<Standing> {
  const engine = await context.engine();
  const name = textOf(inputs["name"]) ?? "";
  const known = context.deployment.seen.get(context.urn);
  const former = known === undefined || known === name ? undefined : await inspectVolume(engine, known, context.signal);
  const present = name === "" ? undefined : await inspectVolume(engine, name, context.signal);
  const isOurs = present?.Labels?.[ownership.provider] === context.providerId;
  const volumes = [...context.deployment.seen].filter(([urn]) => typeOf(urn) === token);
  const inState = volumes.some(([, id]) => id === name);
  return { present, isOwn: present !== undefined && (isOurs || inState), former };
}

/** Everything that would take over a stranger's data, or lose data that the program has not given up. */
export function standingFaults(subject: string, inputs: Properties, standing: Standing): Fault[] {
  const { present, isOwn, former } = standing;
  if (present !== undefined && !isOwn && flagOf(inputs["adopt"]) !== true) return [strangerFault(subject, present)];
  if (flagOf(inputs["replaceDeletesData"]) === true && (present === undefined || isOwn)) return [];
  const changed = present === undefined ? [] : changeFaults(subject, inputs, present);
  if (former === undefined || flagOf(inputs["keepOnDestroy"]) === true) return changed;
  // A generated name is a new one at every replacement: what asked for that is another input.
  const isGenerated = listOf(inputs["__defaults"]).includes("name");
  const causes = isGenerated ? changeFaults(subject, { ...inputs, name: former.Name }, former) : [];
  return [...changed, ...(causes.length > 0 ? causes : [renameFault(subject, inputs, former)])];
}

/** The inputs that the volume on the daemon does not meet. */
export function changedInputs(inputs: Properties, present: Volume): string[] {
  const { adopt: _a, keepOnDestroy: _k, replaceDeletesData: _r, ...fixed } = rules;
  return [...new Set(diffInputs(fixed, drifted(inputs, present), inputs).map((change) => rootOf(change.path)))];
}

function changeFaults(subject: string, inputs: Properties, present: Volume): Fault[] {
  const now = drifted(inputs, present);
  return changedInputs(inputs, present).map((path) => ({
    subject,
    path,
    problem: `is ${shown(now[path])} on the daemon and ${shown(inputs[path])} in the program. The Engine can't change a volume, and a new one would not have its data`,
    advice:
      `Take the change back, or let it be with \`ignoreChanges: ["${path}"]\`; or give the data up with ` +
      "`replaceDeletesData: true` (slipway's EngineVolume).",
  }));
}

function renameFault(subject: string, inputs: Properties, former: Volume): Fault {
  return {
    subject,
    path: "name",
    value: textOf(inputs["name"]) ?? "",
    problem: `is another volume than "${former.Name}", which would be deleted with its data`,
    advice:
      `Keep the name; or leave "${former.Name}" where it is with \`keepOnDestroy: true\`, or give its data up with ` +
      "`replaceDeletesData: true` (slipway's EngineVolume).",
  };
}

function strangerFault(subject: string, present: Volume): Fault {
  const labels = present.Labels ?? {};
  const urn = labels[ownership.urn]?.split("::");
  const project = labels["com.docker.compose.project"];
  const compose = project === undefined ? "" : ` (of compose project ${project})`;
  const whose =
    urn === undefined ? compose : ` (of resource "${urn.at(-1)}" of project ${urn[1]}, another stack or clone)`;
  return {
    subject,
    path: "name",
    value: present.Name ?? "",
    problem: `is the name of a volume that is there already${whose}`,
    advice:
      `Choose another name, or take it over with \`pulumi import docker:index/volume:Volume NAME ${present.Name}\` ` +
      "or `adopt: true` (slipway's EngineVolume).",
  };
}

function shown(value: Properties[string]): string {
  if (value === undefined || value === null) return "not set";
  return typeof value === "string"
    ? `"${value}"`
    : JSON.stringify(value, (key, item) => (key === "__defaults" ? undefined : item));
}
