/**
 * An application that speaks what a gateway has to pass: HTTP that tells how it was asked, a body in pieces, an echo of a body
 * while it still comes, WebSockets (RFC 6455: one short masked text frame at a time), and on another port an echo over TCP.
 */
export const protocolApp = `const { createHash } = require("node:crypto");
const { createServer } = require("node:http");
const net = require("node:net");
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));

const server = createServer(async (request, response) => {
  if (request.url === "/healthz") return response.end("well");
  if (request.url === "/pieces") {
    for (let number = 1; number <= 4; number++) {
      response.write("piece " + number + "\\n");
      await sleep(300);
    }
    return response.end();
  }
  if (request.url === "/echo") return request.pipe(response);
  const { method, url, headers } = request;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ name: process.env.NAME, method, url, headers }));
});
server.on("upgrade", (request, socket) => {
  const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
  socket.on("error", () => socket.destroy());
  socket.on("data", (frame) => {
    if ((frame[0] & 15) !== 1) return socket.end();
    const length = frame[1] & 127;
    const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, index) => byte ^ frame[2 + (index % 4)]));
    socket.write(Buffer.concat([Buffer.from([129, length]), text]));
  });
});
server.listen(3000);
net.createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.write(process.env.NAME + " ");
  socket.pipe(socket);
}).listen(4000);
process.on("SIGTERM", () => process.exit(0));
`;
