import type { HostConfig } from "@docker/node-sdk";
import { flagOf, listOf, mapOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import { sharedMode } from "./endpoints";
import { type ContainerRules, flagRule, mapRule, setRule, textRule } from "./look";
import { compact, given, givenMap } from "./sparse";

/** What separates the container from its host: capabilities, name spaces, devices, limits of the process. */
export const isolationRules = {
  capabilities: {
    on: "replace",
    sets: ["adds", "drops"],
    meaning: (value) => ({
      adds: textsOf(objectOf(value)["adds"]).map(capability),
      drops: textsOf(objectOf(value)["drops"]).map(capability),
    }),
    has: ({ container }) =>
      compact<Record<string, Value>>({
        adds: given((container.HostConfig?.CapAdd ?? []).map(capability)),
        drops: given((container.HostConfig?.CapDrop ?? []).map(capability)),
      }),
  },
  cgroupParent: textRule((host) => host.CgroupParent),
  cgroupnsMode: textRule((host) => host.CgroupnsMode, {
    // In an import the state holds the daemon's default; else what the daemon chose is not kept.
    unsaid: ({ container, state }) => state["cgroupnsMode"] ?? container.HostConfig?.CgroupnsMode ?? "",
  }),
  deviceCgroupRules: setRule((host) => host.DeviceCgroupRules, {
    meaning: (value) => textsOf(value).map((rule) => rule.trim().replace(/\s+/g, " ")),
  }),
  deviceRequests: {
    on: "replace",
    unordered: true,
    sets: ["capabilities", "deviceIds"],
    meaning: (value) => listOf(value).map((item) => requestBlock(requestOf(objectOf(item)))),
    has: ({ container, inputs }) => {
      const gpus = textOf(inputs["gpus"]);
      const gpuText = gpus === undefined ? undefined : JSON.stringify(requestBlock(gpuRequest(gpus)));
      const seen = (container.HostConfig?.DeviceRequests ?? []).map(requestBlock);
      return seen.filter((request) => JSON.stringify(request) !== gpuText);
    },
  },
  devices: {
    on: "replace",
    unordered: true,
    meaning: (value) => listOf(value).map((item) => deviceMeaning(objectOf(item))),
    has: ({ container }) =>
      (container.HostConfig?.Devices ?? []).map((device) => ({
        hostPath: device.PathOnHost ?? "",
        containerPath: device.PathInContainer ?? "",
        permissions: device.CgroupPermissions ?? "",
      })),
  },
  gpus: {
    on: "replace",
    meaning: (value) => requestBlock(gpuRequest(textOf(value) ?? "")),
    has: ({ container }, declared) => {
      const asked = textOf(declared);
      if (asked === undefined) return undefined;
      const wanted = JSON.stringify(requestBlock(gpuRequest(asked)));
      const seen = (container.HostConfig?.DeviceRequests ?? []).map((request) => JSON.stringify(requestBlock(request)));
      return seen.includes(wanted) ? asked : undefined;
    },
  },
  groupAdds: setRule((host) => host.GroupAdd),
  ipcMode: textRule((host) => host.IpcMode, {
    has: (look, declared) => sharedMode(look.container.HostConfig?.IpcMode ?? "", declared, look),
    unsaid: ({ container, state }) =>
      daemonsChoice(container.HostConfig?.IpcMode) ? container.HostConfig?.IpcMode : state["ipcMode"],
  }),
  isolation: textRule((host) => (host.Isolation === "default" ? "" : host.Isolation), {
    extra: true,
    meaning: (value) => (value === "default" || value === "" ? null : value),
  }),
  pidMode: textRule((host) => host.PidMode, {
    has: (look, declared) => sharedMode(look.container.HostConfig?.PidMode ?? "", declared, look),
  }),
  privileged: flagRule((host) => host.Privileged),
  readOnly: flagRule((host) => host.ReadonlyRootfs),
  runtime: textRule((host) => host.Runtime, { unsaid: ({ state }) => state["runtime"] ?? "runc" }),
  securityOpts: {
    on: "replace",
    unordered: true,
    meaning: (value) => textsOf(value).map(securityMeaning),
    has: ({ container, profiles }, declared) => {
      const asked = textsOf(declared).flatMap((text) => {
        const profile = profilePath(text);
        return profile === undefined ? [] : [[text, `seccomp=${profiles?.get(profile)}`] as const];
      });
      const seen = securityOf(container.HostConfig);
      return seen.map((text) => asked.find(([, option]) => option === securityMeaning(text))?.[0] ?? text);
    },
    // Without options of its own the Engine takes the labels off a container that shares or has everything.
    unsaid: ({ container }) => {
      const { Privileged, IpcMode, PidMode } = container.HostConfig ?? {};
      return Privileged === true || IpcMode === "host" || PidMode === "host" ? ["label=disable"] : [];
    },
  },
  sysctls: mapRule((host) => host.Sysctls),
  ulimits: {
    on: "replace",
    unordered: true,
    meaning: (value) =>
      listOf(value).map((item) => ({ ...objectOf(item), name: textOf(objectOf(item)["name"])?.toLowerCase() ?? null })),
    has: ({ container }) =>
      (container.HostConfig?.Ulimits ?? []).map(({ Name = "", Hard = 0, Soft = 0 }) => ({
        name: Name,
        hard: Hard,
        soft: Soft,
      })),
  },
  usernsMode: textRule((host) => host.UsernsMode),
  utsMode: textRule((host) => host.UTSMode, { extra: true }),
} satisfies ContainerRules;

/** The part of HostConfig that separates. `profiles` holds the text of seccomp profiles that are given by path. */
export function isolationHost(inputs: Properties, profiles: ReadonlyMap<string, string> = new Map()): HostConfig {
  const capabilities = objectOf(inputs["capabilities"]);
  const security = textsOf(inputs["securityOpts"]).map((text) => {
    const profile = profiles.get(profilePath(text) ?? "");
    return profile === undefined ? text : `seccomp=${profile}`;
  });
  const open = security.includes(openPaths);
  const gpus = textOf(inputs["gpus"]);
  const requests = listOf(inputs["deviceRequests"]).map((item) => requestOf(objectOf(item)));
  return compact<HostConfig>({
    CapAdd: given(textsOf(capabilities["adds"]).map(capability)),
    CapDrop: given(textsOf(capabilities["drops"]).map(capability)),
    CgroupParent: textOf(inputs["cgroupParent"]),
    CgroupnsMode: textOf(inputs["cgroupnsMode"]) as "host" | undefined,
    DeviceCgroupRules: given(textsOf(inputs["deviceCgroupRules"])),
    DeviceRequests: given(gpus === undefined ? requests : [...requests, gpuRequest(gpus)]),
    Devices: given(listOf(inputs["devices"]).map((item) => deviceOf(objectOf(item)))),
    GroupAdd: given(textsOf(inputs["groupAdds"])),
    IpcMode: textOf(inputs["ipcMode"]),
    Isolation: textOf(inputs["isolation"]) as "default" | undefined,
    // The docker command and compose take this option out and send what it means; the Engine's own API does not know it.
    ...(open ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    PidMode: textOf(inputs["pidMode"]),
    Privileged: flagOf(inputs["privileged"]),
    ReadonlyRootfs: flagOf(inputs["readOnly"]),
    Runtime: textOf(inputs["runtime"]),
    SecurityOpt: given(security.filter((text) => text !== openPaths)),
    Sysctls: givenMap(mapOf(inputs["sysctls"])),
    Ulimits: given(listOf(inputs["ulimits"]).map((item) => ulimitOf(objectOf(item)))),
    UsernsMode: textOf(inputs["usernsMode"]),
    UTSMode: textOf(inputs["utsMode"]),
  });
}

/** A capability as the Engine spells it: `CAP_NET_ADMIN`. */
export function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

/** The file of a seccomp profile that is given by path, as the docker command takes it; undefined for anything else. */
export function profilePath(option: string): string | undefined {
  const value = /^seccomp[=:](.*)$/s.exec(option)?.[1]?.trim();
  const isPath =
    value !== undefined && value !== "" && !value.startsWith("{") && !["unconfined", "builtin"].includes(value);
  return isPath ? value : undefined;
}

type DeviceRequest = NonNullable<HostConfig["DeviceRequests"]>[number];

function requestOf(block: Properties): DeviceRequest {
  const names = given(textsOf(block["capabilities"]));
  return compact<DeviceRequest>({
    Capabilities: names === undefined ? undefined : [names],
    Count: numberOf(block["count"]) || undefined,
    DeviceIDs: given(textsOf(block["deviceIds"])),
    Driver: textOf(block["driver"]),
    Options: givenMap(mapOf(block["options"])),
  });
}

/** The `--gpus` syntax of the docker command: `all`, a count, or `device=0,1`. */
function gpuRequest(gpus: string): DeviceRequest {
  const devices = /^"?device=(.+?)"?$/.exec(gpus)?.[1];
  if (devices !== undefined) return { DeviceIDs: devices.split(","), Capabilities: [["gpu"]] };
  return { Count: gpus === "all" ? -1 : Number(gpus), Capabilities: [["gpu"]] };
}

function requestBlock(request: DeviceRequest): Properties {
  return compact<Record<string, Value>>({
    capabilities: given([...(request.Capabilities?.flat() ?? [])].sort()),
    count: request.Count || undefined,
    deviceIds: given([...(request.DeviceIDs ?? [])].sort()),
    driver: request.Driver || undefined,
    options: givenMap(request.Options ?? {}),
  });
}

function deviceOf(block: Properties): NonNullable<HostConfig["Devices"]>[number] {
  const host = textOf(block["hostPath"]) ?? "";
  return {
    PathOnHost: host,
    PathInContainer: textOf(block["containerPath"]) ?? host,
    CgroupPermissions: textOf(block["permissions"]) ?? "rwm",
  };
}

function deviceMeaning(block: Properties): Value {
  const host = block["hostPath"] ?? null;
  const permissions = [...(textOf(block["permissions"]) ?? "rwm")].sort().join("");
  return { hostPath: host, containerPath: textOf(block["containerPath"]) ?? host, permissions };
}

function ulimitOf(block: Properties): NonNullable<HostConfig["Ulimits"]>[number] {
  return compact({ Name: textOf(block["name"]), Hard: numberOf(block["hard"]), Soft: numberOf(block["soft"]) });
}

/** The option that leaves nothing of `/proc` and `/sys` hidden or read-only. */
const openPaths = "systempaths=unconfined";

/**
 * The security options of a container as a program writes them. A privileged container hides no paths anyway and is not said to
 * have the option: the Engine shows null for it, not an empty list.
 */
export function securityOf(host: HostConfig | undefined): string[] {
  const { SecurityOpt, MaskedPaths, ReadonlyPaths } = host ?? {};
  const isOpen = MaskedPaths?.length === 0 && ReadonlyPaths?.length === 0;
  return [...(SecurityOpt ?? []), ...(isOpen ? [openPaths] : [])];
}

/** `no-new-privileges` alone means true, and the older separator is a colon. */
function securityMeaning(option: string): string {
  if (/^no-new-privileges([=:]true)?$/.test(option)) return "no-new-privileges=true";
  return option.replace(/^([a-z-]+):/, "$1=");
}

function daemonsChoice(mode: string | undefined): boolean {
  return mode === undefined || mode === "" || mode === "private" || mode === "shareable";
}
