import type { IpamPool, Network } from "../../compose/model/network";
import type { EngineNetworkArgs } from "../../resources/network";
import type { NetworkArgs } from "../network";
import { resourceLabels } from "./labels";
import type { Naming } from "./naming";
import { present } from "./present";
import { nonEmpty, nonEmptyMap } from "./process";

/** Arguments of a Network, in its own words and in the Engine's. */
export interface NetworkPlan {
  readonly args: Omit<NetworkArgs, "transform">;
  readonly engine: Partial<EngineNetworkArgs>;
}

/** A network of the project (docker/compose, create.go, `createNetwork`); `hash` is compose's of its configuration. */
export function networkPlan(key: string, network: Network, naming: Naming, hash: string, adopt: boolean): NetworkPlan {
  const pools = network.ipam.config ?? [];
  const [first] = pools;
  const isPlain = pools.length === 1 && first !== undefined && Object.keys(first).every((field) => field === "subnet");
  return {
    args: {
      name: network.name ?? key,
      ...present<NetworkArgs>({
        driver: network.driver || undefined,
        internal: network.internal === true ? true : undefined,
        subnet: isPlain ? first.subnet : undefined,
      }),
      labels: resourceLabels("network", key, naming, network.labels, hash),
    },
    engine: present<EngineNetworkArgs>({
      adopt: adopt ? true : undefined,
      attachable: network.attachable === true ? true : undefined,
      ipamConfigs: isPlain ? undefined : nonEmpty(pools.map(poolOf)),
      ipamDriver: network.ipam.driver || undefined,
      ipv4: network.enable_ipv4,
      ipv6: network.enable_ipv6 === true ? true : undefined,
      options: nonEmptyMap(network.driver_opts),
    }),
  };
}

function poolOf(pool: IpamPool) {
  return present({
    subnet: pool.subnet || undefined,
    gateway: pool.gateway || undefined,
    ipRange: pool.ip_range || undefined,
    auxAddress: nonEmptyMap(pool.aux_addresses),
  });
}
