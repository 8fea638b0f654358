import { isIP } from "node:net";
import { numberOf, objectOf, type Properties, textOf } from "../../value";
import { address, portsOf } from "../ports";
import { areBothGiven, blocksOf, type FaultFinder, type Refuse, wordsOf } from "./refuse";

/** Published and exposed ports. */
export const portFaults: FaultFinder = (inputs, refuse) => {
  const taken = new Map<string, string>();
  for (const { path, block } of blocksOf(inputs, "ports")) {
    for (const field of ["internal", "external"] as const) {
      const port = numberOf(block[field]);
      if (port !== undefined && (!Number.isInteger(port) || port > 65535 || port < (field === "internal" ? 1 : 0))) {
        refuse(`${path}.${field}`, port, "is not a port", "Use a number from 1 to 65535.");
      }
    }
    if (block["internal"] === undefined || block["internal"] === null) {
      refuse(`${path}.internal`, undefined, "is missing", "Name the port that the container listens on.");
    }
    const protocol = textOf(block["protocol"])?.toLowerCase();
    if (protocol !== undefined && !["tcp", "udp", "sctp"].includes(protocol)) {
      refuse(`${path}.protocol`, protocol, "is not a protocol", "Use tcp, udp or sctp.");
    }
    const ip = textOf(block["ip"]);
    if (ip !== undefined && isIP(address(ip)) === 0) {
      refuse(
        `${path}.ip`,
        ip,
        "is no address of the host",
        "Use an IP address such as 127.0.0.1; 0.0.0.0 is every address.",
      );
    }
    rangeFaults(block, path, refuse);
    const external = numberOf(block["external"]) ?? 0;
    if (external === 0) continue;
    const key = `${address(ip ?? "0.0.0.0")}:${external}/${protocol ?? "tcp"}`;
    const earlier = taken.get(key);
    if (earlier === undefined) taken.set(key, path);
    else refuse(`${path}.external`, key, `is published twice, by ${earlier} too`, "Keep one of the two.");
  }
  for (const { path, text } of wordsOf(inputs["exposedPorts"], "exposedPorts")) {
    if (portsOf(text) === undefined)
      refuse(path, text, "is not a port", "Write it as `8080`, `53/udp` or `8000-8010/tcp`.");
  }
};

function rangeFaults(block: Properties, path: string, refuse: Refuse): void {
  const range = textOf(block["externalRange"]);
  if (range === undefined) return;
  if (areBothGiven(block, "external", "externalRange")) {
    refuse(`${path}.externalRange`, range, "contradicts `external`", "Keep one of the two.");
  }
  const isRange = /^\d+-\d+$/.test(range) && portsOf(range) !== undefined;
  if (!isRange) refuse(`${path}.externalRange`, range, "is no range of ports", "Write it as `6005-6015`.");
}

/** True where the container publishes anything. */
export function publishes(inputs: Properties): boolean {
  return (
    inputs["publishAllPorts"] === true ||
    blocksOf(inputs, "ports").some(({ block }) => objectOf(block)["internal"] !== undefined)
  );
}
