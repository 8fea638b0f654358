import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../daemon/endpoint";

/** Something that answers on a socket of the test's own, for answers no daemon at hand gives: other versions, proxies, failures. */
export interface FakeEngine {
  readonly endpoint: Endpoint;
  readonly server: Server;
  /** Method and path of every request so far. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Serves on a unix socket. */
export async function fakeEngine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeEngine> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-engine-"));
  const path = join(folder, "engine.sock");
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { endpoint: { kind: "unix", path, source: "a test", url: `unix://${path}` }, server, asked, stop };
}

/** Answers a request with JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
