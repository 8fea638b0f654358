import type * as pulumi from "@pulumi/pulumi";

/** Labels on the daemon, label to value. */
export type Labels = Readonly<Record<string, pulumi.Input<string>>>;

/** Labels as the generated classes take them. */
export function labelBlocks(labels: Labels): { label: string; value: pulumi.Input<string> }[] {
  return Object.entries(labels).map(([label, value]) => ({ label, value }));
}
