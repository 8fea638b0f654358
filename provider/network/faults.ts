import type { Fault } from "../../values/fault";
import {
  type Address,
  holdsAddress,
  holdsSubnet,
  overlaps,
  parseAddress,
  parseSubnet,
  type Subnet,
} from "../../values/subnet";
import { labelFaults } from "../labels";
import { flagOf, isEmpty, listOf, objectOf, type Properties, textOf, unknown, type Value } from "../value";
import { booleanOptions, parseBoolean } from "./inputs";

type Refuse = (path: string, value: Value | undefined, problem: string, advice: string) => void;

/** Everything in the inputs that no daemon would take, all at once, each with its property path. */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const subject = `Network "${name}"`;
  const faults: Fault[] = [];
  const refuse: Refuse = (path, value, problem, advice) => {
    faults.push({ subject, path, problem, advice, ...(value === undefined ? {} : { value }) });
  };
  nameFaults(inputs, refuse);
  const driver = textOf(inputs["driver"]) ?? "bridge";
  if (driver === "host" || driver === "null") {
    refuse("driver", driver, "is a driver of which a daemon has one network only", "Use the network that is there.");
  }
  if (flagOf(inputs["ingress"]) === true && inputs["driver"] !== unknown && driver !== "overlay") {
    refuse("ingress", true, `is not possible with the driver ${driver}`, "Use the driver `overlay`.");
  }
  const ipam = textOf(inputs["ipamDriver"]) ?? "default";
  // Another address manager may read these fields as it likes.
  if (ipam === "default") configFaults(inputs, driver, refuse);
  optionFaults(inputs, driver, refuse);
  return [...faults, ...labelFaults(subject, inputs)];
}

/** Engine 20.10 takes almost any name, and then neither the command line nor a container can speak of it. */
function nameFaults(inputs: Properties, refuse: Refuse): void {
  const name = inputs["name"];
  if (typeof name !== "string") return;
  if (["bridge", "host", "none", "default"].includes(name)) {
    refuse("name", name, "is the name of a network that every daemon has", "Choose another name.");
  } else if (name.trim() !== name || name === "" || /[/\p{Cc}]/u.test(name) || name.startsWith("container:")) {
    refuse("name", name, "is no network name", "Leave out blanks at the ends, `/` and control characters.");
  }
}

function configFaults(inputs: Properties, driver: string, refuse: Refuse): void {
  const earlier: { subnet: Subnet; path: string }[] = [];
  for (const [index, item] of listOf(inputs["ipamConfigs"]).entries()) {
    const path = `ipamConfigs[${index}]`;
    const block = objectOf(item);
    const subnet = subnetFaults(block, path, driver, refuse);
    if (subnet === undefined) continue;
    const other = earlier.find((one) => overlaps(one.subnet, subnet));
    if (other !== undefined) {
      refuse(`${path}.subnet`, block["subnet"] ?? null, `overlaps with ${other.path}.subnet`, "Give each subnet once.");
    } else if (driver === "bridge" && earlier.some((one) => one.subnet.family === subnet.family)) {
      const problem = `is a second IPv${subnet.family} subnet, and the driver bridge takes one`;
      refuse(`${path}.subnet`, block["subnet"] ?? null, problem, "Keep one of them.");
    }
    earlier.push({ subnet, path });
  }
}

/** The faults of one block. @returns its subnet, where it is one. */
function subnetFaults(block: Properties, path: string, driver: string, refuse: Refuse): Subnet | undefined {
  const given = Object.entries(block).filter(([key, value]) => key !== "__defaults" && !isEmpty(value) && value !== "");
  if (block["subnet"] === undefined || block["subnet"] === "") {
    const what = given[0]?.[0];
    const problem = what === undefined ? "is missing" : `is missing, and ${what} says nothing without it`;
    refuse(`${path}.subnet`, undefined, problem, "Write it as `10.20.0.0/24`.");
    return undefined;
  }
  const text = textOf(block["subnet"]);
  if (text === undefined) return undefined;
  const subnet = parseSubnet(text);
  if (subnet === undefined) {
    refuse(`${path}.subnet`, text, "is no subnet in CIDR form", "Write it as `10.20.0.0/24` or `fd00:20::/64`.");
    return undefined;
  }
  if (driver === "bridge" && subnet.family === 4 && subnet.prefix > 30) {
    refuse(`${path}.subnet`, text, "has no room for a gateway and a container", "Use a prefix of 30 or less.");
  }
  rangeFaults(block, path, subnet, refuse);
  return subnet;
}

function rangeFaults(block: Properties, path: string, subnet: Subnet, refuse: Refuse): void {
  const inside = (value: Value | undefined, at: string): Address | undefined => {
    const text = textOf(value);
    if (text === undefined) return undefined;
    const address = parseAddress(text);
    if (address === undefined) {
      refuse(at, text, "is no IP address", "Write it without a prefix length, such as `10.20.0.1`.");
    } else if (!holdsAddress(subnet, address)) {
      refuse(at, text, `is not in the subnet ${subnet.text}`, "Choose an address of that subnet.");
    }
    return address;
  };
  const gateway = inside(block["gateway"], `${path}.gateway`);
  const edge = gateway?.value === subnet.first || gateway?.value === subnet.last;
  if (gateway !== undefined && subnet.family === 4 && subnet.prefix < 31 && edge) {
    const which = gateway.value === subnet.first ? "network" : "broadcast";
    refuse(`${path}.gateway`, gateway.text, `is the ${which} address of ${subnet.text}`, "Choose another address.");
  }
  for (const [name, value] of Object.entries(objectOf(block["auxAddress"]))) {
    if (name === "__defaults") continue;
    const address = inside(value, `${path}.auxAddress.${name}`);
    if (address !== undefined && address.value === gateway?.value) {
      refuse(`${path}.auxAddress.${name}`, address.text, "is the gateway's", "Choose another address.");
    }
  }
  const range = textOf(block["ipRange"]);
  if (range === undefined) return;
  const parsed = parseSubnet(range);
  if (parsed === undefined) {
    refuse(`${path}.ipRange`, range, "is no subnet in CIDR form", "Write it as `10.20.0.128/25`.");
  } else if (!holdsSubnet(subnet, parsed)) {
    refuse(`${path}.ipRange`, range, `is not in the subnet ${subnet.text}`, "Choose a part of that subnet.");
  }
}

/** Values that the Engine's own drivers parse, and would refuse when the old network is already gone. */
function optionFaults(inputs: Properties, driver: string, refuse: Refuse): void {
  for (const [key, value] of Object.entries(objectOf(inputs["options"]))) {
    const path = `options[${JSON.stringify(key)}]`;
    if (key === "") refuse(path, undefined, "has no name", "Name the option.");
    if (typeof value !== "string") continue;
    if (driver === "bridge" && booleanOptions.includes(key) && parseBoolean(value) === undefined) {
      refuse(path, value, "is neither true nor false", "Use `true` or `false`.");
    }
    if (
      key === "com.docker.network.driver.mtu" &&
      !(/^\d+$/.test(value) && Number(value) >= 68 && Number(value) < 65536)
    ) {
      refuse(path, value, "is no size of a packet in bytes", "Use a number from 68 to 65535, such as 1500.");
    }
    if (key === "com.docker.network.bridge.name" && (value.length > 15 || value === "" || /[\s/:]/.test(value))) {
      refuse(path, value, "is no name of an interface", "Use 1 to 15 characters without blanks, `/` and `:`.");
    }
    if (key === "com.docker.network.bridge.host_binding_ipv4" && parseAddress(value)?.family !== 4) {
      refuse(path, value, "is no IPv4 address", "Use one such as `127.0.0.1`.");
    }
    const modes = modesOf(driver, key);
    if (modes !== undefined && !modes.includes(value)) {
      refuse(path, value, `is no mode of the driver ${driver}`, `Use ${modes.join(", ")}.`);
    }
  }
}

function modesOf(driver: string, key: string): readonly string[] | undefined {
  if (driver === "ipvlan" && key === "ipvlan_mode") return ["l2", "l3", "l3s"];
  return driver === "macvlan" && key === "macvlan_mode" ? ["bridge", "private", "vepa", "passthru"] : undefined;
}
