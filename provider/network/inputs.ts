import type { NetworkArgs } from "@pulumi/docker";
import type { NetworkExtras } from "../../resources/network";
import { parseAddress, parseSubnet } from "../../values/subnet";
import type { Effect, Rules } from "../diff";
import { labelsMeaning } from "../labels";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, type Value } from "../value";

/** What Read tells Diff about a swap that did not come to its end: a program never says it, so it shows as a change. */
interface Findings {
  /** Which containers wait to be attached again, or {@link missing}. */
  readonly unfinishedSwap?: string;
}

/** The finding where the old network is gone and the new one is not there yet. */
export const missing = "the network is missing";

/** Everything that Diff compares. */
export type NetworkInputs = NetworkArgs & NetworkExtras & Findings;

const whenTrue = { on: "replace", meaning: (value: Value) => (flagOf(value) === true ? true : null) } as const;

/** The Engine can change nothing of a network: every change is a swap (swap.ts), which containers live through. */
export const rules: Rules<NetworkInputs> = {
  adopt: { on: "live", meaning: (value) => (flagOf(value) === true ? true : null) },
  attachable: whenTrue,
  driver: { on: "replace", meaning: (value) => (value === "bridge" ? null : value) },
  ingress: whenTrue,
  internal: whenTrue,
  ipamConfigs: { on: ipamEffect, meaning: (value) => listOf(value).map(configMeaning), unordered: true },
  ipamDriver: { on: "replace", meaning: (value) => (value === "default" ? null : value) },
  ipamOptions: { on: "replace" },
  ipv4: { on: "replace", meaning: (value) => (flagOf(value) === false ? false : null) },
  ipv6: whenTrue,
  labels: { on: "replace", unordered: true, meaning: labelsMeaning },
  name: { on: "replace" },
  options: { on: "replace", meaning: optionsMeaning },
  unfinishedSwap: { on: (before) => (before === missing ? "replace" : "update") },
};

/** The options that the Engine's drivers read as a boolean, in any spelling that Go's `strconv.ParseBool` takes. */
export const booleanOptions: readonly string[] = [
  "com.docker.network.bridge.enable_icc",
  "com.docker.network.bridge.enable_ip_masquerade",
  "com.docker.network.bridge.inhibit_ipv4",
];

/** The meaning of a boolean in a driver's options; undefined where it is none. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}

/** A gateway that is the subnet's first address is what the Engine chooses by itself, so saying it says nothing. */
function isChosenAnyway(block: Properties): boolean {
  const subnet = parseSubnet(textOf(block["subnet"]) ?? "");
  const gateway = parseAddress(textOf(block["gateway"]) ?? "");
  if (!isEmpty(block["ipRange"]) || !isEmpty(block["auxAddress"])) return false;
  return subnet !== undefined && gateway?.family === subnet.family && gateway.value === subnet.first + 1n;
}

function configMeaning(item: Value): Value {
  const block = objectOf(item);
  const subnet = (value: Value | undefined): Value => parseSubnet(textOf(value) ?? "")?.text ?? value ?? null;
  const address = (value: Value | undefined): Value => parseAddress(textOf(value) ?? "")?.text ?? value ?? null;
  const reserved = Object.entries(objectOf(block["auxAddress"])).filter(([name]) => name !== "__defaults");
  return withoutBlanks({
    subnet: subnet(block["subnet"]),
    ipRange: subnet(block["ipRange"]),
    gateway: isChosenAnyway(block) ? null : address(block["gateway"]),
    auxAddress: Object.fromEntries(reserved.map(([name, value]) => [name, address(value)])),
  });
}

function optionsMeaning(value: Value): Value {
  const entries = Object.entries(objectOf(value)).map(([name, item]) => {
    const meant = booleanOptions.includes(name) && typeof item === "string" ? parseBoolean(item) : undefined;
    return [name, meant === undefined ? (item ?? null) : String(meant)] as const;
  });
  return Object.fromEntries(entries);
}

/** An empty string says what an absent field says. */
function withoutBlanks(block: Properties): Properties {
  return Object.fromEntries(Object.entries(block).filter(([, value]) => value !== "" && !isEmpty(value)));
}

/** A program that names no subnet takes any, so the one that is there is what it asks for: that is so after an import too. */
function ipamEffect(_before: Value, after: Value): Effect {
  return isEmpty(after) ? "live" : "replace";
}
