import { readFileSync } from "node:fs";
import { messageOf } from "../../../values/fault";
import { isEmpty, mapOf, numberOf, objectOf, type Properties, textOf, type Value } from "../../value";
import { capability, profilePath } from "../isolation";
import { blocksOf, type FaultFinder, type Refuse, wordsOf } from "./refuse";

/** capabilities(7), without the prefix. */
const capabilities = new Set(
  "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split(
    " ",
  ),
);

/** Capabilities, name spaces, devices, kernel parameters, security options. */
export const isolationFaults: FaultFinder = (inputs, refuse) => {
  capabilityFaults(objectOf(inputs["capabilities"]), refuse);
  nameSpaceFaults(inputs, refuse);
  deviceFaults(inputs, refuse);
  securityFaults(inputs["securityOpts"], refuse);
  sysctlFaults(inputs, refuse);
  for (const { path, text } of wordsOf(inputs["groupAdds"], "groupAdds")) {
    if (!/^[^\s:]+$/.test(text)) refuse(path, text, "is no group", "Give its name or number.");
  }
};

function capabilityFaults(block: Properties, refuse: Refuse): void {
  for (const field of ["adds", "drops"] as const) {
    for (const { path, text } of wordsOf(block[field], `capabilities.${field}`)) {
      const name = capability(text).replace(/^CAP_/, "");
      if (name !== "ALL" && !capabilities.has(name))
        refuse(path, text, "is no capability", "Use a name such as NET_ADMIN, or ALL.");
    }
  }
}

function nameSpaceFaults(inputs: Properties, refuse: Refuse): void {
  const shared = /^container:[^\s]+$/;
  const modes: readonly [string, readonly string[], boolean][] = [
    ["ipcMode", ["none", "private", "shareable", "host"], true],
    ["pidMode", ["host"], true],
    ["usernsMode", ["host"], false],
    ["utsMode", ["host"], false],
    ["cgroupnsMode", ["private", "host"], false],
    ["isolation", ["default", "process", "hyperv"], false],
  ];
  for (const [field, known, canShare] of modes) {
    const mode = textOf(inputs[field]);
    if (mode === undefined || known.includes(mode) || (canShare && shared.test(mode))) continue;
    const all = [...known, ...(canShare ? ["`container:NAME`"] : [])];
    refuse(field, mode, "is none that the Engine has", `Use ${all.join(", ")}.`);
  }
  if (textOf(inputs["utsMode"]) === "host" && textOf(inputs["hostname"]) !== undefined) {
    refuse("hostname", inputs["hostname"], "would be the host's own with utsMode host", "Keep one of the two.");
  }
  const runtime = textOf(inputs["runtime"]);
  if (runtime !== undefined && !/^[a-zA-Z0-9/][a-zA-Z0-9_./-]*$/.test(runtime)) {
    refuse("runtime", runtime, "is no name of a runtime", "Use a name that `docker info` lists.");
  }
}

function deviceFaults(inputs: Properties, refuse: Refuse): void {
  for (const { path, block } of blocksOf(inputs, "devices")) {
    for (const field of ["hostPath", "containerPath"] as const) {
      const device = textOf(block[field]);
      if (device !== undefined && !device.startsWith("/")) {
        refuse(
          `${path}.${field}`,
          device,
          "is no device",
          "Start it with `/`, such as `/dev/sda`; for CDI devices use `deviceRequests`.",
        );
      }
    }
    if (block["hostPath"] === undefined || block["hostPath"] === "")
      refuse(`${path}.hostPath`, undefined, "is missing", "Name the device of the host.");
    const permissions = textOf(block["permissions"]);
    if (
      permissions !== undefined &&
      (!/^[rwm]{1,3}$/.test(permissions) || new Set(permissions).size !== permissions.length)
    ) {
      refuse(`${path}.permissions`, permissions, "are no permissions", "Use letters of rwm.");
    }
  }
  for (const { path, text } of wordsOf(inputs["deviceCgroupRules"], "deviceCgroupRules")) {
    if (!/^\s*[acb]\s+(\d+|\*):(\d+|\*)\s+[rwm]{1,3}\s*$/.test(text))
      refuse(path, text, "is no rule", "Write it as `c 42:* rmw`.");
  }
  for (const { path, block } of blocksOf(inputs, "deviceRequests")) {
    const count = numberOf(block["count"]) ?? 0;
    if (count !== 0 && !isEmpty(block["deviceIds"])) {
      refuse(`${path}.count`, count, "contradicts `deviceIds`", "Keep one of the two.");
    }
    if (!Number.isInteger(count) || count < -1)
      refuse(`${path}.count`, count, "is no number of devices", "Use a whole number, or -1 for all.");
  }
  const gpus = textOf(inputs["gpus"]);
  if (gpus !== undefined && !/^(all|\d+|"?device=[^,"]+(,[^,"]+)*"?)$/.test(gpus)) {
    refuse("gpus", gpus, "names no GPUs", "Write it as `all` or `device=0,2`.");
  }
}

function securityFaults(value: Value | undefined, refuse: Refuse): void {
  const known = ["apparmor", "label", "no-new-privileges", "seccomp", "systempaths", "writable-cgroups"];
  for (const { path, text } of wordsOf(value, "securityOpts")) {
    const [key = ""] = text.split(/[=:]/, 1);
    const isAlone = text === "no-new-privileges" || text === "writable-cgroups" || text === "disable";
    if (!isAlone && (!known.includes(key) || !/[=:]/.test(text))) {
      refuse(path, text, "is no security option", `Write it as \`OPTION=VALUE\` with ${known.join(", ")}.`);
    }
    if (key === "systempaths" && text !== "systempaths=unconfined") {
      refuse(path, text, "is nothing that a daemon knows", "Write it as `systempaths=unconfined`, or leave it out.");
    }
    const profile = profilePath(text);
    if (profile === undefined) continue;
    try {
      JSON.parse(readFileSync(profile, "utf8"));
    } catch (error) {
      refuse(
        path,
        profile,
        `is no seccomp profile: ${messageOf(error)}`,
        "Name a JSON file that can be read, or unconfined.",
      );
    }
  }
}

/** The kernel parameters that a container can have for itself (runc, libcontainer/configs/validate). */
function sysctlFaults(inputs: Properties, refuse: Refuse): void {
  const ipc = /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;
  for (const name of Object.keys(mapOf(inputs["sysctls"]))) {
    const path = `sysctls[${JSON.stringify(name)}]`;
    const isNet = name.startsWith("net.");
    if (!isNet && !ipc.test(name)) {
      refuse(
        path,
        undefined,
        "is no kernel parameter that a container has for itself",
        "Set it on the host (sysctl), or leave it out.",
      );
    }
    if (isNet && inputs["networkMode"] === "host") {
      refuse(path, undefined, "would be the host's own with networkMode host", "Keep one of the two.");
    }
    if (!isNet && ipc.test(name) && inputs["ipcMode"] === "host") {
      refuse(path, undefined, "would be the host's own with ipcMode host", "Keep one of the two.");
    }
  }
}
