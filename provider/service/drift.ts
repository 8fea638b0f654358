import type { Service } from "@docker/node-sdk";
import { diffInputs, rootOf } from "../diff";
import { isEmpty, isObject, listOf, numberOf, objectOf, type Properties, textOf, type Value } from "../value";
import { maps, meaningOf, rules } from "./inputs";
import { inputsOf } from "./spec";

/** Networks of the swarm: what each can be called, by its id. */
export type NetworkNames = ReadonlyMap<string, readonly string[]>;

/**
 * The old inputs, with what differs in the swarm. What the program leaves to the swarm can't drift: the mode and its
 * replicas (an autoscaler's business), the counter of forced updates, the digest that a client pinned to a tag.
 */
export function drifted(inputs: Properties, seen: Service, networks: NetworkNames): Properties {
  const present = presentInputs(inputs, seen, networks);
  const changed = new Set(diffInputs(rules, inputs, present).map((change) => rootOf(change.path)));
  const kept = Object.entries(inputs).filter(([name]) => !changed.has(name));
  const found = Object.entries(present).filter(([name, value]) => changed.has(name) && !isEmpty(value));
  return Object.fromEntries([...kept, ...found]);
}

/** True where the tasks of a service are what the inputs ask for already. */
export function meansSameTask(inputs: Properties, seen: Service, networks: NetworkNames): boolean {
  return diffInputs({ taskSpec: rules.taskSpec }, presentInputs(inputs, seen, networks), inputs).length === 0;
}

/** What a program would have to say to get this service: the inputs of an import. */
export function importedInputs(seen: Service): Properties {
  return marked(telling(inputsOf(seen.Spec ?? {})));
}

/** Without what leaving it out says too; clients send `init: false` where nobody asked for it. */
function telling(block: Properties): Properties {
  const kept = Object.entries(block).flatMap(([name, item]): [string, Value][] => {
    const value = item ?? null;
    if (isEmpty(meaningOf(value, name)) || (name === "init" && value === false)) return [];
    return [[name, isObject(value) && !maps.includes(name) ? telling(value) : value]];
  });
  return Object.fromEntries(kept);
}

/** The task as the program names its image: somebody who updates a service by the docker command pins the tag's digest. */
export function withoutPinnedDigest(task: Properties, inputs: Properties): Properties {
  const declared = textOf(objectOf(objectOf(inputs["taskSpec"])["containerSpec"])["image"]);
  const container = objectOf(task["containerSpec"]);
  const image = textOf(container["image"]);
  if (declared === undefined || image === undefined || declared.includes("@")) return task;
  const plain = image.replace(/@sha256:[0-9a-f]{64}$/, "");
  return plain === image ? task : { ...task, containerSpec: { ...container, image: plain } };
}

/** Every input as the swarm has it, in the program's words where those mean the same. */
function presentInputs(inputs: Properties, seen: Service, networks: NetworkNames): Properties {
  const present = inputsOf(seen.Spec ?? {});
  const declared = objectOf(inputs["taskSpec"]);
  const task = withoutPinnedDigest(objectOf(present["taskSpec"]), inputs);
  return marked({
    ...present,
    auth: inputs["auth"] ?? null,
    convergeConfig: inputs["convergeConfig"] ?? null,
    endpointSpec: endpointOf(objectOf(inputs["endpointSpec"]), objectOf(present["endpointSpec"])),
    mode: isEmpty(inputs["mode"]) ? null : (present["mode"] ?? null),
    taskSpec: {
      ...task,
      containerSpec: containerOf(objectOf(declared["containerSpec"]), objectOf(task["containerSpec"])),
      forceUpdate: numberOf(declared["forceUpdate"]) === undefined ? null : (task["forceUpdate"] ?? 0),
      restartPolicy: restartOf(objectOf(declared["restartPolicy"]), objectOf(task["restartPolicy"])),
      networksAdvanceds: networksOf(listOf(declared["networksAdvanceds"]), listOf(task["networksAdvanceds"]), networks),
    },
  });
}

function endpointOf(declared: Properties, present: Properties): Value {
  const ports = present["ports"] ?? null;
  return declared["mode"] === undefined ? { ports } : { ports, mode: present["mode"] ?? "vip" };
}

/** The official plugin sends zeros for some of what was not given; and a name beside an id says nothing of its own. */
function containerOf(declared: Properties, present: Properties): Properties {
  const { init, stopGracePeriod, ...rest } = present;
  const named = (list: Value | undefined, given: Value | undefined, id: string, name: string): Value =>
    listOf(list).map((item) => {
      const block = objectOf(item);
      const own = listOf(given)
        .map(objectOf)
        .find((one) => one[id] === block[id]);
      if (own === undefined || own[name] !== undefined) return block;
      const { [name]: _, ...bare } = block;
      return bare;
    });
  const isGraceless = declared["stopGracePeriod"] === undefined && stopGracePeriod === "0s";
  return {
    ...rest,
    ...(declared["init"] === undefined && init === false ? {} : { init: init ?? null }),
    ...(isGraceless ? {} : { stopGracePeriod: stopGracePeriod ?? null }),
    configs: named(present["configs"], declared["configs"], "configId", "configName"),
    secrets: named(present["secrets"], declared["secrets"], "secretId", "secretName"),
  };
}

/** The official plugin sends a delay of zero with each update of a service that asks for none. */
function restartOf(declared: Properties, present: Properties): Properties {
  const { delay, ...rest } = present;
  return declared["delay"] === undefined && delay === "0s" ? rest : present;
}

/** The swarm keeps ids; a program may name a network by name, in either of two fields. */
function networksOf(declared: readonly Value[], present: readonly Value[], networks: NetworkNames): Value {
  return present.map((item): Properties => {
    const block = objectOf(item);
    const id = textOf(block["name"]) ?? "";
    const called = [id, ...(networks.get(id) ?? [])];
    const own = declared.map(objectOf).find((one) => called.includes(textOf(one["name"]) ?? textOf(one["id"]) ?? ""));
    if (own === undefined) return block;
    const { name: _, ...rest } = block;
    const words: Record<string, Value> = {};
    for (const key of ["id", "name"]) if (own[key] !== undefined) words[key] = own[key] ?? null;
    return { ...rest, ...words };
  });
}

/** With the bridge's list of defaults in every block, as the official plugin answers inputs. */
function marked(properties: Properties): Properties {
  const mark = (value: Value, name: string): Value => {
    if (Array.isArray(value)) return value.map((item: Value) => mark(item, name));
    if (typeof value !== "object" || value === null || maps.includes(name)) return value;
    const entries = Object.entries(objectOf(value)).map(([key, item]): [string, Value] => [
      key,
      mark(item ?? null, key),
    ]);
    return { __defaults: [], ...Object.fromEntries(entries.filter(([, item]) => item !== null)) };
  };
  return objectOf(mark(properties, ""));
}
