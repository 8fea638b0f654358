import { readdir, readFile, readlink, realpath } from "node:fs/promises";
import { createServer } from "node:net";
import { basename } from "node:path";
import type { Endpoint } from "./endpoint";

/** A process of this host that holds a port. */
export interface PortHolder {
  /** The address it is bound to, such as `0.0.0.0` or `::`. */
  readonly ip: string;
  /** Undefined where this user may not see it. */
  readonly process?: { readonly id: number; readonly command: string; readonly containerId?: string };
}

/** A port of the host. */
export interface HostPort {
  readonly port: number;
  readonly protocol: string;
}

/**
 * True where the daemon publishes ports in this process's own network: its socket is listed among those that listen
 * here. In a container that was given the host's socket, behind a rootless daemon or a virtual machine it is not, and
 * what listens here says nothing about the daemon's ports. The kernel lists sockets by network namespace (proc(5)).
 */
export async function publishesHere(endpoint: Endpoint): Promise<boolean> {
  if (endpoint.kind !== "unix") return false;
  const [sockets, path] = await Promise.all([optional("/proc/net/unix"), resolved(endpoint.path)]);
  const bound = [...sockets.matchAll(/^\S+ \S+ \S+ 00010000 \S+ \S+ +\S+ (\/.*)$/gm)].map((match) => match[1] ?? "");
  const same = bound.filter((other) => basename(other) === basename(path));
  return (await Promise.all(same.map(resolved))).includes(path);
}

/**
 * True where the address can't be bound beside the holder's. A holder of `::` may have IPv4 as well or not, which the
 * kernel's tables don't tell: then the address is bound for a moment to see.
 */
export async function isHeld(ip: string, wanted: HostPort, holder: PortHolder): Promise<boolean> {
  const isSix = (address: string): boolean => address.includes(":");
  if (isSix(ip) === isSix(holder.ip)) return ip === holder.ip || isWildcard(ip) || isWildcard(holder.ip);
  if (isSix(ip) || holder.ip !== "::" || wanted.protocol !== "tcp") return false;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve("code" in error && error.code === "EADDRINUSE"));
    probe.listen({ host: ip, port: wanted.port, exclusive: true }, () => probe.close(() => resolve(false)));
  });
}

function isWildcard(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::" || ip === "";
}

/** The processes that listen on a port of this host (tcp) or are bound to it (udp), whatever the address. */
export async function portHolders(wanted: HostPort): Promise<PortHolder[]> {
  if (wanted.protocol !== "tcp" && wanted.protocol !== "udp") return [];
  const tables = await Promise.all(["", "6"].map((family) => optional(`/proc/net/${wanted.protocol}${family}`)));
  // State 0A is LISTEN; a bound udp socket without a peer has state 07.
  const state = wanted.protocol === "tcp" ? "0A" : "07";
  const hex = wanted.port.toString(16).toUpperCase().padStart(4, "0");
  const row = new RegExp(`^ *\\d+: ([0-9A-F]+):${hex} \\S+ ${state} (?:\\S+ +){5}(\\d+) `, "gm");
  const found = tables.flatMap((table) => [...table.matchAll(row)]);
  if (found.length === 0) return [];
  const owners = await ownersOf(found.map((match) => match[2] ?? ""));
  return found.map((match) => {
    const process = owners.get(match[2] ?? "");
    return { ip: addressOf(match[1] ?? ""), ...(process === undefined ? {} : { process }) };
  });
}

/** The process of each socket inode, as far as this user may look into the others' file tables. */
async function ownersOf(inodes: readonly string[]): Promise<Map<string, NonNullable<PortHolder["process"]>>> {
  const owners = new Map<string, NonNullable<PortHolder["process"]>>();
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    ids.map(async (id) => {
      const files = await readdir(`/proc/${id}/fd`).catch(() => []);
      const links = await Promise.all(files.map((file) => readlink(`/proc/${id}/fd/${file}`).catch(() => "")));
      for (const inode of inodes) {
        if (!links.includes(`socket:[${inode}]`) || owners.has(inode)) continue;
        // The name of a process is that of its first thread, which Node 24 calls MainThread: the program's file says more.
        const [program, name, group] = await Promise.all([
          readlink(`/proc/${id}/exe`).catch(() => ""),
          optional(`/proc/${id}/comm`),
          optional(`/proc/${id}/cgroup`),
        ]);
        const containerId = /[/-]([0-9a-f]{64})/.exec(group)?.[1];
        const command = basename(program.replace(/ \(deleted\)$/, "")) || name.trim();
        const process = { id: Number(id), command };
        owners.set(inode, containerId === undefined ? process : { ...process, containerId });
      }
    }),
  );
  return owners;
}

/** An address of /proc/net/tcp: 32-bit words in the host's byte order, in hexadecimal. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2] ?? "") + (bytes[index * 2 + 1] ?? ""));
  const isMapped = groups.slice(0, 5).every((group) => group === "0000") && groups[5] === "FFFF";
  if (isMapped)
    return bytes
      .slice(12)
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  if (groups.every((group) => group === "0000")) return "::";
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

async function optional(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
