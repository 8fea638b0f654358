import type { Fault } from "./fault";

/** The oldest Node that the Pulumi SDK takes: `engines` of @pulumi/pulumi. */
const oldest = 22;

/** What is wrong with a Node of this version, if anything is. @default the version of this process */
export function nodeFault(version: string = process.versions.node): Fault | undefined {
  if (Number(version.split(".")[0]) >= oldest) return undefined;
  return {
    subject: "Node",
    problem: `is too old: the Pulumi SDK needs ${oldest} or newer`,
    value: version,
    advice:
      "Install a newer one; or run `npm install node@24` in the project, which is then used instead of the system's.",
  };
}
