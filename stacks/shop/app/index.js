const { createServer } = require("node:http");

const server = createServer((request, response) => {
  if (request.url === "/healthz") return response.end("well\n");
  response.end(`${process.env.GREETING ?? "Hello"}, served by ${process.env.HOSTNAME}\n`);
});
server.listen(3000, () => console.log("listening on port 3000"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
