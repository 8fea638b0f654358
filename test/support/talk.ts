import { connect, type Socket } from "node:net";
import WebSocket from "ws";

/** A connection that texts go over in both directions. */
export interface Talk<Ending> {
  /** Sends a text and gives what comes next. */
  say(text: string): Promise<string>;
  /** What comes next, or that nothing does any more. */
  next(): Promise<string>;
  /** When the other side has ended it, and how. */
  readonly closed: Promise<Ending>;
  /** Ends it at once. */
  close(): void;
}

/** A queue of what comes; whoever waits when the connection has ended is told so. */
function inbox(): { put(text: string): void; end(): void; next(): Promise<string> } {
  const texts: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  let isOver = false;
  return {
    put: (text) => {
      const first = waiting.shift();
      if (first === undefined) texts.push(text);
      else first(text);
    },
    end: () => {
      isOver = true;
      for (const tell of waiting.splice(0)) tell("nothing: the connection has ended");
    },
    next: () =>
      new Promise((resolve) => {
        if (texts.length > 0) resolve(texts.shift() ?? "");
        else if (isOver) resolve("nothing: the connection has ended");
        else waiting.push(resolve);
      }),
  };
}

/** A WebSocket to a host name that this machine serves on a port; it ends with a code (RFC 6455, 7.4). */
export async function openWebSocket(port: number, host: string, ca: string): Promise<Talk<number>> {
  const options = { ca, servername: host, headers: { host } };
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, options);
  const { put, end, next } = inbox();
  socket.on("message", (data) => put(String(data)));
  const closed = new Promise<number>((resolve, reject) => {
    socket.on("close", resolve);
    socket.on("error", reject);
  });
  socket.on("close", end);
  await new Promise((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  const say = (text: string): Promise<string> => {
    socket.send(text);
    return next();
  };
  return { say, next, closed, close: () => socket.terminate() };
}

/** A plain connection to a port of this machine. */
export function openTcp(port: number): Talk<"ended"> {
  const socket: Socket = connect(port, "127.0.0.1");
  const { put, end, next } = inbox();
  socket.on("data", (data) => put(String(data)));
  const closed = new Promise<"ended">((resolve, reject) => {
    socket.on("end", () => resolve("ended"));
    socket.on("error", reject);
  });
  socket.on("close", end);
  const say = (text: string): Promise<string> => {
    socket.write(text);
    return next();
  };
  return { say, next, closed, close: () => socket.destroy() };
}
