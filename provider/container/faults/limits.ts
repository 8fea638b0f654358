import { numberOf, type Properties, textOf } from "../../value";
import { bytesOf, cpuList, nanoCpus } from "../limits";
import { areBothGiven, blocksOf, checkNumber, type FaultFinder, type Refuse } from "./refuse";

const mebibyte = 2 ** 20;

/** Memory, processors, processes, block I/O and ulimits. */
export const limitFaults: FaultFinder = (inputs, refuse) => {
  sizeFaults(inputs, refuse);
  processorFaults(inputs, refuse);
  ulimitFaults(inputs, refuse);
  checkNumber(refuse, "pidsLimit", inputs["pidsLimit"], { least: -1, what: "a number of processes" });
  checkNumber(refuse, "oomScoreAdj", inputs["oomScoreAdj"], { least: -1000, most: 1000, what: "an adjustment" });
  checkNumber(refuse, "memorySwappiness", inputs["memorySwappiness"], { least: 0, most: 100, what: "a swappiness" });
  const weight = { least: 10, most: 1000, what: "a weight" };
  checkNumber(refuse, "blkioWeight", inputs["blkioWeight"], { ...weight, zero: true });
  for (const { path, block } of blocksOf(inputs, "blkioWeightDevices")) {
    checkNumber(refuse, `${path}.weight`, block["weight"], weight);
    devicePath(block, path, refuse);
  }
  for (const field of ["deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops"]) {
    for (const { path, block } of blocksOf(inputs, field)) {
      checkNumber(refuse, `${path}.rate`, block["rate"], { least: 0, what: "a rate" });
      devicePath(block, path, refuse);
    }
  }
};

function devicePath(block: Properties, path: string, refuse: Refuse): void {
  const device = textOf(block["path"]);
  if (device !== undefined && !device.startsWith("/")) {
    refuse(`${path}.path`, device, "is no device of the host", "Start it with `/`, such as `/dev/sda`.");
  }
}

function sizeFaults(inputs: Properties, refuse: Refuse): void {
  for (const field of ["memory", "memoryReservation", "memorySwap", "shmSize"] as const) {
    if (areBothGiven(inputs, field, `${field}Bytes`)) {
      refuse(`${field}Bytes`, inputs[`${field}Bytes`], `contradicts \`${field}\``, "Keep one of the two.");
    }
    for (const [name, unit] of [
      [field, "MiB"],
      [`${field}Bytes`, "bytes"],
    ] as const) {
      const size = numberOf(inputs[name]);
      if (size === undefined || (field === "memorySwap" && size === -1)) continue;
      if (size < 0)
        refuse(
          name,
          size,
          "is below zero",
          `Give the size in ${unit}${field === "memorySwap" ? ", or -1 for no limit" : ""}.`,
        );
      else if (!Number.isInteger(size)) refuse(name, size, `is no whole number of ${unit}`, "Round it.");
    }
  }
  const nameOf = (field: string): string => (numberOf(inputs[`${field}Bytes`]) === undefined ? field : `${field}Bytes`);
  const [memory, swap, reservation] = [
    bytesOf(inputs, "memory"),
    bytesOf(inputs, "memorySwap"),
    bytesOf(inputs, "memoryReservation"),
  ];
  // The Engine's least (moby, linuxMinMemory).
  for (const [field, bytes] of [
    ["memory", memory],
    ["memoryReservation", reservation],
  ] as const) {
    if (bytes !== undefined && bytes > 0 && bytes < 6 * mebibyte) {
      refuse(nameOf(field), inputs[nameOf(field)], "is less than the Engine takes", "Use 6 MiB or more.");
    }
  }
  const isKnown = inputs["memory"] === undefined || typeof inputs["memory"] === "number";
  if (swap !== undefined && swap > 0) {
    if (memory === undefined && isKnown && inputs["memoryBytes"] === undefined) {
      refuse(nameOf("memorySwap"), inputs[nameOf("memorySwap")], "needs a memory limit", "Give `memory` too.");
    } else if (memory !== undefined && swap < memory) {
      refuse(
        nameOf("memorySwap"),
        inputs[nameOf("memorySwap")],
        "is less than the memory that is part of it",
        "Use as much or more, or -1 for no limit.",
      );
    }
  }
  if (memory !== undefined && reservation !== undefined && reservation > memory) {
    refuse(
      nameOf("memoryReservation"),
      inputs[nameOf("memoryReservation")],
      "is more than the memory limit",
      "Use as much or less.",
    );
  }
}

function processorFaults(inputs: Properties, refuse: Refuse): void {
  const cpus = textOf(inputs["cpus"]);
  const nano = nanoCpus(cpus);
  if (cpus !== undefined && (nano === undefined || nano < 0)) {
    refuse("cpus", cpus, "is no number of processors", "Write it as `1.5`.");
  } else if (nano !== undefined && nano > 0 && nano < 1e7) {
    refuse("cpus", cpus, "is less than the Engine takes", "Use 0.01 or more.");
  }
  for (const field of ["cpuSet", "cpuSetMems"] as const) {
    const list = textOf(inputs[field]);
    if (list !== undefined && cpuList(list) === undefined) {
      refuse(
        field,
        list,
        `is no list of ${field === "cpuSet" ? "processors" : "memory nodes"}`,
        "Write it as `0-2,4`.",
      );
    }
  }
  checkNumber(refuse, "cpuShares", inputs["cpuShares"], {
    least: 2,
    most: 262_144,
    what: "a number of shares",
    zero: true,
  });
  checkNumber(refuse, "cpuPeriod", inputs["cpuPeriod"], {
    least: 1000,
    most: 1_000_000,
    what: "a period in microseconds",
    zero: true,
  });
  const quota = numberOf(inputs["cpuQuota"]);
  if (quota !== undefined && (!Number.isInteger(quota) || (quota > 0 && quota < 1000))) {
    refuse("cpuQuota", quota, "is not a quota in microseconds", "Use a whole number, 1000 or more.");
  }
  checkNumber(refuse, "cpuRealtimePeriod", inputs["cpuRealtimePeriod"], { least: 0, what: "a period in microseconds" });
  checkNumber(refuse, "cpuRealtimeRuntime", inputs["cpuRealtimeRuntime"], { least: 0, what: "a time in microseconds" });
  checkNumber(refuse, "cpuCount", inputs["cpuCount"], { least: 0, what: "a number of processors" });
  checkNumber(refuse, "cpuPercent", inputs["cpuPercent"], { least: 0, most: 100, what: "a share in percent" });
}

/** Names of getrlimit(2) as the Engine takes them (docker/go-units, ulimit.go). */
const ulimits = "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
  " ",
);

function ulimitFaults(inputs: Properties, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const { path, block } of blocksOf(inputs, "ulimits")) {
    const name = textOf(block["name"])?.toLowerCase();
    if (name === undefined) continue;
    if (!ulimits.includes(name)) refuse(`${path}.name`, name, "is no ulimit", `Use one of ${ulimits.join(", ")}.`);
    if (seen.has(name)) refuse(`${path}.name`, name, "is given twice", "Keep one of the two.");
    seen.add(name);
    checkNumber(refuse, `${path}.soft`, block["soft"], { least: -1, what: "a limit" });
    checkNumber(refuse, `${path}.hard`, block["hard"], { least: -1, what: "a limit" });
    const [soft, hard] = [numberOf(block["soft"]), numberOf(block["hard"])];
    if (soft === undefined || hard === undefined || hard === -1) continue;
    if (soft > hard || soft === -1)
      refuse(`${path}.soft`, soft, `is more than the hard limit ${hard}`, "Use as much or less.");
  }
}
