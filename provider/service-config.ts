import type { ServiceConfigArgs } from "@pulumi/docker";
import type { Rules } from "./diff";
import { contentRule, dataResource, keptState } from "./swarm-data";
import { configKind } from "./swarm-data/kind";

const rules: Rules<ServiceConfigArgs> = {
  data: contentRule,
  dataRaw: contentRule,
  labels: { on: "update", unordered: true },
  name: { on: "replace" },
};

/** docker.ServiceConfig: a file that a swarm hands to the tasks of services. */
export const serviceConfig = dataResource({
  kind: configKind,
  rules,
  state: (inputs, kept) => ({
    data: inputs["data"] ?? null,
    dataRaw: inputs["dataRaw"] ?? null,
    ...keptState(kept),
  }),
  blank: { data: null, dataRaw: null, labels: [], name: null },
});
