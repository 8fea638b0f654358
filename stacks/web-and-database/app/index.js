const { createServer } = require("node:http");
const { connect } = require("node:net");

const database = new URL(process.env.DATABASE_URL ?? "postgresql://localhost:5432/app");

/** Resolves when the database takes a connection. */
function reached() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(database.port || 5432), database.hostname, () => resolve(socket.end()));
    socket.on("error", reject);
  });
}

const server = createServer(async (request, response) => {
  const wait = Number(new URL(request.url, "http://here").searchParams.get("wait") ?? 0);
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 10_000)));
  try {
    await reached();
    response.end(`${process.env.GREETING ?? "Hello"} from ${process.env.HOSTNAME}\n`);
  } catch (error) {
    response.statusCode = 503;
    response.end(`database: ${error.message}\n`);
  }
});
server.listen(3000, () => console.log("listening on port 3000"));
// Requests under way are answered; connections that idle are closed, so that the process can end.
process.on("SIGTERM", () => server.close(() => process.exit(0)));
