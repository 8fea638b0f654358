import type { ContainerInspectResponse } from "@docker/node-sdk";
import type { Engine } from "./client";
import { withoutHeaders } from "./logs";

/** A command to execute in a container that runs (Engine API, `ContainerExec`). */
export interface ExecOptions {
  /** Executable and arguments. */
  readonly command: readonly string[];
  /** Further variables, as `NAME=value`. @default none */
  readonly env?: readonly string[];
  /** User or user:group. @default the container's */
  readonly user?: string;
  /** Folder it starts in. @default the container's */
  readonly workingDir?: string;
  /** With every capability of the host. @default false */
  readonly privileged?: boolean;
}

/** How a command ended. */
export interface Executed {
  readonly exitCode: number;
  /** What it wrote, both streams together. */
  readonly output: string;
}

/** Executes a command in a container and waits for its end; where the signal aborts, the command itself goes on. */
export async function execute(
  engine: Engine,
  container: string,
  options: ExecOptions,
  signal?: AbortSignal,
): Promise<Executed> {
  const { Id }: { Id: string } = await engine.json("POST", `/containers/${encodeURIComponent(container)}/exec`, {
    body: {
      AttachStdout: true,
      AttachStderr: true,
      Cmd: options.command,
      ...(options.env === undefined ? {} : { Env: options.env }),
      ...(options.user === undefined ? {} : { User: options.user }),
      ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
      ...(options.privileged === undefined ? {} : { Privileged: options.privileged }),
    },
    signal,
  });
  const stream = await engine.stream("POST", `/exec/${Id}/start`, { body: { Detach: false, Tty: false }, signal });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  const { ExitCode }: { ExitCode: number | null } = await engine.json("GET", `/exec/${Id}/json`, { signal });
  return { exitCode: ExitCode ?? -1, output: withoutHeaders(Buffer.concat(chunks)) };
}

/** Every address that a container has on its networks. */
export function addressesOf(container: ContainerInspectResponse): string[] {
  const endpoints = Object.values(container.NetworkSettings?.Networks ?? {});
  const all = endpoints.flatMap(({ IPAddress = "", GlobalIPv6Address = "" }) => [IPAddress, GlobalIPv6Address]);
  return all.filter((address) => address !== "");
}
