import { type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { Engine } from "../../daemon/client";
import type { PrivateDaemon } from "./dockerd";
import { type FakeEngine, fakeEngine, sendJson } from "./fake-engine";

/** What becomes of a request: it is passed on, answered with an error, or the caller is dead and nothing of it arrives any more. */
export type Fate = "pass" | "fail" | "dead";

/** A way to a real daemon on which each request that changes something can be made to fail, or to be the last one. */
export class EngineProxy {
  /** Method and path of every request so far that changes something. */
  readonly changes: string[] = [];
  /** Decides about each request that changes something; `count` starts with 1. */
  judge: (count: number, change: string) => Fate = () => "pass";
  private isDead = false;

  private constructor(
    private readonly server: FakeEngine,
    readonly engine: Engine,
  ) {}

  static async start(daemon: PrivateDaemon): Promise<EngineProxy> {
    const made: { proxy?: EngineProxy } = {};
    const server = await fakeEngine((request, response) => {
      if (made.proxy === undefined) pass(daemon, request, response);
      else made.proxy.handle(daemon, request, response);
    });
    made.proxy = new EngineProxy(server, await Engine.connect(server.endpoint));
    return made.proxy;
  }

  stop(): Promise<void> {
    this.isDead = true;
    return this.server.stop();
  }

  private handle(daemon: PrivateDaemon, request: IncomingMessage, response: ServerResponse): void {
    const fate = this.isDead ? "dead" : this.fateOf(request);
    if (fate === "pass") pass(daemon, request, response);
    else if (fate === "fail") sendJson(response, { message: "made to fail by the test" }, 500);
    else {
      this.isDead = true;
      request.socket.destroy();
    }
  }

  private fateOf(request: IncomingMessage): Fate {
    if (request.method === "GET") return "pass";
    const change = `${request.method} ${request.url?.replace(/^\/v[\d.]+/, "").replace(/[0-9a-f]{64}/, "ID")}`;
    this.changes.push(change);
    return this.judge(this.changes.length, change);
  }
}

function pass(daemon: PrivateDaemon, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const socketPath = daemon.host.replace("unix://", "");
  const onward = send({ socketPath, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => request.socket.destroy());
  // Who is gone waits for nothing more, such as the end of a container.
  response.once("close", () => onward.destroy());
  request.pipe(onward);
}
