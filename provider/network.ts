import { randomUUID } from "node:crypto";
import type { NetworkInspect } from "@docker/node-sdk";
import type { NetworkArgs } from "@pulumi/docker";
import { createNetwork, inspectNetwork, listNetworks, removeNetwork } from "../daemon/network";
import { ownershipLabels, userLabels } from "../resources/ownership";
import { SlipwayError } from "../values/fault";
import { generatedName, withDefaults } from "./check";
import type { Rules } from "./diff";
import type { Resource } from "./resource";
import { flagOf, listOf, mapOf, objectOf, type Properties, textOf, unknown, type Value } from "./value";

const replace = { on: "replace" } as const;
const whenTrue = { on: "replace", meaning: (value: Value) => (value === true ? true : null) } as const;

const rules: Rules<NetworkArgs> = {
  attachable: whenTrue,
  driver: { on: "replace", meaning: (value) => (value === "bridge" ? null : value) },
  ingress: whenTrue,
  internal: whenTrue,
  ipamConfigs: { on: "replace", unordered: true },
  ipamDriver: { on: "replace", meaning: (value) => (value === "default" ? null : value) },
  ipamOptions: replace,
  ipv6: whenTrue,
  labels: { on: "replace", unordered: true },
  name: replace,
  options: replace,
};

/** docker.Network: a network of the daemon, known by the id the daemon gave it. */
export const network: Resource = {
  token: "docker:index/network:Network",
  rules,

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    const defaults = { ipamDriver: "default", ...(named ? { name: generatedName(olds, request) } : {}) };
    return { inputs: withDefaults(news, defaults), faults: [] };
  },

  plan(inputs, old) {
    return { ...old, ...withoutBookkeeping(inputs) };
  },

  /** The Engine allows two networks of one name; we don't, since every later look-up by name would be a guess. */
  async create(context, inputs) {
    const engine = await context.engine();
    const name = textOf(inputs["name"]) ?? "";
    const twins = (await listNetworks(engine, { name: [name] }, context.signal)).filter((found) => found.Name === name);
    if (twins[0] !== undefined) {
      throw new SlipwayError({
        subject: `Network "${name}"`,
        problem: `is there already (id ${(twins[0].Id ?? "").slice(0, 12)}) and does not belong to this resource`,
        advice: "Choose another name, remove it, or take it over with `pulumi import`.",
      });
    }
    const labels = { ...labelsOf(inputs), ...ownershipLabels(context.urn, context.providerId, randomUUID()) };
    const configs = listOf(inputs["ipamConfigs"]).map(objectOf);
    const made = await createNetwork(
      engine,
      {
        Name: name,
        Driver: textOf(inputs["driver"]) ?? "bridge",
        Attachable: flagOf(inputs["attachable"]) ?? false,
        Ingress: flagOf(inputs["ingress"]) ?? false,
        Internal: flagOf(inputs["internal"]) ?? false,
        EnableIPv6: flagOf(inputs["ipv6"]) ?? false,
        Options: mapOf(inputs["options"]),
        Labels: labels,
        IPAM: {
          Driver: textOf(inputs["ipamDriver"]) ?? "default",
          Options: mapOf(inputs["ipamOptions"]),
          Config: configs.map((block) => ({
            ...(textOf(block["subnet"]) ? { Subnet: textOf(block["subnet"]) ?? "" } : {}),
            ...(textOf(block["ipRange"]) ? { IPRange: textOf(block["ipRange"]) ?? "" } : {}),
            ...(textOf(block["gateway"]) ? { Gateway: textOf(block["gateway"]) ?? "" } : {}),
            AuxiliaryAddresses: mapOf(block["auxAddress"]),
          })),
        },
      },
      context.signal,
    );
    const id = made.Id ?? "";
    const seen = await inspectNetwork(engine, id, context.signal);
    if (seen === undefined) throw new Error(`Network "${name}" was gone right after it was made.`);
    return { id, state: stateOf(inputs, seen) };
  },

  async read(context, id, inputs) {
    const seen = await inspectNetwork(await context.engine(), id, context.signal);
    if (seen === undefined) return undefined;
    const given = inputs ?? imported(seen);
    return { id: seen.Id ?? id, inputs: given, state: stateOf(given, seen) };
  },

  update(_context, _id, _olds, news, state) {
    return Promise.resolve({ ...state, ...withoutBookkeeping(news) });
  },

  async delete(context, id) {
    const engine = await context.engine();
    const seen = await inspectNetwork(engine, id, context.signal);
    if (seen === undefined) return;
    const holders = Object.values(seen.Containers ?? {}).map((endpoint) => endpoint.Name ?? "?");
    if (holders.length > 0) {
      throw new SlipwayError({
        subject: `Network "${seen.Name}"`,
        problem: `is still in use by ${holders.join(", ")}`,
        advice: "Remove or disconnect these containers, then run the command again.",
      });
    }
    await removeNetwork(engine, id, context.signal);
  },
};

function stateOf(inputs: Properties, seen: NetworkInspect): Properties {
  const configs = (seen.IPAM?.Config ?? []).map((config) => ({
    auxAddress: config.AuxiliaryAddresses ?? {},
    gateway: config.Gateway ?? "",
    ipRange: config.IPRange ?? "",
    subnet: config.Subnet ?? "",
  }));
  return {
    __meta: '{"schema_version":"1"}',
    attachable: seen.Attachable ?? false,
    driver: seen.Driver ?? "",
    ingress: seen.Ingress ?? false,
    internal: seen.Internal ?? false,
    ipamConfigs: configs,
    ipamDriver: textOf(inputs["ipamDriver"]) ?? "default",
    ipamOptions: seen.IPAM?.Options ?? {},
    ipv6: seen.EnableIPv6 ?? false,
    labels: labelList(seen.Labels),
    name: seen.Name ?? "",
    options: seen.Options ?? {},
    scope: seen.Scope ?? "",
  };
}

function imported(seen: NetworkInspect): Properties {
  return {
    __defaults: ["ipamDriver"],
    driver: seen.Driver ?? "bridge",
    ipamDriver: "default",
    labels: labelList(seen.Labels),
    name: seen.Name ?? "",
  };
}

function labelsOf(inputs: Properties): Record<string, string> {
  const pairs = listOf(inputs["labels"]).map(objectOf);
  return Object.fromEntries(pairs.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""]));
}

function labelList(labels: Readonly<Record<string, string>> | null | undefined): Value {
  return Object.entries(userLabels(labels)).map(([label, value]) => ({ label, value }));
}

function withoutBookkeeping(inputs: Properties): Properties {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== "__defaults"));
}
