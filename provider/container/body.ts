import type { ContainerCreateRequest, HostConfig, Mount } from "@docker/node-sdk";
import { flagOf, listOf, mapOf, numberOf, objectOf, type Properties, textOf, textsOf, type Value } from "../value";
import { capability, nanoCpus, nanoseconds } from "./inputs";

const mebibyte = 1024 * 1024;

/** The body of the Engine's `POST /containers/create` for checked inputs; `labels` are ours, added to the user's. */
export function bodyOf(inputs: Properties, labels: Readonly<Record<string, string>>): ContainerCreateRequest {
  const networks = listOf(inputs["networksAdvanced"]).map(objectOf);
  const first = networks[0];
  const mode = textOf(inputs["networkMode"]);
  const joins = first !== undefined && (mode === undefined || mode === "bridge" || mode === "default");
  return compact<ContainerCreateRequest>({
    Image: textOf(inputs["image"]),
    Cmd: given(textsOf(inputs["command"])),
    Entrypoint: given(textsOf(inputs["entrypoints"])),
    Env: given(textsOf(inputs["envs"])),
    Hostname: textOf(inputs["hostname"]),
    Domainname: textOf(inputs["domainname"]),
    User: textOf(inputs["user"]),
    WorkingDir: textOf(inputs["workingDir"]),
    Labels: { ...labelsOf(inputs), ...labels },
    ExposedPorts: Object.fromEntries(portKeys(inputs).map((key) => [key, {}])),
    Tty: flagOf(inputs["tty"]),
    OpenStdin: flagOf(inputs["stdinOpen"]),
    StopSignal: textOf(inputs["stopSignal"]),
    StopTimeout: numberOf(inputs["stopTimeout"]),
    Healthcheck: healthOf(inputs),
    Volumes: anonymousVolumes(inputs),
    HostConfig: hostConfigOf(inputs, joins ? textOf(first["name"]) : mode),
    NetworkingConfig: joins ? { EndpointsConfig: { [textOf(first["name"]) ?? ""]: endpointOf(first) } } : undefined,
  });
}

/** The networks that are connected one by one after the create, with their endpoints. */
export function furtherNetworks(inputs: Properties): { name: string; endpoint: object }[] {
  const networks = listOf(inputs["networksAdvanced"]).map(objectOf);
  const mode = textOf(inputs["networkMode"]);
  const joined = mode === undefined || mode === "bridge" || mode === "default" ? 1 : 0;
  return networks.slice(joined).map((block) => ({ name: textOf(block["name"]) ?? "", endpoint: endpointOf(block) }));
}

/** The limits and the restart policy, the part that `POST /containers/{id}/update` takes too. */
export function resourcesOf(inputs: Properties): HostConfig {
  const megabytes = (name: string): number | undefined => {
    const value = numberOf(inputs[name]);
    return value === undefined ? undefined : value < 0 ? -1 : value * mebibyte;
  };
  return compact<HostConfig>({
    CpuPeriod: numberOf(inputs["cpuPeriod"]),
    CpuQuota: numberOf(inputs["cpuQuota"]),
    CpusetCpus: textOf(inputs["cpuSet"]),
    CpuShares: numberOf(inputs["cpuShares"]),
    NanoCpus: nanoCpus(inputs["cpus"]),
    Memory: megabytes("memory"),
    MemoryReservation: megabytes("memoryReservation"),
    MemorySwap: megabytes("memorySwap"),
    RestartPolicy: compact({
      Name: textOf(inputs["restart"]) as "no" | undefined,
      MaximumRetryCount: numberOf(inputs["maxRetryCount"]),
    }),
  });
}

function hostConfigOf(inputs: Properties, networkMode: string | undefined): HostConfig {
  const shm = numberOf(inputs["shmSize"]);
  const capabilities = objectOf(inputs["capabilities"]);
  const logDriver = textOf(inputs["logDriver"]);
  const logOpts = mapOf(inputs["logOpts"]);
  const hasLog = logDriver !== undefined || Object.keys(logOpts).length > 0;
  return compact<HostConfig>({
    ...resourcesOf(inputs),
    AutoRemove: flagOf(inputs["rm"]),
    Binds: given(listOf(inputs["volumes"]).flatMap(bindOf)),
    BlkioDeviceReadBps: given(throttles(inputs["deviceReadBps"])),
    BlkioDeviceReadIOps: given(throttles(inputs["deviceReadIops"])),
    BlkioDeviceWriteBps: given(throttles(inputs["deviceWriteBps"])),
    BlkioDeviceWriteIOps: given(throttles(inputs["deviceWriteIops"])),
    CapAdd: given(textsOf(capabilities["adds"]).map(capability)),
    CapDrop: given(textsOf(capabilities["drops"]).map(capability)),
    CgroupParent: textOf(inputs["cgroupParent"]),
    CgroupnsMode: textOf(inputs["cgroupnsMode"]) as "host" | undefined,
    DeviceCgroupRules: given(textsOf(inputs["deviceCgroupRules"])),
    DeviceRequests: given(deviceRequests(inputs)),
    Devices: given(
      listOf(inputs["devices"]).map((item) => {
        const block = objectOf(item);
        const host = textOf(block["hostPath"]) ?? "";
        return {
          PathOnHost: host,
          PathInContainer: textOf(block["containerPath"]) ?? host,
          CgroupPermissions: textOf(block["permissions"]) ?? "rwm",
        };
      }),
    ),
    Dns: given(textsOf(inputs["dns"])),
    DnsOptions: given(textsOf(inputs["dnsOpts"])),
    DnsSearch: given(textsOf(inputs["dnsSearches"])),
    ExtraHosts: given(
      listOf(inputs["hosts"]).map((item) => `${textOf(objectOf(item)["host"])}:${textOf(objectOf(item)["ip"])}`),
    ),
    GroupAdd: given(textsOf(inputs["groupAdds"])),
    Init: flagOf(inputs["init"]),
    IpcMode: textOf(inputs["ipcMode"]),
    LogConfig: hasLog ? { Type: (logDriver ?? "json-file") as "json-file", Config: logOpts } : undefined,
    Mounts: given(listOf(inputs["mounts"]).map(mountOf)),
    NetworkMode: networkMode,
    PidMode: textOf(inputs["pidMode"]),
    PortBindings: portBindings(inputs),
    Privileged: flagOf(inputs["privileged"]),
    PublishAllPorts: flagOf(inputs["publishAllPorts"]),
    ReadonlyRootfs: flagOf(inputs["readOnly"]),
    Runtime: textOf(inputs["runtime"]),
    SecurityOpt: given(textsOf(inputs["securityOpts"])),
    ShmSize: shm === undefined ? undefined : shm * mebibyte,
    StorageOpt: givenMap(mapOf(inputs["storageOpts"])),
    Sysctls: givenMap(mapOf(inputs["sysctls"])),
    Tmpfs: givenMap(mapOf(inputs["tmpfs"])),
    Ulimits: given(
      listOf(inputs["ulimits"]).map((item) => {
        const block = objectOf(item);
        return compact({ Name: textOf(block["name"]), Hard: numberOf(block["hard"]), Soft: numberOf(block["soft"]) });
      }),
    ),
    UsernsMode: textOf(inputs["usernsMode"]),
    VolumesFrom: given(
      listOf(inputs["volumes"]).flatMap((item) => {
        const from = textOf(objectOf(item)["fromContainer"]);
        return from === undefined ? [] : [from];
      }),
    ),
  });
}

/** The user's labels as a map. */
export function labelsOf(inputs: Properties): Record<string, string> {
  const pairs = listOf(inputs["labels"]).map(objectOf);
  return Object.fromEntries(pairs.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""]));
}

function portKeys(inputs: Properties): string[] {
  return listOf(inputs["ports"]).map((item) => {
    const block = objectOf(item);
    return `${numberOf(block["internal"])}/${(textOf(block["protocol"]) ?? "tcp").toLowerCase()}`;
  });
}

function portBindings(inputs: Properties): HostConfig["PortBindings"] {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  const keys = portKeys(inputs);
  for (const [index, item] of listOf(inputs["ports"]).entries()) {
    const block = objectOf(item);
    const key = keys[index] ?? "";
    const binding = {
      HostIp: textOf(block["ip"]) ?? "0.0.0.0",
      HostPort: String(numberOf(block["external"]) ?? 0),
    };
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  return bindings;
}

function healthOf(inputs: Properties): ContainerCreateRequest["Healthcheck"] {
  const block = objectOf(inputs["healthcheck"]);
  const tests = textsOf(block["tests"]);
  if (tests.length === 0) return undefined;
  return compact({
    Test: tests,
    Interval: nanoseconds(block["interval"]),
    Timeout: nanoseconds(block["timeout"]),
    StartPeriod: nanoseconds(block["startPeriod"]),
    // Engine 25 and newer; older ones ignore it, but a zero would still be sent.
    StartInterval: nanoseconds(block["startInterval"]) || undefined,
    Retries: numberOf(block["retries"]),
  });
}

function anonymousVolumes(inputs: Properties): Record<string, object> | undefined {
  const blocks = listOf(inputs["volumes"]).map(objectOf);
  const bare = blocks.filter(
    (block) => block["hostPath"] === undefined && block["volumeName"] === undefined && textOf(block["containerPath"]),
  );
  return givenMap(Object.fromEntries(bare.map((block) => [textOf(block["containerPath"]) ?? "", {}])));
}

function bindOf(item: Value): string[] {
  const block = objectOf(item);
  const source = textOf(block["hostPath"]) ?? textOf(block["volumeName"]);
  const target = textOf(block["containerPath"]);
  if (source === undefined || target === undefined) return [];
  const relabel = textOf(block["selinuxRelabel"]);
  const options = [...(flagOf(block["readOnly"]) === true ? ["ro"] : []), ...(relabel === undefined ? [] : [relabel])];
  return [`${source}:${target}${options.length === 0 ? "" : `:${options.join(",")}`}`];
}

function mountOf(item: Value): Mount {
  const block = objectOf(item);
  const bind = objectOf(block["bindOptions"]);
  const volume = objectOf(block["volumeOptions"]);
  const tmpfs = objectOf(block["tmpfsOptions"]);
  const labels = listOf(volume["labels"]).map(objectOf);
  const hasVolume = Object.keys(volume).some((key) => key !== "__defaults");
  const size = numberOf(tmpfs["sizeBytes"]);
  const mode = numberOf(tmpfs["mode"]);
  return compact<Mount>({
    Type: textOf(block["type"]) as Mount["Type"],
    Source: textOf(block["source"]),
    Target: textOf(block["target"]),
    ReadOnly: flagOf(block["readOnly"]),
    BindOptions: textOf(bind["propagation"]) ? { Propagation: textOf(bind["propagation"]) as "private" } : undefined,
    VolumeOptions: hasVolume
      ? compact({
          NoCopy: flagOf(volume["noCopy"]),
          Subpath: textOf(volume["subpath"]),
          Labels: givenMap(
            Object.fromEntries(labels.map((pair) => [textOf(pair["label"]) ?? "", textOf(pair["value"]) ?? ""])),
          ),
          DriverConfig: textOf(volume["driverName"])
            ? { Name: textOf(volume["driverName"]) ?? "", Options: mapOf(volume["driverOptions"]) }
            : undefined,
        })
      : undefined,
    TmpfsOptions: size === undefined && mode === undefined ? undefined : compact({ SizeBytes: size, Mode: mode }),
  });
}

function endpointOf(block: Properties): object {
  const ipv4 = textOf(block["ipv4Address"]);
  const ipv6 = textOf(block["ipv6Address"]);
  const ipam = compact({ IPv4Address: ipv4, IPv6Address: ipv6 });
  return compact({
    Aliases: given(textsOf(block["aliases"])),
    IPAMConfig: ipv4 === undefined && ipv6 === undefined ? undefined : ipam,
    MacAddress: textOf(block["macAddress"]),
    DriverOpts: givenMap(mapOf(block["driverOpts"])),
  });
}

function deviceRequests(inputs: Properties): NonNullable<HostConfig["DeviceRequests"]> {
  const gpus = textOf(inputs["gpus"]);
  const asked = listOf(inputs["deviceRequests"]).map((item) => {
    const block = objectOf(item);
    return compact({
      Driver: textOf(block["driver"]),
      Count: numberOf(block["count"]),
      DeviceIDs: given(textsOf(block["deviceIds"])),
      Capabilities: [textsOf(block["capabilities"])],
      Options: givenMap(mapOf(block["options"])),
    });
  });
  return gpus === undefined ? asked : [...asked, gpuRequest(gpus)];
}

/** The `--gpus` syntax of the docker command: `all`, a count, or `device=0,1`. */
function gpuRequest(gpus: string): NonNullable<HostConfig["DeviceRequests"]>[number] {
  const devices = /^"?device=(.+?)"?$/.exec(gpus)?.[1];
  if (devices !== undefined) return { DeviceIDs: devices.split(","), Capabilities: [["gpu"]] };
  return { Count: gpus === "all" ? -1 : Number(gpus), Capabilities: [["gpu"]] };
}

function throttles(value: Value | undefined): { Path: string; Rate: number }[] {
  return listOf(value).map((item) => ({
    Path: textOf(objectOf(item)["path"]) ?? "",
    Rate: numberOf(objectOf(item)["rate"]) ?? 0,
  }));
}

function given<Item>(list: Item[]): Item[] | undefined {
  return list.length === 0 ? undefined : list;
}

function givenMap<Map extends object>(map: Map): Map | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

type Loose<Body> = { [Key in keyof Body]: Body[Key] | undefined };

/** The body without what is undefined: the Engine tells an absent field from a zero one. */
function compact<Body extends object>(body: Loose<Body>): Body {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Body;
}
