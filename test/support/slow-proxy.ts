import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** A way to a server on the loopback interface that lets only so much through. */
export interface SlowProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Connections that are open now. */
  open(): number;
  /** Bytes that have come through so far. */
  passed(): number;
  stop(): void;
}

/** Puts one in front of `host`; `rate` is in bytes a second, for all connections and both ways together. */
export async function slowProxy(host: string, rate: number): Promise<SlowProxy> {
  const [ip = "", port = ""] = host.split(":");
  const sockets = new Set<Socket>();
  let passed = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const server = createServer((socket) => {
    const target = connect(Number(port), ip);
    const slow = (): Transform =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          turn = turn.then(() => sleep((chunk.length / rate) * 1000));
          turn.then(() => {
            passed += chunk.length;
            done(null, chunk);
          });
        },
      });
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      target.destroy();
    });
    for (const one of [socket, target]) one.on("error", () => one.destroy());
    socket.pipe(slow()).pipe(target);
    target.pipe(slow()).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    open: () => sockets.size,
    passed: () => passed,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
