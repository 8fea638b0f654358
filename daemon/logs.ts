import type { Engine } from "./client";

/** What is asked for of a log (Engine API, ContainerLogs); times are seconds since 1970, with a fraction if need be. */
export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tail?: number | string;
  readonly since?: string;
  readonly until?: string;
  readonly timestamps?: boolean;
  readonly details?: boolean;
  /** Goes on until the container stops. */
  readonly follow?: boolean;
}

/** What a container, a service or a task wrote, as the Engine frames it; `path` is that of the object. */
export async function rawLogs(engine: Engine, path: string, query: LogQuery, signal?: AbortSignal): Promise<Buffer> {
  const stream = await engine.stream("GET", `${path}/logs`, { query: { ...query }, signal });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Without the 8-byte frame headers that a log without a terminal has (Engine API, ContainerAttach). */
export function withoutHeaders(data: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= data.length) {
    const isFrame = (data[at] ?? 9) <= 2 && data[at + 1] === 0 && data[at + 2] === 0 && data[at + 3] === 0;
    if (!isFrame) return data.toString("utf8");
    const length = data.readUInt32BE(at + 4);
    parts.push(data.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
