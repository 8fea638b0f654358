import type { VolumeArgs } from "@pulumi/docker";
import type { VolumeExtras } from "../../resources/volume";
import { parseBytes } from "../../values/quantity";
import type { Rules } from "../diff";
import { labelsMeaning } from "../labels";
import { objectOf, textOf, type Value } from "../value";

/** Everything that Diff compares. */
export type VolumeInputs = VolumeArgs & VolumeExtras;

/**
 * The Engine can change nothing of a volume, and a new one has none of the data: each of these replacements is refused
 * (standing.ts) unless the program allows it. What only governs such changes and removals is live.
 */
export const rules: Rules<VolumeInputs> = {
  adopt: { on: "live", meaning: whenTrue },
  cluster: { on: "replace", meaning: clusterMeaning },
  driver: { on: "replace", meaning: (value) => (value === "local" ? null : value) },
  driverOpts: { on: "replace" },
  keepOnDestroy: { on: "live" },
  labels: { on: "replace", unordered: true, meaning: labelsMeaning },
  name: { on: "replace" },
  replaceDeletesData: { on: "live", meaning: whenTrue },
};

function whenTrue(value: Value): Value {
  return value === true ? true : null;
}

/** Sizes as bytes; the id is the Engine's. */
function clusterMeaning(value: Value): Value {
  const { id: _, ...block } = objectOf(value);
  const size = (item: Value | undefined): Value => parseBytes(textOf(item) ?? "") ?? item ?? null;
  return { ...block, limitBytes: size(block["limitBytes"]), requiredBytes: size(block["requiredBytes"]) };
}
