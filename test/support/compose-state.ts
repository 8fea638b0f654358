import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "../../daemon/client";
import { inspectContainer, listContainers } from "../../daemon/container";
import { inspectNetwork, listNetworks } from "../../daemon/network";
import { inspectVolume, listVolumes } from "../../daemon/volume";
import { composeLabel } from "../../resources/compose";
import { userLabels } from "../../resources/ownership";

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

/**
 * Everything on a daemon of a compose project, as the Engine shows it, without what differs from run to run: ids, times,
 * addresses that the Engine chose. Empty values say nothing.
 *
 * What tools may differ in, and why, is in {@link exceptions}.
 */
export async function composeState(engine: Engine, project: string): Promise<Plain> {
  // What is meant to end at once has ended by then.
  await sleep(1500);
  const label = [`${composeLabel.project}=${project}`];
  const [containers, networks, volumes] = await Promise.all([
    listContainers(engine, { label }),
    listNetworks(engine, { label }),
    listVolumes(engine),
  ]);
  const seen = await Promise.all(containers.map(({ Id = "" }) => inspectContainer(engine, Id)));
  const names = new Map(seen.map((one) => [one?.Id ?? "", (one?.Name ?? "").slice(1)]));
  const whole = {
    containers: Object.fromEntries(seen.map((one) => [names.get(one?.Id ?? "") ?? "", containerOf(one, names)])),
    networks: Object.fromEntries(
      await Promise.all(
        networks.map(async ({ Id = "", Name = "" }) => [Name, networkOf(await inspectNetwork(engine, Id))]),
      ),
    ),
    volumes: Object.fromEntries(
      await Promise.all(
        volumes
          .filter(({ Labels }) => Labels?.[composeLabel.project] === project)
          .map(async ({ Name }) => [Name, volumeOf(await inspectVolume(engine, Name))]),
      ),
    ),
  };
  return plain(whole, names) ?? {};
}

/** Where what Slipway leaves is not to the letter what compose leaves, with the reason. */
export const exceptions: readonly string[] = [
  "Config.Env: a variable without a value anywhere is not sent, with a warning; compose sends its name alone.",
  "Config.AttachStdout, AttachStderr: compose means to attach to what it creates; nobody reads them afterwards.",
  "HostConfig.RestartPolicy.Name: `no` is written where compose writes nothing; the Engine takes both for the same.",
  "HostConfig.Binds: `:rw`, the default, is not written.",
  "HostConfig.PortBindings.HostPort: `0` is written where compose writes nothing; both leave the port to the Engine.",
  "HostConfig.OomKillDisable: compose writes false, the Engine's default.",
  "Labels io.slipway.*: whose it is. Labels com.docker.compose.version and .replace: who made it, out of what.",
];

type Inspect = NonNullable<Awaited<ReturnType<typeof inspectContainer>>>;

function containerOf(seen: Inspect | undefined, names: ReadonlyMap<string, string>): object {
  const { Config: config = {}, HostConfig: host = {} } = seen ?? {};
  const state = seen?.State ?? {};
  const { AttachStdout: _o, AttachStderr: _e, Labels, Env, Hostname, ...rest } = config;
  const { RestartPolicy, Binds, Links, Mounts, PortBindings, Ulimits, ...limits } = host;
  // A hash over the ids of other containers is another one each time.
  const isOfIds =
    JSON.stringify([host.NetworkMode, host.PidMode, host.IpcMode]).includes("container:") || host.VolumesFrom;
  const own = labelsOf(Labels);
  const labels = isOfIds ? { ...own, [composeLabel.hash]: "<of ids>" } : own;
  const id = (seen?.Id ?? "").slice(0, 12);
  const networks = Object.entries(seen?.NetworkSettings?.Networks ?? {}).map(([name, endpoint]) => [
    name,
    {
      Aliases: (endpoint.Aliases ?? []).map((alias) => (alias === id ? "<id>" : alias)).sort(),
      IPAMConfig: endpoint.IPAMConfig,
      Links: [...(endpoint.Links ?? [])].sort(),
      DriverOpts: endpoint.DriverOpts,
    },
  ]);
  return {
    State: { Status: state.Status, ExitCode: state.ExitCode, Health: state.Health?.Status },
    Config: {
      ...rest,
      Hostname:
        Hostname === id ? "<id>" : ([...names].find(([other]) => other.startsWith(Hostname ?? "-"))?.[1] ?? Hostname),
      Env: (Env ?? []).filter((word) => word.includes("=")).sort(),
      Labels: labels,
    },
    HostConfig: {
      ...limits,
      Binds: (Binds ?? []).map((bind) => bind.replace(/:rw$/, "")).sort(),
      Links: [...(Links ?? [])].sort(),
      PortBindings: portsOf(PortBindings),
      // Compose sends them in the order of a Go map.
      Ulimits: [...(Ulimits ?? [])].sort((a, b) => ((a.Name ?? "") < (b.Name ?? "") ? -1 : 1)),
      Mounts: (Mounts ?? [])
        .map(({ Source, ...mount }) => ({ ...mount, Source: anonymous(Source) }))
        .sort((a, b) => ((a.Target ?? "") < (b.Target ?? "") ? -1 : 1)),
      RestartPolicy: { ...RestartPolicy, Name: RestartPolicy?.Name === "no" ? "" : RestartPolicy?.Name },
    },
    Networks: Object.fromEntries(networks),
    Mounts: (seen?.Mounts ?? [])
      .map(({ Type, Name, Destination, RW }) => ({ Type, Name: anonymous(Name), Destination, RW }))
      .sort((a, b) => ((a.Destination ?? "") < (b.Destination ?? "") ? -1 : 1)),
  };
}

function networkOf(seen: Awaited<ReturnType<typeof inspectNetwork>>): object {
  const { Driver, Labels, Options, Internal, Attachable, EnableIPv6, IPAM } = seen ?? {};
  // Subnets out of the daemon's own pool (test/support/dockerd.ts) are the Engine's choice.
  const own = (IPAM?.Config ?? []).filter(({ Subnet = "" }) => !/^10\.2[23]\d\./.test(Subnet));
  const ipam = { Driver: IPAM?.Driver, Options: IPAM?.Options, Config: own };
  return { Driver, Labels: labelsOf(Labels), Options, Internal, Attachable, EnableIPv6, IPAM: ipam };
}

function volumeOf(seen: Awaited<ReturnType<typeof inspectVolume>>): object {
  return { Driver: seen?.Driver, Labels: labelsOf(seen?.Labels), Options: seen?.Options };
}

function labelsOf(labels: Readonly<Record<string, string>> | null | undefined): Record<string, string> {
  const { [composeLabel.version]: _v, [composeLabel.replaces]: _r, ...own } = userLabels(labels);
  const dependencies = own[composeLabel.dependencies];
  // Compose writes them in the order of a Go map.
  return dependencies === undefined
    ? own
    : { ...own, [composeLabel.dependencies]: dependencies.split(",").sort().join(",") };
}

function portsOf(bindings: NonNullable<Inspect["HostConfig"]>["PortBindings"]): object {
  const entries = Object.entries(bindings ?? {}).map(([key, list]) => {
    return [key, (list ?? []).map(({ HostIp, HostPort }) => ({ HostIp, HostPort: HostPort === "0" ? "" : HostPort }))];
  });
  return Object.fromEntries(entries);
}

function anonymous(name: string | undefined): string | undefined {
  return /^[0-9a-f]{64}$/.test(name ?? "") ? "<anonymous>" : name;
}

/** Without empty values, keys sorted, ids of the project's containers by their names. */
function plain(value: unknown, names: ReadonlyMap<string, string>): Plain | undefined {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return undefined;
  if (typeof value === "string") {
    const [, prefix = "", id] = /^(container:)?([0-9a-f]{64})$/.exec(value) ?? [];
    return id === undefined ? value : `${prefix}${names.get(id) ?? id}`;
  }
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => plain(item, names) ?? null);
    return items.length === 0 ? undefined : items;
  }
  if (typeof value !== "object") return undefined;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, plain(item, names)] as const)
    .filter((entry): entry is readonly [string, Plain] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Where two states differ, leaf by leaf: `containers.web.Config.Env[0]: "a" → "b"`. */
export function differences(one: unknown, other: unknown, path = ""): string[] {
  if (typeof one === "object" && typeof other === "object" && one !== null && other !== null) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
    return keys.flatMap((key) => differences(Reflect.get(one, key), Reflect.get(other, key), `${path}.${key}`));
  }
  return one === other ? [] : [`${path.slice(1)}: ${JSON.stringify(one)} → ${JSON.stringify(other)}`];
}
