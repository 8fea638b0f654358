import type { ContainerInspectResponse } from "@docker/node-sdk";
import { userLabels } from "../../resources/ownership";
import { listOf, numberOf, type Properties, textOf, unknown, type Value } from "../value";
import { rules } from "./inputs";

const mebibyte = 1024 * 1024;

/** The bookkeeping that the official plugin's bridge writes for this type (schema version and default timeouts). */
const meta =
  '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}';

/** The outputs that are no inputs. */
const outputs = ["bridge", "containerLogs", "exitCode", "networkDatas"] as const;

/** The state of a container as the official plugin writes it: the given inputs, and what the Engine answered for the rest. */
export function stateOf(inputs: Properties, inspect: ContainerInspectResponse): Properties {
  const host = inspect.HostConfig ?? {};
  const config = inspect.Config ?? {};
  const blank: Record<string, Value> = {};
  for (const name of [...Object.keys(rules), ...outputs]) blank[name] = null;
  const given = Object.entries(inputs).filter(([name]) => name !== "__defaults");
  return {
    ...blank,
    __meta: meta,
    attach: false,
    bridge: "",
    entrypoints: [],
    envs: [],
    healthcheck: null,
    hostname: config.Hostname ?? "",
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    labels: [],
    logDriver: host.LogConfig?.Type ?? "",
    logs: false,
    memory: Math.floor((host.Memory ?? 0) / mebibyte),
    privileged: host.Privileged ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    shmSize: Math.floor((host.ShmSize ?? 0) / mebibyte),
    stopSignal: "",
    ...Object.fromEntries(given.map(([name, value]) => [name, plain(value ?? null)])),
    exitCode: inspect.State?.Running === true ? null : (inspect.State?.ExitCode ?? null),
    networkDatas: networkDatas(inspect),
    ports: presentPorts(inputs, inspect),
  };
}

/** What a preview can say of a container's state: inputs as given, everything the daemon decides unknown. */
export function plannedState(inputs: Properties, old?: Properties): Properties {
  const computed = ["exitCode", "hostname", "networkDatas", "containerLogs", "bridge"];
  const fresh: Record<string, Value> = {};
  for (const name of computed) fresh[name] = unknown;
  const given = Object.entries(inputs).filter(([name]) => name !== "__defaults");
  const base: Properties = old ?? fresh;
  return { ...base, ...Object.fromEntries(given) };
}

/** The labels of a container that are the user's, in the plugin's form, sorted. */
export function labelList(inspect: ContainerInspectResponse): { label: string; value: string }[] {
  const labels = Object.entries(userLabels(inspect.Config?.Labels));
  return labels.sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, value]) => ({ label, value }));
}

function networkDatas(inspect: ContainerInspectResponse): Value {
  return Object.entries(inspect.NetworkSettings?.Networks ?? {}).map(([networkName, endpoint]) => ({
    gateway: endpoint.Gateway ?? "",
    globalIpv6Address: endpoint.GlobalIPv6Address ?? "",
    globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen ?? 0,
    ipAddress: endpoint.IPAddress ?? "",
    ipPrefixLength: endpoint.IPPrefixLen ?? 0,
    ipv6Gateway: endpoint.IPv6Gateway ?? "",
    macAddress: endpoint.MacAddress ?? "",
    networkName,
  }));
}

/** The ports as given, with the host port the Engine chose where none was asked for. */
function presentPorts(inputs: Properties, inspect: ContainerInspectResponse): Value {
  const bound = inspect.NetworkSettings?.Ports ?? {};
  return listOf(inputs["ports"]).map((item) => {
    const block = plain(item);
    if (typeof block !== "object" || block === null || Array.isArray(block)) return block;
    const port = block as Properties;
    if ((numberOf(port["external"]) ?? 0) !== 0) return port;
    const key = `${numberOf(port["internal"])}/${(textOf(port["protocol"]) ?? "tcp").toLowerCase()}`;
    const binding = bound[key]?.find((candidate) => candidate.HostIp === (textOf(port["ip"]) ?? "0.0.0.0"));
    const chosen = binding?.HostPort;
    return { ...port, external: chosen === undefined ? 0 : Number(chosen) };
  });
}

/** Without the bridge's `__defaults` in nested blocks; the state does not carry them. */
function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: Value) => plain(item));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value as Properties).filter(([key]) => key !== "__defaults");
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item ?? null)]));
  }
  return value;
}
