/** What the Engine can do for a network and @pulumi/docker's NetworkArgs can't say. */
export interface NetworkExtras {
  /** IPv4 addresses on the network; Engine 28 and newer (API 1.48). @default true */
  readonly ipv4?: boolean;
}
