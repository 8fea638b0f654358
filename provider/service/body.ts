import type { EndpointSpec, ServiceSpec, ServiceSpecUpdateConfig, TaskSpec } from "@docker/node-sdk";
import { nanoseconds } from "../container/health-check";
import { compact, given, givenMap } from "../container/sparse";
import { labelsOf } from "../labels";
import { isEmpty, listOf, mapOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import { containerBody } from "./container-body";
import { isGlobal, replicasOf, spreadOf } from "./inputs";

/** The body of the Engine's `POST /services/create` and `…/update` for checked inputs; `labels` are ours, added to the user's. */
export function bodyOf(inputs: Properties, labels: Readonly<Record<string, string>>): ServiceSpec {
  const replicas = replicasOf(inputs);
  return compact<ServiceSpec>({
    Name: textOf(inputs["name"]),
    Labels: { ...labelsOf(inputs), ...labels },
    TaskTemplate: taskBody(objectOf(inputs["taskSpec"])),
    Mode: isGlobal(inputs["mode"]) ? { Global: {} } : { Replicated: { Replicas: replicas ?? 1 } },
    UpdateConfig: rollOutBody(inputs["updateConfig"]),
    RollbackConfig: rollOutBody(inputs["rollbackConfig"]),
    EndpointSpec: endpointBody(inputs["endpointSpec"]),
  });
}

function taskBody(task: Properties): TaskSpec {
  const networks = listOf(task["networksAdvanceds"]).map(objectOf);
  const log = objectOf(task["logDriver"]);
  return compact<TaskSpec>({
    ContainerSpec: containerBody(objectOf(task["containerSpec"])),
    Resources: resourcesBody(task["resources"]),
    RestartPolicy: restartBody(task["restartPolicy"]),
    Placement: placementBody(task["placement"]),
    ForceUpdate: numberOf(task["forceUpdate"]) ?? 0,
    Runtime: textOf(task["runtime"]) ?? "container",
    Networks: given(
      networks.map((network) =>
        compact({
          Target: textOf(network["name"]) ?? textOf(network["id"]),
          Aliases: given(textsOf(network["aliases"])),
          DriverOpts: pairs(textsOf(network["driverOpts"])),
        }),
      ),
    ),
    LogDriver: isEmpty(task["logDriver"])
      ? undefined
      : compact({ Name: textOf(log["name"]), Options: givenMap(mapOf(log["options"])) }),
  });
}

function resourcesBody(value: Value | undefined): TaskSpec["Resources"] {
  if (isEmpty(value)) return undefined;
  const limits = objectOf(objectOf(value)["limits"]);
  const reservation = objectOf(objectOf(value)["reservation"]);
  const generic = objectOf(reservation["genericResources"]);
  const split = (text: string): [kind: string, amount: string] => {
    const at = text.indexOf("=");
    return [text.slice(0, at), text.slice(at + 1)];
  };
  const resources = [
    ...textsOf(generic["discreteResourcesSpecs"]).map((text) => {
      const [Kind, amount] = split(text);
      return { DiscreteResourceSpec: { Kind, Value: Number(amount) } };
    }),
    ...textsOf(generic["namedResourcesSpecs"]).map((text) => {
      const [Kind, amount] = split(text);
      return { NamedResourceSpec: { Kind, Value: amount } };
    }),
  ];
  return compact<NonNullable<TaskSpec["Resources"]>>({
    Limits: isEmpty(limits)
      ? undefined
      : compact({ NanoCPUs: numberOf(limits["nanoCpus"]), MemoryBytes: numberOf(limits["memoryBytes"]) }),
    Reservations: isEmpty(reservation)
      ? undefined
      : compact({
          NanoCPUs: numberOf(reservation["nanoCpus"]),
          MemoryBytes: numberOf(reservation["memoryBytes"]),
          GenericResources: given(resources),
        }),
  });
}

function restartBody(value: Value | undefined): TaskSpec["RestartPolicy"] {
  if (isEmpty(value)) return undefined;
  const block = objectOf(value);
  return compact<NonNullable<TaskSpec["RestartPolicy"]>>({
    Condition: textOf(block["condition"]) as "any" | undefined,
    Delay: nanoseconds(block["delay"]),
    MaxAttempts: numberOf(block["maxAttempts"]),
    Window: nanoseconds(block["window"]),
  });
}

function placementBody(value: Value | undefined): TaskSpec["Placement"] {
  if (isEmpty(value)) return undefined;
  const block = objectOf(value);
  const platforms = listOf(block["platforms"]).map(objectOf);
  return compact<NonNullable<TaskSpec["Placement"]>>({
    Constraints: given(textsOf(block["constraints"])),
    Preferences: given(textsOf(block["prefs"]).map((text) => ({ Spread: { SpreadDescriptor: spreadOf(text) } }))),
    MaxReplicas: numberOf(block["maxReplicas"]),
    Platforms: given(
      platforms.map((one) => ({ Architecture: textOf(one["architecture"]) ?? "", OS: textOf(one["os"]) ?? "" })),
    ),
  });
}

/** What update and rollback have in common; the enumerations are checked where the inputs are. */
interface RollOut extends Omit<ServiceSpecUpdateConfig, "FailureAction" | "Order"> {
  readonly FailureAction?: "pause";
  readonly Order?: "stop-first";
}

function rollOutBody(value: Value | undefined): RollOut | undefined {
  if (isEmpty(value)) return undefined;
  const block = objectOf(value);
  const ratio = textOf(block["maxFailureRatio"]);
  return compact<RollOut>({
    Parallelism: numberOf(block["parallelism"]) ?? 1,
    Delay: nanoseconds(block["delay"]),
    FailureAction: textOf(block["failureAction"]) as "pause" | undefined,
    Monitor: nanoseconds(block["monitor"]),
    MaxFailureRatio: ratio === undefined ? undefined : Number(ratio),
    Order: textOf(block["order"]) as "stop-first" | undefined,
  });
}

function endpointBody(value: Value | undefined): EndpointSpec {
  const block = objectOf(value);
  const ports = listOf(block["ports"]).map(objectOf);
  return compact<EndpointSpec>({
    Mode: (textOf(block["mode"]) ?? "vip") as "vip",
    Ports: given(
      ports.map((port) =>
        compact({
          Name: textOf(port["name"]),
          Protocol: (textOf(port["protocol"]) ?? "tcp").toLowerCase() as "tcp",
          TargetPort: numberOf(port["targetPort"]),
          PublishedPort: numberOf(port["publishedPort"]) || undefined,
          PublishMode: (textOf(port["publishMode"]) ?? "ingress") as "ingress",
        }),
      ),
    ),
  });
}

/** `key=value` texts as a map. */
function pairs(texts: readonly string[]): Record<string, string> | undefined {
  const entries = texts.map((text) => [text.replace(/=.*/s, ""), text.replace(/^[^=]*=?/, "")] as const);
  return givenMap(Object.fromEntries(entries));
}
