import { isIP } from "node:net";
import { LoadFault } from "../load-fault";
import { cut } from "../text";
import { compareBytes, type Mapping, mapping, type Value } from "../tree";

/** Ports of the short form are at most this many; compose has no limit, the container has not more. */
const protocols = new Set(["tcp", "udp", "sctp"]);

/** `[[ip:]published:]target[/protocol]`, each a port or a range → the long form of each port. */
export function longPorts(text: string, path: readonly (string | number)[]): readonly Mapping[] {
  const fault = (problem: string): LoadFault =>
    new LoadFault(path, problem, text, 'Write it as "8080:80", "127.0.0.1:8080:80" or "6060:6060/udp".');
  const parts = text.split(":");
  const container = parts.at(-1) ?? "";
  const published = parts.length > 1 ? (parts.at(-2) ?? "") : "";
  const address = unbracketed(parts.slice(0, -2).join(":"));
  const { before: target, after } = cut(container, "/");
  const protocol = (after === "" ? "tcp" : after).toLowerCase();
  if (target === "") throw fault("has no port of the container");
  if (!protocols.has(protocol)) throw fault("has an unknown protocol");
  if (address === undefined || (address !== "" && !isAddress(address))) throw fault("has no valid IP address");
  const inside = rangeOf(target);
  if (inside === undefined) throw fault("has no valid port of the container");
  const outside = published === "" ? undefined : rangeOf(published);
  if (published !== "" && outside === undefined) throw fault("has no valid port of the host");
  const count = inside.last - inside.first + 1;
  if (outside !== undefined && outside.last - outside.first + 1 !== count && count > 1) {
    throw fault("has ranges of different lengths");
  }
  const made = Array.from({ length: count }, (_, index) => {
    const entries: [string, Value][] = [["mode", "ingress"]];
    if (address !== "") entries.push(["host_ip", address]);
    // Port 0 is none: what lists the ports then misses it.
    if (inside.first + index > 0) entries.push(["target", inside.first + index]);
    if (outside !== undefined) {
      const isRange = count === 1 && outside.first !== outside.last;
      entries.push(["published", isRange ? `${outside.first}-${outside.last}` : String(outside.first + index)]);
    }
    entries.push(["protocol", protocol]);
    return { key: `${inside.first + index}/${protocol}`, port: mapping(entries) };
  });
  // Compose sorts them as text: 10 stands before 9.
  return made.sort((a, b) => compareBytes(a.key, b.key)).map(({ port }) => port);
}

/** An IPv4 or IPv6 address without a zone, as Go's net.ParseIP takes it. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes("%");
}

function unbracketed(address: string): string | undefined {
  if (!address.startsWith("[")) return address;
  const match = /^\[([^[\]]*)\]$/.exec(address);
  return match?.[1];
}

function rangeOf(text: string): { readonly first: number; readonly last: number } | undefined {
  const { before, after, found } = cut(text, "-");
  const first = numberOf(before);
  const last = found ? numberOf(after) : first;
  return first === undefined || last === undefined || last < first ? undefined : { first, last };
}

function numberOf(text: string): number | undefined {
  const value = /^[-+]?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return value >= 0 && value <= 65_535 ? value : undefined;
}
