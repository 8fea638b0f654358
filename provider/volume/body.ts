import type { ClusterVolumeSpec, VolumeCreateOptions } from "@docker/node-sdk";
import { parseBytes } from "../../values/quantity";
import { labelsOf } from "../labels";
import { isEmpty, mapOf, objectOf, type Properties, textOf, type Value } from "../value";

/** The body of the Engine's `POST /volumes/create` for checked inputs; `labels` are ours, added to the user's. */
export function bodyOf(inputs: Properties, labels: Readonly<Record<string, string>>): VolumeCreateOptions {
  const driver = textOf(inputs["driver"]);
  return {
    Name: textOf(inputs["name"]) ?? "",
    ...(driver === undefined ? {} : { Driver: driver }),
    DriverOpts: mapOf(inputs["driverOpts"]),
    Labels: { ...labelsOf(inputs), ...labels },
    ...(isEmpty(inputs["cluster"]) ? {} : { ClusterVolumeSpec: clusterOf(objectOf(inputs["cluster"])) }),
  };
}

/** A cluster volume as the swarm takes it (Engine API 1.42, ClusterVolumeSpec). */
function clusterOf(block: Properties): ClusterVolumeSpec {
  const required = bytesOf(block["requiredBytes"]);
  const limit = bytesOf(block["limitBytes"]);
  const requisite = topologyOf(block["topologyRequired"]);
  const preferred = topologyOf(block["topologyPreferred"]);
  return {
    ...given("Group", textOf(block["group"])),
    AccessMode: {
      Scope: (textOf(block["scope"]) ?? "single") as "single",
      Sharing: (textOf(block["sharing"]) ?? "none") as "none",
      Availability: (textOf(block["availability"]) ?? "active") as "active",
      ...(textOf(block["type"]) === "block" ? { BlockVolume: {} } : { MountVolume: {} }),
      ...(required === undefined && limit === undefined
        ? {}
        : { CapacityRange: { ...given("RequiredBytes", required), ...given("LimitBytes", limit) } }),
      ...(requisite === undefined && preferred === undefined
        ? {}
        : { AccessibilityRequirements: { ...given("Requisite", requisite), ...given("Preferred", preferred) } }),
    },
  };
}

function bytesOf(value: Value | undefined): number | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : parseBytes(text);
}

/** One topology as the docker command writes it: `region=R1,zone=Z1`. */
function topologyOf(value: Value | undefined): Record<string, string>[] | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const segments = text.split(",").map((part) => [part.replace(/=.*/s, ""), part.replace(/^[^=]*=?/, "")] as const);
  return [Object.fromEntries(segments)];
}

/** A property that is there only with a value: the Engine tells an absent field from an empty one. */
function given<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  if (value === undefined) return {};
  const property: { [name in K]?: V } = {};
  property[key] = value;
  return property;
}
