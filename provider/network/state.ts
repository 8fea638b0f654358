import type { IPAMConfig, NetworkInspect } from "@docker/node-sdk";
import { parseSubnet } from "../../values/subnet";
import { diffInputs, rootOf } from "../diff";
import { labelBlocks, labelList } from "../labels";
import {
  flagOf,
  givenIn,
  isEmpty,
  listOf,
  mapOf,
  objectOf,
  type Properties,
  textOf,
  unknown,
  type Value,
} from "../value";
import { rules } from "./inputs";

/** Options that the Engine adds by itself; nobody asked for them. */
const addedOptions = ["com.docker.network.driver.overlay.vxlanid_list", "com.docker.network.enable_ipv4"];

/** The state of a network as the official plugin writes it after a Read. */
export function stateOf(inputs: Properties, seen: NetworkInspect): Properties {
  const ipv4 = flagOf(inputs["ipv4"]);
  return {
    __meta: '{"schema_version":"1"}',
    attachable: seen.Attachable ?? false,
    driver: seen.Driver ?? "",
    ingress: seen.Ingress ?? false,
    internal: seen.Internal ?? false,
    ipamConfigs: (seen.IPAM?.Config ?? []).map((config) => ({ ...configOf(config) })),
    ipamDriver: textOf(inputs["ipamDriver"]) ?? seen.IPAM?.Driver ?? "default",
    ipamOptions: seen.IPAM?.Options ?? {},
    ...(ipv4 === undefined ? {} : { ipv4: seen.EnableIPv4 ?? true }),
    ipv6: seen.EnableIPv6 ?? false,
    labels: labelList(seen.Labels),
    name: seen.Name ?? "",
    options: seen.Options ?? {},
    scope: seen.Scope ?? "",
  };
}

/** The state right after a Create: there the official plugin leaves null what the program left out inside blocks it gave. */
export function createdState(inputs: Properties, seen: NetworkInspect): Properties {
  const given = listOf(inputs["ipamConfigs"]).map(objectOf);
  const configs = (seen.IPAM?.Config ?? []).map((config) => {
    const block = given.find((one) => subnetText(textOf(one["subnet"])) === subnetText(config.Subnet));
    const reserved = block === undefined || !isEmpty(block["auxAddress"]) ? (config.AuxiliaryAddresses ?? {}) : null;
    return { ...configOf(config), auxAddress: reserved };
  });
  const options = isEmpty(inputs["ipamOptions"]) ? null : (seen.IPAM?.Options ?? {});
  return { ...stateOf(inputs, seen), ipamConfigs: configs, ipamOptions: options };
}

/** What a preview can say of a network's state: inputs as given, what the daemon decides unknown. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const given = givenIn(inputs);
  if (old !== undefined) return { ...old, ...given };
  const configs = listOf(inputs["ipamConfigs"]).map((item): Properties => {
    const { auxAddress, gateway, ipRange, subnet } = objectOf(item);
    return { auxAddress: auxAddress ?? null, gateway: gateway ?? "", ipRange: ipRange ?? "", subnet: subnet ?? "" };
  });
  const open: Properties = {
    driver: unknown,
    internal: unknown,
    options: unknown,
    scope: unknown,
    ipamConfigs: unknown,
  };
  const blank = { attachable: null, ingress: null, ipamOptions: null, ipv6: null, labels: [] };
  return { ...blank, ...open, ...given, ...(configs.length === 0 ? {} : { ipamConfigs: configs }) };
}

/** The old inputs, with what differs on the daemon. What the program leaves to the Engine can't drift. */
export function drifted(inputs: Properties, seen: NetworkInspect): Properties {
  const present = presentInputs(inputs, seen);
  const changed = new Set(diffInputs(rules, inputs, present).map((change) => rootOf(change.path)));
  const kept = Object.entries(inputs).filter(([name]) => !changed.has(name));
  const found = Object.entries(present).filter(([name, value]) => changed.has(name) && !isEmpty(value));
  return Object.fromEntries([...kept, ...found]);
}

/** What a program would have to say to get this network: the inputs of an import. */
export function importedInputs(seen: NetworkInspect): Properties {
  const options = Object.entries(seen.Options ?? {}).filter(([name]) => !addedOptions.includes(name));
  const all: Properties = {
    attachable: seen.Attachable === true ? true : null,
    driver: seen.Driver ?? "bridge",
    ingress: seen.Ingress === true ? true : null,
    internal: seen.Internal === true ? true : null,
    ipamConfigs: (seen.IPAM?.Config ?? []).map((config) => ({ __defaults: [], ...givenFields(config) })),
    ipamDriver: seen.IPAM?.Driver ?? "default",
    ipamOptions: seen.IPAM?.Options ?? null,
    ipv4: seen.EnableIPv4 === false ? false : null,
    ipv6: seen.EnableIPv6 === true ? true : null,
    labels: labelBlocks(seen.Labels),
    name: seen.Name ?? "",
    options: Object.fromEntries(options),
  };
  const told = Object.entries(all).filter(([, value]) => !isEmpty(value));
  return { __defaults: [], ...Object.fromEntries(told) };
}

/** Every declared input as the daemon has it. */
function presentInputs(inputs: Properties, seen: NetworkInspect): Properties {
  const labels = labelBlocks(seen.Labels);
  return {
    // What only governs a create is as the program says.
    adopt: inputs["adopt"] ?? null,
    attachable: seen.Attachable ?? false,
    driver: seen.Driver ?? "bridge",
    ingress: seen.Ingress ?? false,
    internal: seen.Internal ?? false,
    ipamConfigs: isEmpty(inputs["ipamConfigs"]) ? null : presentConfigs(listOf(inputs["ipamConfigs"]), seen),
    ipamDriver: seen.IPAM?.Driver ?? "default",
    ipamOptions: declared(mapOf(inputs["ipamOptions"]), seen.IPAM?.Options),
    ipv4: flagOf(inputs["ipv4"]) === undefined ? null : (seen.EnableIPv4 ?? true),
    ipv6: seen.EnableIPv6 ?? false,
    labels: labels.length === 0 ? null : labels,
    name: seen.Name ?? "",
    options: declared(mapOf(inputs["options"]), seen.Options),
  };
}

/** Of the blocks that the daemon has: the declared ones without what the Engine added, in their order, then strange ones. */
function presentConfigs(given: readonly Value[], seen: NetworkInspect): Value[] {
  const left = [...(seen.IPAM?.Config ?? [])];
  const found = given.flatMap((item) => {
    const block = objectOf(item);
    const at = left.findIndex((config) => subnetText(config.Subnet) === subnetText(textOf(block["subnet"])));
    const [config] = at < 0 ? [] : left.splice(at, 1);
    if (config === undefined) return [];
    const fields = Object.entries(givenFields(config)).filter(([name]) => name !== "gateway" || !isEmpty(block[name]));
    return [{ __defaults: [], ...Object.fromEntries(fields) }];
  });
  // A subnet of a family that the program leaves to the Engine is the Engine's choice.
  const families = new Set(given.map((item) => parseSubnet(textOf(objectOf(item)["subnet"]) ?? "")?.family));
  const strange = left.filter((config) => families.has(parseSubnet(config.Subnet ?? "")?.family));
  return [...found, ...strange.map((config) => ({ __defaults: [], ...givenFields(config) }))];
}

/** The declared keys as the daemon has them; further ones are the daemon's defaults. */
function declared(given: Readonly<Record<string, string>>, seen: Readonly<Record<string, string>> | undefined): Value {
  const kept = Object.keys(given).flatMap((name) => (seen?.[name] === undefined ? [] : [[name, seen[name]] as const]));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function configOf(config: IPAMConfig): Properties {
  return {
    auxAddress: config.AuxiliaryAddresses ?? {},
    gateway: config.Gateway ?? "",
    ipRange: config.IPRange ?? "",
    subnet: config.Subnet ?? "",
  };
}

function givenFields(config: IPAMConfig): Properties {
  return Object.fromEntries(Object.entries(configOf(config)).filter(([, value]) => value !== "" && !isEmpty(value)));
}

function subnetText(text: string | undefined): string {
  return parseSubnet(text ?? "")?.text ?? text ?? "";
}
