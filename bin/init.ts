import { initProject } from "../toolchain/init";
import { requireProject } from "../toolchain/paths";

/** Prepares the user's project at or above the current folder. */
export function init(): void {
  const changed = initProject(requireProject(process.cwd()));
  if (changed.length === 0) console.log("Nothing to do: the project is prepared.");
  else console.log(`Wrote ${changed.join(" and ")}; commit ${changed.length === 1 ? "it" : "them"}.`);
}
