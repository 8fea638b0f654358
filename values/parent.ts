import { connect } from "node:net";

/** How often it is looked whether the parent process is still there, in ms. */
const checkMs = 1000;

/**
 * Acts once when the process that started this one has gone without ending it, as after kill -9: then nobody else will. It
 * does not keep the process alive.
 *
 * @param address - where the parent listens, `HOST:PORT`. One that was killed before this process began to look has another
 *   parent in its place already, so it is asked once whether anybody answers there. @default it is not asked
 */
export function whenParentIsGone(act: () => void, address?: string): void {
  const parent = process.ppid;
  let isTold = false;
  const tell = (): void => {
    clearInterval(check);
    if (!isTold) act();
    isTold = true;
  };
  const check = setInterval(() => {
    if (process.ppid !== parent) tell();
  }, checkMs);
  check.unref();
  if (address !== undefined) whenNobodyListens(address, tell);
}

function whenNobodyListens(address: string, act: () => void): void {
  const at = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, at).replace(/^\[|\]$/g, ""), Number(address.slice(at + 1))];
  if (host === "" || !Number.isInteger(port) || port < 1 || port > 65535) return;
  const socket = connect({ host, port });
  socket.unref();
  socket.on("connect", () => socket.destroy());
  socket.on("error", (error) => {
    if ("code" in error && error.code === "ECONNREFUSED") act();
  });
}
