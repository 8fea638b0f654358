import { isIP, SocketAddress } from "node:net";

/** An IP address as a number, so that two spellings of one address compare equal. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** The shortest spelling, such as `10.0.0.1` or `fd00::1`. */
  readonly text: string;
}

/** A subnet; host bits of the text it was read from are cleared, as the Engine does. */
export interface Subnet {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
  /** The shortest spelling, such as `10.0.0.0/24`. */
  readonly text: string;
}

/** An IPv4 or IPv6 address without zone; undefined where the text is none. */
export function parseAddress(text: string): Address | undefined {
  const version = text.includes("%") ? 0 : isIP(text);
  if (version === 4) return { family: 4, value: valueOf4(text), text };
  if (version !== 6) return undefined;
  const shortest = new SocketAddress({ address: text, family: "ipv6" }).address;
  return { family: 6, value: valueOf6(shortest), text: shortest };
}

/** A subnet in CIDR form, such as `10.0.0.0/24`; undefined where the text is none. */
export function parseSubnet(text: string): Subnet | undefined {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = parts?.[1] === undefined ? undefined : parseAddress(parts[1]);
  const prefix = Number(parts?.[2]);
  if (address === undefined || prefix > widthOf(address.family)) return undefined;
  const size = 1n << BigInt(widthOf(address.family) - prefix);
  const first = address.value - (address.value % size);
  const { family } = address;
  return { family, first, last: first + size - 1n, prefix, text: `${textOf(family, first)}/${prefix}` };
}

/** True for an address of the subnet. */
export function holdsAddress(subnet: Subnet, address: Address): boolean {
  return subnet.family === address.family && subnet.first <= address.value && address.value <= subnet.last;
}

/** True where every address of the inner one is one of the outer one. */
export function holdsSubnet(outer: Subnet, inner: Subnet): boolean {
  return outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;
}

/** True where the two have an address in common. */
export function overlaps(one: Subnet, other: Subnet): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

function valueOf4(text: string): bigint {
  return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function valueOf6(text: string): bigint {
  // The last 32 bits may be written as an IPv4 address (RFC 4291, 2.2).
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const low = tail?.[2] === undefined ? undefined : valueOf4(tail[2]);
  const plain =
    tail === null || low === undefined
      ? text
      : `${tail[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`;
  const [head = "", rest] = plain.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(rest ?? "");
  const zeros = rest === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

function textOf(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  return new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address;
}
