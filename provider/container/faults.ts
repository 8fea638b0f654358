import type { Fault } from "../../values/fault";
import { listOf, numberOf, objectOf, type Properties, textOf, textsOf, unknown, type Value } from "../value";
import { nanoseconds } from "./health-check";
import { nanoCpus } from "./limits";

/** Everything in the inputs that no deployment can cure, all at once, each with its property path. */
export function faultsOf(inputs: Properties, name: string): Fault[] {
  const faults: Fault[] = [];
  const subject = `Container "${name}"`;
  const refuse = (path: string, value: Value | undefined, problem: string, advice: string): void => {
    faults.push({ subject, path, problem, advice, ...(value === undefined ? {} : { value: shown(value) }) });
  };

  if (inputs["image"] !== unknown && textOf(inputs["image"]) === undefined) {
    refuse("image", inputs["image"], "is missing", "Name an image, such as `nginx:1.29`.");
  }
  const ownName = textOf(inputs["name"]);
  if (ownName !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(ownName)) {
    refuse("name", ownName, "is no container name", "Use letters, digits, `_`, `.` and `-`, two at least.");
  }
  for (const [index, item] of listOf(inputs["ports"]).entries()) {
    const block = objectOf(item);
    for (const field of ["internal", "external"] as const) {
      const port = numberOf(block[field]);
      if (port !== undefined && (!Number.isInteger(port) || port > 65535 || port < (field === "internal" ? 1 : 0))) {
        refuse(`ports[${index}].${field}`, port, "is not a port", "Use a number from 1 to 65535.");
      }
    }
    const protocol = textOf(block["protocol"])?.toLowerCase();
    if (protocol !== undefined && !["tcp", "udp", "sctp"].includes(protocol)) {
      refuse(`ports[${index}].protocol`, protocol, "is not a protocol", "Use tcp, udp or sctp.");
    }
  }
  for (const [index, entry] of textsOf(inputs["envs"]).entries()) {
    if (!/^[^=]+/.test(entry)) {
      const advice = "Write `NAME=value`.";
      // The value may be a secret: only what stands before the equals sign is said.
      refuse(`envs[${index}]`, undefined, "has no variable name before the equals sign", advice);
    }
  }
  const restart = textOf(inputs["restart"]);
  if (restart !== undefined && !["no", "always", "on-failure", "unless-stopped"].includes(restart)) {
    refuse("restart", restart, "is no restart policy", "Use no, always, on-failure or unless-stopped.");
  }
  const cpuSet = textOf(inputs["cpuSet"]);
  if (cpuSet !== undefined && !/^\d+([,-]\d+)*$/.test(cpuSet)) {
    refuse("cpuSet", cpuSet, "is no list of processors", "Write it as `0-2,4`.");
  }
  const cpus = textOf(inputs["cpus"]);
  if (cpus !== undefined && nanoCpus(cpus) === undefined) {
    refuse("cpus", cpus, "is no number of processors", "Write it as `1.5`.");
  }
  for (const field of ["memory", "memoryReservation", "shmSize"] as const) {
    const size = numberOf(inputs[field]);
    if (size !== undefined && size < 0) refuse(field, size, "is below zero", "Give the size in MiB.");
  }
  const health = objectOf(inputs["healthcheck"]);
  for (const field of ["interval", "timeout", "startPeriod", "startInterval"] as const) {
    const duration = textOf(health[field]);
    if (duration !== undefined && nanoseconds(duration) === undefined) {
      refuse(`healthcheck.${field}`, duration, "is no duration", "Write it as `10s` or `1m30s`.");
    }
  }
  for (const [index, item] of listOf(inputs["volumes"]).entries()) {
    const target = textOf(objectOf(item)["containerPath"]);
    if (target !== undefined && !target.startsWith("/")) {
      refuse(`volumes[${index}].containerPath`, target, "is not absolute", "Start it with `/`.");
    }
  }
  return faults;
}

function shown(value: Value): unknown {
  return value === unknown ? "(unknown)" : value;
}
