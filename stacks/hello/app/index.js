const { createServer } = require("node:http");

const server = createServer((_request, response) => {
  response.setHeader("content-type", "text/plain");
  response.end(`${process.env.GREETING ?? "Hello"}\n`);
});
server.listen(3000, () => console.log("listening on port 3000"));
process.on("SIGTERM", () => server.close());
