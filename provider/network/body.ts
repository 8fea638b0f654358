import type { IPAMConfig, NetworkCreateRequest, NetworkInspect } from "@docker/node-sdk";
import { parseSubnet } from "../../values/subnet";
import { labelsOf } from "../labels";
import { flagOf, listOf, mapOf, objectOf, type Properties, textOf, type Value } from "../value";

/** The body of the Engine's `POST /networks/create` for checked inputs; `labels` are ours, added to the user's. */
export function bodyOf(inputs: Properties, labels: Readonly<Record<string, string>>): NetworkCreateRequest {
  const ipv4 = flagOf(inputs["ipv4"]);
  return {
    Name: textOf(inputs["name"]) ?? "",
    Driver: textOf(inputs["driver"]) ?? "bridge",
    Attachable: flagOf(inputs["attachable"]) ?? false,
    Ingress: flagOf(inputs["ingress"]) ?? false,
    Internal: flagOf(inputs["internal"]) ?? false,
    EnableIPv6: flagOf(inputs["ipv6"]) ?? false,
    ...(ipv4 === undefined ? {} : { EnableIPv4: ipv4 }),
    Options: mapOf(inputs["options"]),
    Labels: { ...labelsOf(inputs), ...labels },
    IPAM: {
      Driver: textOf(inputs["ipamDriver"]) ?? "default",
      Options: mapOf(inputs["ipamOptions"]),
      Config: listOf(inputs["ipamConfigs"]).map(configOf),
    },
  };
}

/** The body that makes a network like one that was there; `labels` are added to its own. */
export function bodyLike(seen: NetworkInspect, labels: Readonly<Record<string, string>>): NetworkCreateRequest {
  return {
    Name: seen.Name ?? "",
    Driver: seen.Driver ?? "bridge",
    Attachable: seen.Attachable ?? false,
    Ingress: seen.Ingress ?? false,
    Internal: seen.Internal ?? false,
    EnableIPv6: seen.EnableIPv6 ?? false,
    ...(seen.EnableIPv4 === undefined ? {} : { EnableIPv4: seen.EnableIPv4 }),
    Options: seen.Options ?? {},
    Labels: { ...seen.Labels, ...labels },
    IPAM: {
      Driver: seen.IPAM?.Driver ?? "default",
      Options: seen.IPAM?.Options ?? {},
      Config: seen.IPAM?.Config ?? [],
    },
  };
}

/** Engine 26 and newer refuses a subnet or range with host bits, older ones clear them: we clear them for all. */
function configOf(item: Value): IPAMConfig {
  const block = objectOf(item);
  const cidr = (value: Value | undefined): string | undefined => {
    const text = textOf(value);
    return text === undefined ? undefined : (parseSubnet(text)?.text ?? text);
  };
  const subnet = cidr(block["subnet"]);
  const range = cidr(block["ipRange"]);
  const gateway = textOf(block["gateway"]);
  const reserved = mapOf(block["auxAddress"]);
  return {
    ...(subnet === undefined ? {} : { Subnet: subnet }),
    ...(range === undefined ? {} : { IPRange: range }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
    ...(Object.keys(reserved).length === 0 ? {} : { AuxiliaryAddresses: reserved }),
  };
}
