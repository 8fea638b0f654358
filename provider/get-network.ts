import { EngineError } from "../daemon/client";
import { inspectNetwork } from "../daemon/network";
import { SlipwayError } from "../values/fault";
import type { ProviderFunction } from "./function";
import { textOf } from "./value";

/** docker.getNetwork: a network that is there, by name or id. */
export const getNetwork: ProviderFunction = {
  token: "docker:index/getNetwork:getNetwork",

  async call(context, args) {
    const name = textOf(args["name"]);
    if (name === undefined) throw new SlipwayError({ subject: "getNetwork", path: "name", problem: "is missing" });
    const seen = await inspectNetwork(await context.engine(), name, context.signal).catch((error: unknown) => {
      // Two networks of one name: the Engine allows it, and can't say which is meant.
      if (!(error instanceof EngineError) || !/ambiguous/.test(error.message)) throw error;
      const advice = "Name it by its id.";
      throw new SlipwayError({ subject: "getNetwork", path: "name", value: name, problem: error.message, advice });
    });
    if (seen === undefined) {
      const advice = "`docker network ls` lists what is there; one that this program makes is known by the resource.";
      throw new SlipwayError({
        subject: "getNetwork",
        path: "name",
        value: name,
        problem: "is no network here",
        advice,
      });
    }
    return {
      containers: Object.entries(seen.Containers ?? {}).map(([containerId, endpoint]) => ({
        containerId,
        endpointId: endpoint.EndpointID ?? "",
        ipv4Address: endpoint.IPv4Address ?? "",
        ipv6Address: endpoint.IPv6Address ?? "",
        macAddress: endpoint.MacAddress ?? "",
        name: endpoint.Name ?? "",
      })),
      driver: seen.Driver ?? "",
      id: seen.Id ?? "",
      internal: seen.Internal ?? false,
      ipamConfigs: (seen.IPAM?.Config ?? []).map((config) => ({
        auxAddress: config.AuxiliaryAddresses ?? {},
        gateway: config.Gateway ?? "",
        ipRange: config.IPRange ?? "",
        subnet: config.Subnet ?? "",
      })),
      name,
      options: seen.Options ?? {},
      scope: seen.Scope ?? "",
    };
  },
};
