import type { SecretArgs } from "@pulumi/docker";
import type { Rules } from "./diff";
import { contentRule, dataResource, keptState } from "./swarm-data";
import { secretKind } from "./swarm-data/kind";

const rules: Rules<SecretArgs> = {
  data: contentRule,
  labels: { on: "update", unordered: true },
  name: { on: "replace" },
};

/** docker.Secret: data that a swarm hands to the tasks of services and never shows again. */
export const secret = dataResource({
  kind: secretKind,
  rules,
  secrets: ["data"],
  state: (inputs, kept) => ({ __meta: '{"schema_version":"1"}', data: inputs["data"] ?? null, ...keptState(kept) }),
  blank: { data: null, labels: [], name: null },
});
