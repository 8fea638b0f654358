import type { Fault } from "./fault";

/** Transport protocols that the Engine publishes. */
export type Protocol = "tcp" | "udp" | "sctp";

/** One container port, published on a host port. */
export interface PortBinding {
  /** Host address to listen on. @default every address (0.0.0.0) */
  readonly ip?: string;
  /** Host port, 1 to 65535. @default one that the Engine chooses */
  readonly host?: number;
  /** Container port, 1 to 65535. */
  readonly container: number;
  /** Transport protocol. @default "tcp" */
  readonly protocol?: Protocol;
}

/**
 * Ports as a user writes them: `"3000"`, `"8080:3000"`, `"127.0.0.1:8080:3000/udp"`, `"[::1]:80:80"`, a range
 * `"8000-8002:3000-3002"`, or a {@link PortBinding} (Compose specification, `ports`).
 */
export type PortSpec = string | PortBinding;

/** What came of reading ports: the bindings, and everything that is wrong with the specs. */
export interface ParsedPorts {
  readonly bindings: readonly PortBinding[];
  readonly faults: readonly Fault[];
}

/** Reads ports; `path` leads to the list in the faults. */
export function parsePorts(specs: readonly PortSpec[], subject: string, path = "ports"): ParsedPorts {
  const faults: Fault[] = [];
  const bindings: PortBinding[] = [];
  specs.forEach((spec, index) => {
    const at = `${path}[${index}]`;
    const parsed = typeof spec === "string" ? parseSpec(spec) : checkBinding(spec);
    if (Array.isArray(parsed)) bindings.push(...parsed);
    else faults.push({ subject, path: at, value: typeof spec === "string" ? spec : JSON.stringify(spec), ...parsed });
  });
  return { bindings, faults: [...faults, ...duplicates(bindings, subject, path)] };
}

type Wrong = Pick<Fault, "problem" | "advice">;

const range = { problem: "names a port that is none", advice: "Use numbers from 1 to 65535." };
const form = {
  problem: "is not a port binding",
  advice: 'Write "CONTAINER", "HOST:CONTAINER" or "IP:HOST:CONTAINER", each with "/udp" if need be.',
};

function parseSpec(spec: string): PortBinding[] | Wrong {
  const match =
    /^(?:(?:(?<ip>\[[0-9a-f:.]+\]|[0-9.]+):)?(?<host>\d+(?:-\d+)?)?:)?(?<container>\d+(?:-\d+)?)(?:\/(?<protocol>[a-z]+))?$/i.exec(
      spec.trim(),
    );
  if (match === null) return form;
  const { ip, host, container = "", protocol = "tcp" } = match.groups ?? {};
  const kind = protocolOf(protocol);
  if (kind === undefined) return { problem: "names an unknown protocol", advice: "Use tcp, udp or sctp." };
  const inside = numbers(container);
  const outside = host === undefined ? undefined : numbers(host);
  if (inside === undefined || (host !== undefined && outside === undefined)) return range;
  if (outside !== undefined && outside.length !== inside.length) {
    return { problem: "has two ranges of different length", advice: "Give as many host ports as container ports." };
  }
  return inside.map((port, index) => {
    const published = outside?.[index];
    return {
      ...(ip === undefined ? {} : { ip: ip.replace(/^\[|\]$/g, "") }),
      ...(published === undefined ? {} : { host: published }),
      container: port,
      protocol: kind,
    };
  });
}

function checkBinding(binding: PortBinding): PortBinding[] | Wrong {
  const given = [binding.container, ...(binding.host === undefined ? [] : [binding.host])];
  return given.every(isPort) ? [{ protocol: "tcp", ...binding }] : range;
}

function protocolOf(text: string): Protocol | undefined {
  const known: readonly Protocol[] = ["tcp", "udp", "sctp"];
  return known.find((name) => name === text.toLowerCase());
}

function numbers(text: string): number[] | undefined {
  const [first, last] = text.split("-").map(Number);
  if (first === undefined) return undefined;
  const end = last ?? first;
  if (!isPort(first) || !isPort(end) || end < first) return undefined;
  return Array.from({ length: end - first + 1 }, (_, index) => first + index);
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}

function duplicates(bindings: readonly PortBinding[], subject: string, path: string): Fault[] {
  const seen = new Set<string>();
  const faults: Fault[] = [];
  for (const { ip = "0.0.0.0", host, protocol = "tcp" } of bindings) {
    if (host === undefined) continue;
    const key = `${ip}:${host}/${protocol}`;
    if (seen.has(key)) {
      faults.push({ subject, path, value: key, problem: "is published twice", advice: "Keep one of the two." });
    }
    seen.add(key);
  }
  return faults;
}
