import { expect } from "chai";
import { Engine, EngineError } from "../../../daemon/client";
import { messageOf } from "../../../values/fault";
import { type FakeEngine, fakeEngine, sendJson } from "../../support/fake-engine";

/** What GET /version of an engine says, as recorded from Debian's 20.10, Docker 25, 28 and 29, and moby v2. */
const recorded = {
  "20.10.24": { ApiVersion: "1.41", MinAPIVersion: "1.12" },
  "25.0.5": { ApiVersion: "1.44", MinAPIVersion: "1.24" },
  "28.2.2": { ApiVersion: "1.50", MinAPIVersion: "1.24" },
  "29.1.3": { ApiVersion: "1.52", MinAPIVersion: "1.44" },
  "2.0.0-beta.24": { ApiVersion: "1.56", MinAPIVersion: "1.40" },
};

describe("Engine", () => {
  let engine: FakeEngine | undefined;

  afterEach(async () => {
    await engine?.stop();
    engine = undefined;
  });

  async function versioned(version: unknown): Promise<FakeEngine> {
    engine = await fakeEngine((request, response) => sendJson(response, request.url === "/version" ? version : {}));
    return engine;
  }

  async function failure(promise: Promise<unknown>): Promise<string> {
    return promise.then(() => "no error", messageOf);
  }

  for (const [name, version] of Object.entries(recorded)) {
    it(`speaks ${version.ApiVersion} with Engine ${name}`, async () => {
      const { endpoint, asked } = await versioned({ Version: name, ...version });
      const client = await Engine.connect(endpoint);
      await client.json("GET", "/info");
      expect(client.apiVersion).to.equal(version.ApiVersion);
      expect(asked).to.deep.equal(["GET /version", `GET /v${version.ApiVersion}/info`]);
    });
  }

  it("speaks its own newest API with an engine that is newer", async () => {
    const { endpoint } = await versioned({ ApiVersion: "1.99", MinAPIVersion: "1.44" });
    expect((await Engine.connect(endpoint)).apiVersion).to.equal("1.56");
  });

  it("refuses engines that are too old or too new, with both ranges", async () => {
    const old = await versioned({ ApiVersion: "1.38", MinAPIVersion: "1.12" });
    expect(await failure(Engine.connect(old.endpoint))).to.match(
      /\(from a test\) speaks Engine API 1\.12 to 1\.38, and Slipway 1\.41 to 1\.56\. Use Docker Engine 20\.10 or newer\.$/,
    );
    await old.stop();
    const next = await versioned({ ApiVersion: "1.99", MinAPIVersion: "1.60" });
    expect(await failure(Engine.connect(next.endpoint))).to.match(/Use a newer Slipway\.$/);
  });

  it("E1: a web page instead of a daemon is named with its title", async () => {
    const page = "<html><head><title>Corporate  Proxy</title></head><body>Log in</body></html>";
    engine = await fakeEngine((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html" }).end(page);
    });
    expect(await failure(Engine.connect(engine.endpoint))).to.match(
      /is no Docker daemon: it answered HTTP 200 with a web page \("Corporate Proxy"\)\. A proxy or another server answers there/,
    );
  });

  it("E1: a TLS daemon that is asked without TLS says so", async () => {
    engine = await fakeEngine((_request, response) => {
      response
        .writeHead(400, { "Content-Type": "text/plain" })
        .end("Client sent an HTTP request to an HTTPS server.\n");
    });
    expect(await failure(Engine.connect(engine.endpoint))).to.contain("speaks TLS, and was asked without");
  });

  it("E1: no socket, nothing that listens, silence", async () => {
    const unix = { kind: "unix", path: "/nowhere/docker.sock", url: "unix:///nowhere/docker.sock" } as const;
    expect(await failure(Engine.connect({ ...unix, source: "the default" }))).to.equal(
      "Docker daemon at unix:///nowhere/docker.sock (from the default) does not answer: there is no such socket. " +
        "Start Docker, or correct DOCKER_HOST.",
    );
    const tcp = { kind: "tcp", host: "127.0.0.1", port: 29999, url: "tcp://127.0.0.1:29999" } as const;
    expect(await failure(Engine.connect({ ...tcp, source: "DOCKER_HOST" }))).to.equal(
      "Docker daemon at tcp://127.0.0.1:29999 (from DOCKER_HOST) does not answer: nothing listens there. " +
        "Start Docker, or correct DOCKER_HOST.",
    );
    engine = await fakeEngine(() => undefined);
    expect(await failure(Engine.connect(engine.endpoint, { patience: 100 }))).to.contain(
      "does not answer: it took the connection and said nothing",
    );
  });

  it("quotes the daemon's own words, and a proxy's page by its title", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    const client = await Engine.connect(endpoint);
    server.removeAllListeners("request");
    server.once("request", (_request, response) => sendJson(response, { message: "no such image" }, 404));
    const missing = await client.json("GET", "/images/x/json").catch((error: unknown) => error);
    expect(missing).to.be.instanceOf(EngineError);
    expect(missing).to.include({ status: 404, message: "no such image" });
    server.once("request", (_request, response) => {
      response.writeHead(502, { "Content-Type": "text/html" }).end("<html><title>502 Bad Gateway</title></html>");
    });
    expect(await failure(client.stream("GET", "/events"))).to.contain('HTTP 502 with a web page ("502 Bad Gateway")');
  });

  it("keeps its connections for the next question", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    let connections = 0;
    server.on("connection", () => {
      connections++;
    });
    const client = await Engine.connect(endpoint);
    for (let asked = 0; asked < 20; asked++) await client.json("GET", "/info");
    const many = () => Promise.all(Array.from({ length: 20 }, (_, index) => client.json("GET", `/info/${index}`)));
    await many();
    await many();
    expect(connections).to.equal(20);
    client.close();
  });

  it("asks once what several ask at the same time, and again after a change", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    const client = await Engine.connect(endpoint);
    let value = 1;
    let requests = 0;
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      requests++;
      const answer = { value };
      if (request.method === "POST") value++;
      setTimeout(() => sendJson(response, answer), 20);
    });
    const ask = (signal?: AbortSignal) =>
      client.json<{ value: number }>("GET", "/x", signal === undefined ? {} : { signal });
    const [one, two] = await Promise.all([ask(), ask()]);
    expect([one, two]).to.deep.equal([{ value: 1 }, { value: 1 }]);
    expect(one, "each has an object of its own").not.to.equal(two);
    const before = ask();
    await client.json("POST", "/x");
    const after = ask();
    expect([(await before).value, (await after).value]).to.deep.equal([1, 2]);
    const ended = new AbortController();
    const [given, kept] = [ask(ended.signal), ask()];
    ended.abort(new Error("enough"));
    expect(await failure(given)).to.equal("enough");
    expect((await kept).value, "one who gives up takes nobody with him").to.equal(2);
    expect(requests, "two together, one before, the change, one after, two together").to.equal(5);
    client.close();
  });

  it("asks a question again where the daemon had closed a kept connection, and never repeats a POST", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    const client = await Engine.connect(endpoint);
    const cut = (): void => {
      // The connection is closed when the next request arrives: what a client sees of an idle one that timed out.
      server.removeAllListeners("request");
      server.once("request", (request) => {
        request.socket.destroy();
        server.on("request", (_next, response) => sendJson(response, { again: true }));
      });
    };
    cut();
    expect(await client.json("GET", "/info")).to.deep.equal({ again: true });
    await client.json("GET", "/info");
    cut();
    expect(await failure(client.json("POST", "/containers/create", { body: {} }))).to.contain(
      "it closed the connection",
    );
  });

  it("ends a question, an answer under way and a stream when the signal says so, with the signal's reason", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    const client = await Engine.connect(endpoint);
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      if (request.url?.endsWith("/half") === true) response.writeHead(200).write("{");
      if (request.url?.endsWith("/events") === true) response.writeHead(200).write("{}\n");
    });
    for (const path of ["/silent", "/half"]) {
      const ended = new AbortController();
      setTimeout(() => ended.abort(new Error("enough")), 50);
      expect(await failure(client.json("GET", path, { signal: ended.signal }))).to.equal("enough");
    }
    const ended = new AbortController();
    const stream = await client.stream("GET", "/events", { signal: ended.signal });
    setTimeout(() => ended.abort(new Error("enough")), 50);
    const read = async (): Promise<void> => {
      for await (const _chunk of stream);
    };
    expect(await failure(read())).to.equal("enough");
    client.close();
  });

  it("sends a stream as a tar archive and other bodies as JSON, and repeats list parameters", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    const client = await Engine.connect(endpoint);
    server.removeAllListeners("request");
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () =>
        sendJson(response, {
          type: request.headers["content-type"],
          body: String(Buffer.concat(chunks)),
          url: request.url,
        }),
      );
    });
    const { Readable } = await import("node:stream");
    expect(await client.json("PUT", "/a", { body: Readable.from(["x", "y"]) })).to.include({
      type: "application/x-tar",
      body: "xy",
    });
    const query = { all: true, changes: ["a b", "c"], filters: { label: ["x"] }, none: undefined };
    expect(await client.json("POST", "/b", { body: { a: 1 }, query })).to.deep.equal({
      type: "application/json",
      body: '{"a":1}',
      url: "/v1.50/b?all=true&changes=a+b&changes=c&filters=%7B%22label%22%3A%5B%22x%22%5D%7D",
    });
  });

  it("hands over an upgraded connection with what came along, and refuses one that was not upgraded", async () => {
    const { endpoint, server } = await versioned(recorded["28.2.2"]);
    server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello");
      socket.on("data", (data: Buffer) => socket.end(data));
    });
    const client = await Engine.connect(endpoint);
    const socket = await client.upgrade("/session", "h2c");
    socket.write(" there");
    let said = "";
    for await (const chunk of socket) said += String(chunk);
    expect(said).to.equal("hello there");
    server.removeAllListeners("upgrade");
    server.removeAllListeners("request");
    server.on("request", (_request, response) => sendJson(response, { message: "no session here" }, 404));
    expect(await failure(client.upgrade("/session", "h2c"))).to.equal("no session here");
  });
});
