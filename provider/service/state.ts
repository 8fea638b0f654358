import type { Service } from "@docker/node-sdk";
import { labelList } from "../labels";
import { givenIn, isEmpty, listOf, numberOf, objectOf, type Properties, textOf, unknown, type Value } from "../value";
import { withoutPinnedDigest } from "./drift";
import { isGlobal } from "./inputs";
import { endpoint, type Phase, shaped, task } from "./shape";
import { inputsOf } from "./spec";

/** The state of a service as the official plugin writes it after a Create, or after an Update and a Read. */
export function stateOf(inputs: Properties, seen: Service, phase: Phase): Properties {
  const present = inputsOf(seen.Spec ?? {});
  const told = (name: string): Value => (isEmpty(inputs[name]) ? null : givenIn(objectOf(inputs[name])));
  return {
    __meta: '{"schema_version":"2"}',
    auth: told("auth"),
    convergeConfig: told("convergeConfig"),
    endpointSpec: shaped(withChosenPorts(objectOf(present["endpointSpec"]), seen), endpoint, phase),
    labels: labelList(seen.Spec?.Labels),
    mode: modeOf(objectOf(present["mode"])),
    name: seen.Spec?.Name ?? "",
    rollbackConfig: isEmpty(inputs["rollbackConfig"]) ? null : (present["rollbackConfig"] ?? null),
    taskSpec: shaped(withoutPinnedDigest(objectOf(present["taskSpec"]), inputs), task, phase),
    updateConfig: isEmpty(inputs["updateConfig"]) ? null : (present["updateConfig"] ?? null),
  };
}

/** What a preview can say of a service's state. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const given = givenIn(inputs);
  if (old !== undefined) return { ...old, ...given };
  const blank: Properties = { auth: null, convergeConfig: null, rollbackConfig: null, updateConfig: null };
  const open: Properties = { endpointSpec: unknown, labels: unknown, mode: unknown };
  const known: Properties = {
    taskSpec: shaped(given["taskSpec"] ?? null, task, "planned"),
    ...(isEmpty(given["endpointSpec"])
      ? {}
      : { endpointSpec: shaped(given["endpointSpec"] ?? null, endpoint, "planned") }),
    ...(isEmpty(given["mode"]) ? {} : { mode: modeOf(objectOf(given["mode"])) }),
  };
  return { ...blank, ...open, ...given, ...known };
}

function modeOf(mode: Properties): Properties {
  return { global: isGlobal(mode), replicated: mode["replicated"] ?? null };
}

/** The ports as asked for, with the published one that the swarm chose where none was asked for. */
function withChosenPorts(present: Properties, seen: Service): Properties {
  const chosen = seen.Endpoint?.Ports ?? [];
  const ports = listOf(present["ports"]).map((item) => {
    const port = objectOf(item);
    if (numberOf(port["publishedPort"]) !== undefined) return port;
    const found = chosen.find(
      (one) => one.TargetPort === port["targetPort"] && one.Protocol === textOf(port["protocol"]),
    );
    return found?.PublishedPort === undefined ? port : { ...port, publishedPort: found.PublishedPort };
  });
  return { ...present, ports };
}
