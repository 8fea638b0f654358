import type { ClusterVolumeSpec, Volume } from "@docker/node-sdk";
import { diffInputs, rootOf } from "../diff";
import { labelBlocks, labelList } from "../labels";
import { givenIn, isEmpty, mapOf, objectOf, type Properties, unknown, type Value } from "../value";
import { rules } from "./inputs";

/** The state of a volume as the official plugin writes it after a Read; `adopted` only where it was. */
export function stateOf(inputs: Properties, seen: Volume, isAdopted: boolean): Properties {
  const extras = Object.entries(inputs).filter(([name]) => name in rules && !shared.includes(name));
  return {
    __meta: '{"schema_version":"1"}',
    ...Object.fromEntries(extras),
    ...(isAdopted ? { adopted: true } : {}),
    cluster: clusterState(inputs, seen),
    driver: seen.Driver ?? "local",
    driverOpts: seen.Options ?? {},
    labels: labelList(seen.Labels),
    mountpoint: seen.Mountpoint ?? "",
    name: seen.Name ?? "",
  };
}

/** The inputs that the official plugin has too. */
const shared = ["cluster", "driver", "driverOpts", "labels", "name"];

/** The state right after a Create: the official plugin leaves null there what was not given. */
export function createdState(inputs: Properties, seen: Volume, isAdopted: boolean): Properties {
  const state = stateOf(inputs, seen, isAdopted);
  return isEmpty(inputs["driverOpts"]) && isEmpty(state["driverOpts"]) ? { ...state, driverOpts: null } : state;
}

/** What a preview can say of a volume's state. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const given = givenIn(inputs);
  if (old !== undefined) return { ...old, ...given };
  const blank: Properties = { cluster: null, driver: unknown, driverOpts: null, labels: [], mountpoint: unknown };
  const cluster = isEmpty(inputs["cluster"]) ? {} : { cluster: { ...openCluster, ...objectOf(given["cluster"]) } };
  return { ...blank, ...given, ...cluster };
}

const openCluster: Properties = { group: null, id: unknown, topologyPreferred: null, topologyRequired: null };

/** The old inputs, with what differs on the daemon. */
export function drifted(inputs: Properties, seen: Volume): Properties {
  const labels = labelBlocks(seen.Labels);
  const present: Properties = {
    cluster: inputs["cluster"] ?? null,
    driver: seen.Driver ?? "local",
    driverOpts: seen.Options ?? null,
    labels: labels.length === 0 ? null : labels,
    name: seen.Name ?? "",
  };
  const compared = Object.fromEntries(Object.entries(rules).filter(([name]) => shared.includes(name)));
  const changed = new Set(diffInputs(compared, inputs, present).map((change) => rootOf(change.path)));
  const kept = Object.entries(inputs).filter(([name]) => !changed.has(name));
  const found = Object.entries(present).filter(([name, value]) => changed.has(name) && !isEmpty(value));
  return Object.fromEntries([...kept, ...found]);
}

/** What a program would have to say to get this volume: the inputs of an import. */
export function importedInputs(seen: Volume): Properties {
  const all: Properties = {
    driver: seen.Driver ?? "local",
    driverOpts: mapOf({ ...seen.Options }),
    labels: labelBlocks(seen.Labels),
    name: seen.Name ?? "",
  };
  return { __defaults: [], ...Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value))) };
}

function clusterState(inputs: Properties, seen: Volume): Value {
  if (seen.ClusterVolume === undefined || isEmpty(inputs["cluster"])) return null;
  const spec: ClusterVolumeSpec | undefined = seen.ClusterVolume.Spec;
  const given = givenIn(objectOf(inputs["cluster"]));
  const group = spec?.Group ?? null;
  return { ...openCluster, ...given, group, id: seen.ClusterVolume.ID ?? "" };
}
