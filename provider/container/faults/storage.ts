import { parseBytes } from "../../../values/quantity";
import { isEmpty, mapOf, numberOf, objectOf, type Properties, textOf } from "../../value";
import { clean } from "../mounts";
import { blocksOf, checkNumber, type FaultFinder, type Refuse } from "./refuse";

const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Volumes, mounts and tmpfs, none of them at the place of another. */
export const storageFaults: FaultFinder = (inputs, refuse) => {
  const taken = new Map<string, string>();
  const claim = (path: string, target: string): void => {
    const place = clean(target);
    const earlier = taken.get(place);
    if (earlier !== undefined) refuse(path, target, `is mounted twice, by ${earlier} too`, "Keep one of the two.");
    taken.set(place, path);
  };
  volumeFaults(inputs, refuse, claim);
  mountFaults(inputs, refuse, claim);
  for (const [target, options] of Object.entries(mapOf(inputs["tmpfs"]))) {
    const path = `tmpfs[${JSON.stringify(target)}]`;
    if (!isTarget(target)) refuse(path, undefined, "is no absolute path below `/`", "Start it with `/`.");
    else claim(path, target);
    const size = /(?:^|,)size=([^,]*)/.exec(options)?.[1];
    if (size !== undefined && !/^\d+%$/.test(size) && parseBytes(size) === undefined) {
      refuse(path, size, "is no size", "Write it as `size=64m`.");
    }
  }
  const size = mapOf(inputs["storageOpts"])["size"];
  if (size !== undefined && parseBytes(size) === undefined) {
    refuse("storageOpts.size", size, "is no size", "Write it as `10G`.");
  }
};

type Claim = (path: string, target: string) => void;

function isTarget(path: string): boolean {
  return path.startsWith("/") && clean(path) !== "/";
}

function volumeFaults(inputs: Properties, refuse: Refuse, claim: Claim): void {
  for (const { path, block } of blocksOf(inputs, "volumes")) {
    const from = block["fromContainer"];
    const target = block["containerPath"];
    if (isMissing(from) && isMissing(target)) {
      refuse(path, undefined, "says neither `containerPath` nor `fromContainer`", "Name the place in the container.");
    }
    if (typeof target === "string" && target !== "") {
      if (!isTarget(target))
        refuse(`${path}.containerPath`, target, "is no absolute path below `/`", "Start it with `/`.");
      else if (target.includes(":"))
        refuse(
          `${path}.containerPath`,
          target,
          "has a colon in it",
          "Give it as `mounts`, where that is no separator.",
        );
      else claim(`${path}.containerPath`, target);
    }
    const host = textOf(block["hostPath"]);
    if (host !== undefined && !isHostPath(host)) {
      refuse(`${path}.hostPath`, host, "is not absolute", "The daemon knows no current folder: start it with `/`.");
    } else if (host?.includes(":") === true && host.startsWith("/")) {
      refuse(`${path}.hostPath`, host, "has a colon in it", "Give it as `mounts`, where that is no separator.");
    }
    // With both, `hostPath` counts (ContainerArgs.volumes).
    const volume = host === undefined ? textOf(block["volumeName"]) : undefined;
    if (volume !== undefined && !volumeName.test(volume)) {
      refuse(
        `${path}.volumeName`,
        volume,
        "is no name of a volume",
        "Use letters, digits, `_`, `.` and `-`; a folder of the host is a `hostPath`.",
      );
    }
    const relabel = textOf(block["selinuxRelabel"]);
    if (relabel !== undefined && relabel !== "z" && relabel !== "Z") {
      refuse(`${path}.selinuxRelabel`, relabel, "is no way to relabel", "Use z or Z.");
    }
  }
}

function mountFaults(inputs: Properties, refuse: Refuse, claim: Claim): void {
  const types = ["bind", "volume", "tmpfs", "image", "npipe", "cluster"];
  const options = {
    bindOptions: "bind",
    imageOptions: "image",
    tmpfsOptions: "tmpfs",
    volumeOptions: "volume",
  } as const;
  for (const { path, block } of blocksOf(inputs, "mounts")) {
    const type = textOf(block["type"]);
    const target = textOf(block["target"]);
    if (block["type"] === undefined || block["type"] === "")
      refuse(`${path}.type`, undefined, "is missing", `Use one of ${types.join(", ")}.`);
    else if (type !== undefined && !types.includes(type))
      refuse(`${path}.type`, type, "is no type of mount", `Use one of ${types.join(", ")}.`);
    if (isMissing(block["target"]))
      refuse(`${path}.target`, undefined, "is missing", "Name the place in the container.");
    else if (target !== undefined && type !== "npipe" && !isTarget(target)) {
      refuse(`${path}.target`, target, "is no absolute path below `/`", "Start it with `/`.");
    } else if (target !== undefined) claim(`${path}.target`, target);
    for (const [field, owner] of Object.entries(options)) {
      const isGiven = Object.keys(objectOf(block[field])).some((key) => key !== "__defaults");
      if (type !== undefined && type !== owner && isGiven) {
        refuse(`${path}.${field}`, undefined, `is for mounts of type ${owner}, not ${type}`, "Leave it out.");
      }
    }
    sourceFaults(block, type, path, refuse);
    optionFaults(block, path, refuse);
  }
}

function sourceFaults(block: Properties, type: string | undefined, path: string, refuse: Refuse): void {
  const source = textOf(block["source"]);
  if (type === "tmpfs" && source !== undefined) {
    refuse(`${path}.source`, source, "is not for a tmpfs mount, which has none", "Leave it out.");
  }
  if (type !== undefined && ["bind", "image", "npipe", "cluster"].includes(type) && isMissing(block["source"])) {
    refuse(`${path}.source`, undefined, "is missing", `A mount of type ${type} needs one.`);
  }
  if (type === "bind" && source !== undefined && !isHostPath(source)) {
    refuse(`${path}.source`, source, "is not absolute", "The daemon knows no current folder: start it with `/`.");
  }
  if (type === "volume" && source !== undefined && !volumeName.test(source)) {
    refuse(
      `${path}.source`,
      source,
      "is no name of a volume",
      "Use letters, digits, `_`, `.` and `-`; a folder of the host is a mount of type bind.",
    );
  }
}

function optionFaults(block: Properties, path: string, refuse: Refuse): void {
  const propagation = textOf(objectOf(block["bindOptions"])["propagation"]);
  const known = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];
  if (propagation !== undefined && !known.includes(propagation)) {
    refuse(`${path}.bindOptions.propagation`, propagation, "is no propagation", `Use one of ${known.join(", ")}.`);
  }
  const tmpfs = objectOf(block["tmpfsOptions"]);
  checkNumber(refuse, `${path}.tmpfsOptions.sizeBytes`, tmpfs["sizeBytes"], { least: 0, what: "a size in bytes" });
  const mode = numberOf(tmpfs["mode"]);
  if (mode !== undefined && (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)) {
    refuse(`${path}.tmpfsOptions.mode`, mode, "is no mode of a file", "Write it as the number 0o1777.");
  }
  for (const field of ["volumeOptions", "imageOptions"] as const) {
    const subpath = textOf(objectOf(block[field])["subpath"]);
    if (subpath !== undefined && (subpath.startsWith("/") || subpath.split("/").includes(".."))) {
      refuse(
        `${path}.${field}.subpath`,
        subpath,
        "leads out of the volume",
        "Give a path below its root, without `..`.",
      );
    }
  }
}

function isMissing(value: Properties[string]): boolean {
  return value === "" || isEmpty(value);
}

/** A path of the host, of Windows too. */
function isHostPath(path: string): boolean {
  return path.startsWith("/") || /^[a-zA-Z]:[\\/]/.test(path) || path.startsWith("\\\\");
}
