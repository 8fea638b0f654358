import { initProject } from "../toolchain/init";
import { newProject } from "../toolchain/new-project";
import { findProject } from "../toolchain/paths";

/** Prepares the user's project at or above the current folder; makes one here where there is none. */
export function init(): void {
  const found = findProject(process.cwd());
  const made = found === undefined ? newProject(process.cwd()) : [];
  const changed = [...made, ...initProject(found ?? process.cwd()).filter((name) => !made.includes(name))];
  const last = changed.at(-1);
  if (last === undefined) {
    console.log("Nothing to do: the project is prepared.");
    return;
  }
  const rest = changed.slice(0, -1).join(", ");
  console.log(`Wrote ${rest === "" ? last : `${rest} and ${last}`}; commit ${rest === "" ? "it" : "them"}.`);
  if (made.length > 0) console.log("Next: npx slipway up");
}
