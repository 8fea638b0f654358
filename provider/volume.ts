import { randomUUID } from "node:crypto";
import type { Volume as EngineVolume } from "@docker/node-sdk";
import type { VolumeArgs } from "@pulumi/docker";
import { createVolume, inspectVolume, removeVolume } from "../daemon/volume";
import { isOwnedBy, ownershipLabels, userLabels } from "../resources/ownership";
import { SlipwayError } from "../values/fault";
import { generatedName, withDefaults } from "./check";
import type { Rules } from "./diff";
import type { Resource } from "./resource";
import { listOf, mapOf, objectOf, type Properties, textOf, unknown, type Value } from "./value";

const rules: Rules<VolumeArgs> = {
  cluster: { on: "replace" },
  driver: { on: "replace", meaning: (value) => (value === "local" ? null : value) },
  driverOpts: { on: "replace" },
  labels: { on: "replace", unordered: true },
  name: { on: "replace" },
};

/** docker.Volume: a named volume. Its id is its name, so a volume can't be replaced beside itself: data is never deleted that way. */
export const volume: Resource = {
  token: "docker:index/volume:Volume",
  rules,

  check(olds, news, request) {
    const named = textOf(news["name"]) === undefined && news["name"] !== unknown;
    return {
      inputs: withDefaults(news, named ? { name: generatedName(olds, request) } : {}),
      faults: [],
    };
  },

  plan(inputs, old) {
    const given = Object.entries(inputs).filter(([name]) => name !== "__defaults");
    return { ...(old ?? { mountpoint: unknown, driver: unknown }), ...Object.fromEntries(given) };
  },

  /** The Engine's create answers an existing volume of that name as if it had made it; that would adopt a stranger's data. */
  async create(context, inputs) {
    const engine = await context.engine();
    const name = textOf(inputs["name"]) ?? "";
    const present = await inspectVolume(engine, name, context.signal);
    if (present !== undefined && isOwnedBy(present.Labels, context.urn, context.providerId)) {
      throw new SlipwayError({
        subject: `Volume "${name}"`,
        problem: "can't be changed in place, and replacing it would delete its data",
        advice: "Take the change back, or give the changed volume a new name and move the data yourself.",
      });
    }
    if (present !== undefined) {
      throw new SlipwayError({
        subject: `Volume "${name}"`,
        problem: "is there already and does not belong to this resource",
        advice: `Choose another name, or take it over with \`pulumi import docker:index/volume:Volume NAME ${name}\`.`,
      });
    }
    const driver = textOf(inputs["driver"]);
    const made = await createVolume(
      engine,
      {
        Name: name,
        ...(driver === undefined ? {} : { Driver: driver }),
        DriverOpts: mapOf(inputs["driverOpts"]),
        Labels: { ...labelsOf(inputs), ...ownershipLabels(context.urn, context.providerId, randomUUID()) },
      },
      context.signal,
    );
    return { id: name, state: stateOf(made) };
  },

  async read(context, id, inputs) {
    const seen = await inspectVolume(await context.engine(), id, context.signal);
    if (seen === undefined) return undefined;
    const given = inputs ?? { __defaults: [], driver: seen.Driver ?? "local", name: seen.Name ?? id };
    return { id: seen.Name ?? id, inputs: given, state: stateOf(seen) };
  },

  update(_context, _id, _olds, news, state) {
    return Promise.resolve({ ...state, ...news });
  },

  async delete(context, id) {
    await removeVolume(await context.engine(), id, context.signal);
  },
};

function stateOf(seen: EngineVolume): Properties {
  const labels: Value = Object.entries(userLabels(seen.Labels)).map(([label, value]) => ({ label, value }));
  return {
    __meta: '{"schema_version":"1"}',
    cluster: null,
    driver: seen.Driver ?? "local",
    driverOpts: seen.Options ?? null,
    labels,
    mountpoint: seen.Mountpoint ?? "",
    name: seen.Name ?? "",
  };
}

function labelsOf(inputs: Properties): Record<string, string> {
  const pairs = listOf(inputs["labels"]).map(objectOf);
  return Object.fromEntries(pairs.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""]));
}
