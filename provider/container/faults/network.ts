import { isIP, isIPv4, isIPv6 } from "node:net";
import { isEmpty, type Properties, textOf, type Value } from "../../value";
import { isBridge, isExclusive } from "../endpoints";
import { address } from "../ports";
import { publishes } from "./ports";
import { areBothGiven, blocksOf, checkNumber, type FaultFinder, type Refuse, wordsOf } from "./refuse";

/** Network mode, networks, links and the names it resolves. */
export const networkFaults: FaultFinder = (inputs, refuse) => {
  modeFaults(inputs, refuse);
  endpointFaults(inputs, refuse);
  if (areBothGiven(inputs, "dns", "orderedDns")) {
    refuse("orderedDns", undefined, "contradicts `dns`", "Keep one of the two.");
  }
  for (const field of ["dns", "orderedDns"] as const) {
    for (const { path, text } of wordsOf(inputs[field], field)) {
      if (isIP(text) === 0) refuse(path, text, "is no IP address", "Name servers are given by address.");
    }
  }
  for (const field of ["dnsOpts", "dnsSearches"] as const) {
    for (const { path, text } of wordsOf(inputs[field], field)) {
      const isWord = /^\S+$/.test(text);
      if (!isWord) refuse(path, text, "is not one word", "Leave blanks out.");
    }
  }
  for (const { path, block } of blocksOf(inputs, "hosts")) {
    const [host, ip] = [block["host"], textOf(block["ip"])];
    if (typeof host === "string" && !/^[^\s:=]+$/.test(host)) {
      refuse(`${path}.host`, host, "is no name of a host", "Use letters, digits, `-` and `.`.");
    }
    if (ip !== undefined && ip !== "host-gateway" && isIP(address(ip)) === 0) {
      refuse(`${path}.ip`, ip, "is no IP address", "Use an address, or host-gateway for the host's.");
    }
  }
  linkFaults(inputs["links"], "links", refuse);
};

/** The name space of another container, or of the host, leaves no place for a network of one's own (moby, runconfig). */
function modeFaults(inputs: Properties, refuse: Refuse): void {
  const mode = textOf(inputs["networkMode"]);
  if (mode === undefined) return;
  if (/\s/.test(mode) || mode === "container:") {
    refuse(
      "networkMode",
      mode,
      "is no network mode",
      "Use bridge, host, none, `container:NAME` or the name of a network.",
    );
  }
  if (!isExclusive(mode)) return;
  const against = (field: string): void => {
    if (isEmpty(inputs[field]) || inputs[field] === "" || inputs[field] === false) return;
    refuse(field, undefined, `does not go with networkMode ${JSON.stringify(mode)}`, "Keep one of the two.");
  };
  against("networksAdvanced");
  if (mode !== "none") against("links");
  if (!mode.startsWith("container:")) return;
  for (const field of ["hostname", "dns", "orderedDns", "hosts", "exposedPorts"]) against(field);
  if (publishes(inputs)) {
    const problem = `are published by the container whose network is shared, not by this one`;
    refuse("ports", undefined, problem, `Publish them there, or use another networkMode than ${JSON.stringify(mode)}.`);
  }
}

function endpointFaults(inputs: Properties, refuse: Refuse): void {
  const seen = new Map<string, string>();
  for (const { path, block } of blocksOf(inputs, "networksAdvanced")) {
    const name = block["name"];
    if (name === "" || name === undefined) refuse(`${path}.name`, undefined, "is missing", "Name a network.");
    if (typeof name === "string" && name !== "") {
      const earlier = seen.get(name);
      if (earlier !== undefined)
        refuse(`${path}.name`, name, `is given twice, in ${earlier} too`, "Keep one of the two.");
      seen.set(name, path);
      if (isExclusive(name)) refuse(`${path}.name`, name, "is a network mode", "Give it as `networkMode`.");
      const own = ["aliases", "ipv4Address", "ipv6Address"].filter(
        (field) => !isEmpty(block[field]) && block[field] !== "",
      );
      if (isBridge(name) && own.length > 0) {
        refuse(`${path}.${own[0]}`, undefined, "is not for the default bridge", "Use a network that you make.");
      }
    }
    addressFaults(block, path, refuse);
    for (const { path: at, text } of wordsOf(block["aliases"], `${path}.aliases`)) {
      if (!/^[^\s]+$/.test(text)) refuse(at, text, "is no name of a host", "Use letters, digits, `-` and `.`.");
    }
    for (const { path: at, text } of wordsOf(block["driverOpts"], `${path}.driverOpts`)) {
      if (!/^[^=\s]+=/.test(text)) refuse(at, text, "is no option", "Write it as `OPTION=VALUE`.");
    }
    checkNumber(refuse, `${path}.gwPriority`, block["gwPriority"], {
      least: -(2 ** 31),
      most: 2 ** 31 - 1,
      what: "a priority",
    });
    linkFaults(block["links"], `${path}.links`, refuse);
  }
}

function addressFaults(block: Properties, path: string, refuse: Refuse): void {
  const checks: readonly [string, (text: string) => boolean, string, string][] = [
    ["ipv4Address", isIPv4, "is no IPv4 address", "Write it as `10.0.0.2`."],
    ["ipv6Address", (text) => isIPv6(address(text)), "is no IPv6 address", "Write it as `fd00::2`."],
    [
      "macAddress",
      (text) => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(text),
      "is no MAC address",
      "Write it as `02:42:ac:11:00:02`.",
    ],
  ];
  for (const [field, isRight, problem, advice] of checks) {
    const text = textOf(block[field]);
    if (text !== undefined && !isRight(text)) refuse(`${path}.${field}`, text, problem, advice);
  }
  for (const { path: at, text } of wordsOf(block["linkLocalIps"], `${path}.linkLocalIps`)) {
    if (isIP(address(text)) === 0) refuse(at, text, "is no IP address", "Write it as `169.254.8.8`.");
  }
}

function linkFaults(value: Value | undefined, name: string, refuse: Refuse): void {
  for (const { path, text } of wordsOf(value, name)) {
    if (!/^[^\s:]+(:[^\s:]+)?$/.test(text)) refuse(path, text, "is no link", "Write it as `CONTAINER:ALIAS`.");
  }
}
