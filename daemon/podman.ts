import type { ContainerInspectResponse } from "@docker/node-sdk";

/**
 * A container of Podman's as Docker's Engine would show it, where the two only spell one thing differently (libpod,
 * pkg/api/handlers/compat/containers.go): no health check is an empty status, and own name spaces have a word.
 */
export function spelledAsDocker(seen: ContainerInspectResponse): ContainerInspectResponse {
  const { State: state, HostConfig: host } = seen;
  const plain = (mode: string | undefined): string => (mode === "private" ? "" : (mode ?? ""));
  const { Health: health, ...rest } = state ?? {};
  return {
    ...seen,
    State: health?.Status ? { ...rest, Health: health } : rest,
    HostConfig: { ...host, PidMode: plain(host?.PidMode), UTSMode: plain(host?.UTSMode) },
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
