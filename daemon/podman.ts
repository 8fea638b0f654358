import type { ContainerInspectResponse, NetworkSummary } from "@docker/node-sdk";
import type { Engine } from "./client";

/**
 * A container of Podman's as Docker's Engine would show it, where the two only spell one thing differently (libpod,
 * pkg/api/handlers/compat/containers.go): no health check is an empty status, own name spaces have a word, one that has
 * ended is "stopped" at first, the default network is called podman, no stop timeout is zero, and a container knows its
 * networks by their names only. A volume without a name is a bind of the name that was made up for it.
 */
export function spelledAsDocker(
  seen: ContainerInspectResponse,
  known: readonly NetworkSummary[],
): ContainerInspectResponse {
  const ids = new Map(known.map(({ Name = "", Id = "" }) => [Name, Id]));
  const { State: state, HostConfig: host, Config: config, NetworkSettings: network } = seen;
  const plain = (mode: string | undefined): string => (mode === "private" ? "" : (mode ?? ""));
  const { Health: health, ...rest } = state ?? {};
  const status = String(rest.Status) === "stopped" ? "exited" : rest.Status;
  const { StopTimeout: timeout, ...configured } = config ?? {};
  const networks = Object.entries(network?.Networks ?? {}).map(
    ([name, endpoint]) =>
      [
        name === "podman" ? "bridge" : name,
        { ...endpoint, NetworkID: ids.get(name) ?? endpoint.NetworkID ?? "" },
      ] as const,
  );
  const isAnonymous = (bind: string): boolean => /^[0-9a-f]{64}:/.test(bind);
  const binds = host?.Binds ?? [];
  const anonymous = binds.filter(isAnonymous).map((bind) => [bind.split(":")[1] ?? "", {}] as const);
  return {
    ...seen,
    State: {
      ...rest,
      ...(status === undefined ? {} : { Status: status }),
      ...(health?.Status ? { Health: health } : {}),
    },
    Config: {
      ...configured,
      ...(timeout ? { StopTimeout: timeout } : {}),
      Volumes: { ...configured.Volumes, ...Object.fromEntries(anonymous) },
    },
    HostConfig: {
      ...host,
      Binds: binds.filter((bind) => !isAnonymous(bind)),
      PidMode: plain(host?.PidMode),
      UTSMode: plain(host?.UTSMode),
    },
    NetworkSettings: { ...network, Networks: Object.fromEntries(networks) },
  };
}

/**
 * True for Podman's three ways to say that it does not serve a path of Docker's API (libpod, pkg/api/server): a bare 404,
 * which must not be taken for an object that is gone, or a sentence.
 */
export function isUnknownToPodman(status: number, body: string): boolean {
  if (status === 404 && body.trim() === "Not Found") return true;
  return /"message":"(?:Path \S+ is not supported|Podman does not support service: )/.test(body);
}

/**
 * Has a container's health check run once. Podman leaves that to timers of systemd, and without systemd to nobody; the result is
 * counted towards its health all the same (libpod API, `ContainerHealthcheckLibpod`).
 */
export async function runHealthcheck(engine: Engine, id: string, signal?: AbortSignal): Promise<void> {
  await engine.json("GET", `/libpod/containers/${id}/healthcheck`, { signal });
}
