import type { Fault } from "../../values/fault";
import { isImageId, parseImageReference } from "../../values/image-reference";
import { parseAddress } from "../../values/subnet";
import { nanoseconds } from "../container/health-check";
import { labelFaults } from "../labels";
import {
  isEmpty,
  isList,
  isObject,
  listOf,
  numberOf,
  objectOf,
  type Properties,
  textOf,
  unknown,
  type Value,
} from "../value";
import { isGlobal } from "./inputs";

type Refuse = (path: string, value: Value | undefined, problem: string, advice: string) => void;

/** The words that the Engine takes for each input of that name (Engine API, ServiceCreate). */
const words: Readonly<Record<string, readonly string[]>> = {
  condition: ["none", "on-failure", "any"],
  isolation: ["default", "process", "hyperv"],
  order: ["stop-first", "start-first"],
  propagation: ["private", "rprivate", "shared", "rshared", "slave", "rslave"],
  protocol: ["tcp", "udp", "sctp"],
  publishMode: ["ingress", "host"],
  runtime: ["container", "plugin"],
};

/** Counts and sizes that can't be below zero. */
const counts = [
  "fileMode",
  "forceUpdate",
  "maxAttempts",
  "maxReplicas",
  "memoryBytes",
  "nanoCpus",
  "parallelism",
  "replicas",
  "retries",
  "sizeBytes",
];

/** The least that a swarm takes (swarmkit, `validateResources`). */
const leasts: Readonly<Record<string, { value: number; text: string }>> = {
  memoryBytes: { value: 4 * 1024 * 1024, text: "4194304 (4 MiB)" },
  nanoCpus: { value: 1e6, text: "1000000 (a thousandth of a processor)" },
};

const durations = ["delay", "interval", "monitor", "startPeriod", "stopGracePeriod", "timeout", "window"];

/** Everything in the inputs that no swarm would take, all at once, each with its property path. */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const subject = `Service "${name}"`;
  const faults: Fault[] = [];
  const refuse: Refuse = (path, value, problem, advice) => {
    faults.push({ subject, path, problem, advice, ...(value === undefined ? {} : { value }) });
  };
  nameFaults(inputs, refuse);
  leafFaults(inputs, "", refuse);
  modeFaults(inputs, refuse);
  containerFaults(objectOf(objectOf(inputs["taskSpec"])["containerSpec"]), refuse);
  placementFaults(objectOf(inputs["taskSpec"]), refuse);
  portFaults(objectOf(inputs["endpointSpec"]), refuse);
  const labels = objectOf(objectOf(inputs["taskSpec"])["containerSpec"]);
  const inner = labelFaults(subject, labels).map((fault) => ({
    ...fault,
    path: `taskSpec.containerSpec.${fault.path}`,
  }));
  return [...faults, ...labelFaults(subject, inputs), ...inner];
}

/** A service's name is a name in DNS (swarmkit, `validateAnnotations`). */
function nameFaults(inputs: Properties, refuse: Refuse): void {
  const name = inputs["name"];
  if (typeof name !== "string" || /^[a-zA-Z0-9](?:[-_.]*[A-Za-z0-9]+)*$/.test(name)) {
    if (typeof name === "string" && name.length > 63) {
      refuse("name", name, "is too long for a name in DNS", "Use 63 characters at most.");
    }
    return;
  }
  refuse(
    "name",
    name,
    "is no name that a swarm accepts",
    "Use letters, digits, `-`, `_` and `.`, letters or digits at both ends.",
  );
}

/** Durations, enumerations and counts, wherever they stand. */
function leafFaults(value: Value, path: string, refuse: Refuse): void {
  if (isList(value)) for (const [index, item] of value.entries()) leafFaults(item, `${path}[${index}]`, refuse);
  if (!isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    // What the user names himself is not ours to judge.
    if (["__defaults", "auth", "driverOptions", "env", "sysctl"].includes(key) || (key === "options" && isObject(item)))
      continue;
    if (typeof item === "string" && item !== "" && durations.includes(key) && nanoseconds(item) === undefined) {
      refuse(at, item, "is no duration", "Write it as `10s` or `1m30s`.");
    }
    const known = words[key];
    const word = key === "protocol" && typeof item === "string" ? item.toLowerCase() : item;
    if (known !== undefined && typeof word === "string" && word !== "" && !known.includes(word)) {
      refuse(at, item, "is not known", `Use ${known.join(", ")}.`);
    }
    if (counts.includes(key) && typeof item === "number" && (item < 0 || !Number.isInteger(item))) {
      refuse(at, item, "is no whole number from 0 up", "Use 0 or more.");
    }
    const least = leasts[key];
    if (least !== undefined && typeof item === "number" && item > 0 && item < least.value) {
      refuse(at, item, "is less than a container can live on", `Use ${least.text} at least, or 0 for no limit.`);
    }
    if (key === "maxFailureRatio" && typeof item === "string" && !(Number(item) >= 0 && Number(item) <= 1)) {
      refuse(at, item, "is no ratio from 0 to 1", "Write it as `0.2`.");
    }
    leafFaults(item ?? null, at, refuse);
  }
  const action = textOf(value["failureAction"]);
  const actions = path === "rollbackConfig" ? ["pause", "continue"] : ["pause", "continue", "rollback"];
  if (action !== undefined && !actions.includes(action)) {
    refuse(`${path}.failureAction`, action, "is not known", `Use ${actions.join(", ")}.`);
  }
}

function modeFaults(inputs: Properties, refuse: Refuse): void {
  if (isGlobal(inputs["mode"]) && !isEmpty(objectOf(inputs["mode"])["replicated"])) {
    refuse("mode", undefined, "is global and replicated at once", "Keep one of them.");
  }
  const mode = textOf(objectOf(inputs["endpointSpec"])["mode"]);
  if (mode === undefined) return;
  if (mode !== "vip" && mode !== "dnsrr") refuse("endpointSpec.mode", mode, "is not known", "Use vip, dnsrr.");
}

function containerFaults(spec: Properties, refuse: Refuse): void {
  const at = (name: string): string => `taskSpec.containerSpec.${name}`;
  const image = spec["image"];
  if (typeof image === "string" && !isImageId(image) && parseImageReference(image) === undefined) {
    refuse(at("image"), image, "is no image reference", "Write it as `REPOSITORY:TAG`, in lower case.");
  } else if ((image ?? "") === "") {
    refuse(at("image"), undefined, "is missing", "Name an image, such as `nginx:1.29`.");
  }
  for (const name of Object.keys(objectOf(spec["env"]))) {
    // The value may be a secret: only the name is said.
    if (name === "" || name.includes("=")) refuse(at("env"), name, "is no name of a variable", "Leave out `=`.");
  }
  for (const [index, item] of listOf(spec["hosts"]).entries()) {
    const { host, ip } = objectOf(item);
    const isAddress = typeof ip !== "string" || parseAddress(ip) !== undefined;
    if (!isAddress) refuse(at(`hosts[${index}].ip`), ip, "is no IP address", "Use one such as `10.0.0.9`.");
    if (typeof host === "string" && (host === "" || /\s/.test(host))) {
      refuse(at(`hosts[${index}].host`), host, "is no host name", "Use a name without blanks.");
    }
  }
  for (const [index, server] of listOf(objectOf(spec["dnsConfig"])["nameservers"]).entries()) {
    if (typeof server !== "string" || parseAddress(server) !== undefined) continue;
    refuse(at(`dnsConfig.nameservers[${index}]`), server, "is no IP address", "Use one such as `9.9.9.9`.");
  }
  mountFaults(listOf(spec["mounts"]), at, refuse);
}

function mountFaults(mounts: readonly Value[], at: (name: string) => string, refuse: Refuse): void {
  const targets = new Map<string, number>();
  for (const [index, item] of mounts.entries()) {
    const block = objectOf(item);
    const path = at(`mounts[${index}]`);
    const type = textOf(block["type"]);
    if (type !== undefined && !["bind", "volume", "tmpfs"].includes(type)) {
      refuse(`${path}.type`, type, "is no kind of mount", "Use bind, volume, tmpfs.");
    }
    const target = textOf(block["target"]);
    if (target !== undefined && !target.startsWith("/")) {
      refuse(`${path}.target`, target, "is not absolute", "Start it with `/`.");
    }
    const earlier = target === undefined ? undefined : targets.get(target);
    if (earlier !== undefined)
      refuse(`${path}.target`, target, `is mounted by mounts[${earlier}] already`, "Mount each path once.");
    else if (target !== undefined) targets.set(target, index);
    const source = block["source"];
    if (type === "bind" && (source === undefined || source === "")) {
      refuse(`${path}.source`, undefined, "is missing", "Name the path on the node.");
    }
    if (type === "bind" && typeof source === "string" && source !== "" && !source.startsWith("/")) {
      refuse(`${path}.source`, source, "is not absolute", "Start it with `/`.");
    }
    if (type === "tmpfs" && typeof source === "string" && source !== "") {
      refuse(`${path}.source`, source, "is given, and a tmpfs has none", "Leave it out.");
    }
  }
}

function placementFaults(task: Properties, refuse: Refuse): void {
  for (const [index, text] of listOf(objectOf(task["placement"])["constraints"]).entries()) {
    if (typeof text !== "string" || /^[a-z0-9._-]+\s*(==|!=)\s*\S.*$/i.test(text)) continue;
    const advice = "Write it as `node.role==manager` or `node.labels.zone!=a`.";
    refuse(`taskSpec.placement.constraints[${index}]`, text, "is no constraint", advice);
  }
  const generic = objectOf(objectOf(objectOf(task["resources"])["reservation"])["genericResources"]);
  for (const name of ["discreteResourcesSpecs", "namedResourcesSpecs"]) {
    for (const [index, text] of listOf(generic[name]).entries()) {
      const isDiscrete = name === "discreteResourcesSpecs";
      if (typeof text !== "string" || (isDiscrete ? /^[^=]+=\d+$/ : /^[^=]+=.+$/).test(text)) continue;
      const path = `taskSpec.resources.reservation.genericResources.${name}[${index}]`;
      refuse(path, text, "is no resource", isDiscrete ? "Write it as `SSD=3`." : "Write it as `GPU=UUID1`.");
    }
  }
}

function portFaults(spec: Properties, refuse: Refuse): void {
  const taken = new Map<string, number>();
  for (const [index, item] of listOf(spec["ports"]).entries()) {
    const block = objectOf(item);
    const path = `endpointSpec.ports[${index}]`;
    for (const field of ["targetPort", "publishedPort"] as const) {
      const port = numberOf(block[field]);
      const least = field === "targetPort" ? 1 : 0;
      if (port === undefined || (Number.isInteger(port) && port >= least && port <= 65535)) continue;
      refuse(`${path}.${field}`, port, "is not a port", "Use a number from 1 to 65535.");
    }
    const published = numberOf(block["publishedPort"]) ?? 0;
    if (
      textOf(spec["mode"]) === "dnsrr" &&
      textOf(block["publishMode"]) !== "host" &&
      block["publishMode"] !== unknown
    ) {
      refuse(
        `${path}.publishMode`,
        block["publishMode"],
        "needs a virtual IP, and the mode is dnsrr",
        "Use publishMode host, or mode vip.",
      );
    }
    if (published === 0) continue;
    const key = `${published}/${(textOf(block["protocol"]) ?? "tcp").toLowerCase()}`;
    const earlier = taken.get(key);
    if (earlier !== undefined)
      refuse(
        `${path}.publishedPort`,
        published,
        `is published by ports[${earlier}] already`,
        "Publish each port once.",
      );
    else taken.set(key, index);
  }
}
