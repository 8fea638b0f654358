import type { Integer } from "../tree";

/** A network of the top level (compose specification, "networks"). */
export interface Network {
  /** The name on the daemon: `<project>_<key>` unless the file says one. */
  readonly name?: string;
  readonly driver?: string;
  readonly driver_opts?: Readonly<Record<string, string>>;
  /** Always there, empty when the file says nothing. */
  readonly ipam: Ipam;
  /** The network exists already and is not ours. */
  readonly external?: boolean;
  readonly internal?: boolean;
  readonly attachable?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly enable_ipv4?: boolean;
  readonly enable_ipv6?: boolean;
}

/** Address management of a network. */
export interface Ipam {
  readonly driver?: string;
  readonly config?: readonly IpamPool[];
  readonly options?: Readonly<Record<string, string>>;
}

/** One range of addresses. */
export interface IpamPool {
  /** CIDR. */
  readonly subnet?: string;
  readonly gateway?: string;
  readonly ip_range?: string;
  /** Host name to reserved address. */
  readonly aux_addresses?: Readonly<Record<string, string>>;
}

/** How a service is attached to a network. `null` in {@link Service.networks} is: with nothing special. */
export interface ServiceNetwork {
  readonly aliases?: readonly string[];
  readonly driver_opts?: Readonly<Record<string, string>>;
  /** The network with the highest number gives the default gateway. */
  readonly gw_priority?: Integer;
  readonly interface_name?: string;
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  /** The network with the highest number is connected first. */
  readonly priority?: Integer;
}
