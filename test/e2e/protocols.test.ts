import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { get, request } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { get as getSecure } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { expect } from "chai";
import { inspectContainer } from "../../daemon/container";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { type Authority, makeAuthority } from "../support/certificates";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { makeHaproxyImage } from "../support/haproxy";
import { protocolApp } from "../support/protocol-app";
import { PulumiProject } from "../support/pulumi";

const [http, https, tcp] = [21_530, 21_531, 21_532];

const program = (base: string): string => `import { readFileSync } from "node:fs";
import { App, Gateway, Image } from "slipway";
const certificates = ["a", "b"].map((name) => ({
  certificate: readFileSync(name + ".pem", "utf8"),
  key: readFileSync(name + ".key", "utf8"),
}));
const gateway = new Gateway("door", {
  http: ${http}, https: ${https}, certificates, redirect: process.env["REDIRECT"] === "1", image: "slipway-test/haproxy:1",
  routes: {
    a: { port: 3000, host: "a.localhost", health: "/healthz" },
    api: { port: 3000, host: "a.localhost", path: "/api", health: "/healthz" },
    b: { port: 3000, host: "b.localhost", health: "/healthz" },
    echo: { tcp: ${tcp}, port: 4000 },
  },
});
const image = new Image("app", { context: "app", args: { BASE: "${base}" } });
for (const name of ["a", "api", "b", "echo"] as const) {
  new App(name, { image, env: { NAME: name }, route: gateway.routes[name], stopTimeout: "1s" });
}
export const url = gateway.url;
`;

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
  readonly location: string | undefined;
}

// What goes through a gateway, on a private daemon with the real CLI.
describe("through a Gateway", function () {
  this.timeout(240_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;
  let authority: Authority;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    makeHaproxyImage(daemon);
    authority = makeAuthority();
    const base = await ensureStandInBase(daemon.engine, () => {});
    const files = {
      "app/index.js": protocolApp,
      "app/Dockerfile": 'ARG BASE\nFROM $BASE\nCOPY . .\nCMD ["node", "index.js"]\n',
    };
    project = PulumiProject.make({ name: "proto", daemon, program: program(base), files });
    issue("a", "a");
    issue("b", "b");
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
    // Each App starts at once; the gateway leads to it when it has seen it well.
    for (const [host, path] of [
      ["a", "/"],
      ["a", "/api"],
      ["b", "/"],
    ] as const) {
      for (let tries = 0; tries < 100 && (await ask(host, path)).status !== 200; tries++) await sleep(100);
    }
  });

  after(async () => {
    project?.remove();
    authority?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  /** Makes a certificate for NAME.localhost and puts it where the program reads it. */
  function issue(name: string, serial: string): void {
    const folder = authority.issue(serial, `DNS:${name}.localhost`);
    project.write(`${name}.pem`, readFileSync(join(folder, "cert.pem"), "utf8"));
    project.write(`${name}.key`, readFileSync(join(folder, "key.pem"), "utf8"));
  }

  function ask(name: string, path: string, secure = false): Promise<Answered> {
    const host = `${name}.localhost`;
    const place = { host: "127.0.0.1", port: secure ? https : http, path, headers: { host } };
    return new Promise((resolve, reject) => {
      const made = secure ? getSecure({ ...place, servername: host, rejectUnauthorized: false }) : get(place);
      made.on("error", reject).on("response", (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += String(chunk);
        });
        response.on("end", () => resolve({ status: response.statusCode, text, location: response.headers.location }));
      });
    });
  }

  async function servedBy(name: string, path: string, secure = false): Promise<string> {
    const { status, text } = await ask(name, path, secure);
    return status === 200 ? `${JSON.parse(text).name} ${JSON.parse(text).url}` : `${status} ${text.trim()}`;
  }

  /** The subject of the certificate that is shown for a name. */
  function shown(name: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const host = `${name}.localhost`;
      const socket = connectTls({ host: "127.0.0.1", port: https, servername: host, rejectUnauthorized: false });
      socket.on("error", reject).on("secureConnect", () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.end();
      });
    });
  }

  /** A WebSocket by hand (RFC 6455), since a test can't give the names that it asks for an address. */
  async function webSocket(name: string, secure: boolean) {
    const host = `${name}.localhost`;
    const place = { host: "127.0.0.1", port: secure ? https : http };
    const socket: Socket = secure
      ? connectTls({ ...place, servername: host, rejectUnauthorized: false })
      : connectTcp(place);
    const next = (): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        socket.once("data", resolve).once("error", reject);
        socket.once("close", () => reject(new Error("the socket was closed")));
      });
    const key = randomBytes(16).toString("base64");
    const upgrade = ["GET / HTTP/1.1", `Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket"];
    socket.write([...upgrade, `Sec-WebSocket-Key: ${key}`, "Sec-WebSocket-Version: 13", "", ""].join("\r\n"));
    expect(String(await next())).to.match(/^HTTP\/1\.1 101 /);
    return {
      say: async (text: string): Promise<string> => {
        const mask = randomBytes(4);
        const masked = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
        socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | masked.length]), mask, masked]));
        return String((await next()).subarray(2));
      },
      close: () => socket.destroy(),
    };
  }

  it("hosts and paths lead to their Apps, the most particular first; what no route takes is 404", async () => {
    expect(await servedBy("a", "/")).to.equal("a /");
    expect(await servedBy("a", "/api")).to.equal("api /api");
    expect(await servedBy("a", "/api/1?x=2")).to.equal("api /api/1?x=2");
    expect(await servedBy("a", "/apix")).to.equal("a /apix");
    expect(await servedBy("A", "/")).to.equal("a /");
    expect(await servedBy("b", "/api")).to.equal("b /api");
    expect(await servedBy("c", "/")).to.equal("404 No route leads here.");
  });

  it("the application hears who asked, how, and under which name", async () => {
    const { headers } = JSON.parse((await ask("a", "/", true)).text);
    expect(headers["x-forwarded-proto"]).to.equal("https");
    expect(headers["x-forwarded-host"]).to.equal("a.localhost");
    expect(headers["x-forwarded-for"]).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    expect(headers["host"]).to.equal("a.localhost");
  });

  it("TLS shows the certificate whose name fits, and speaks HTTP/2", async () => {
    expect([await shown("a"), await shown("b")]).to.deep.equal(["a", "b"]);
    expect(await servedBy("b", "/", true)).to.equal("b /");
    expect(await servedBy("c", "/", true)).to.equal("404 No route leads here.");
    const session: ClientHttp2Session = connectHttp2(`https://127.0.0.1:${https}`, {
      servername: "a.localhost",
      rejectUnauthorized: false,
    });
    const stream = session.request({ ":path": "/api/2", ":authority": "a.localhost" });
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    session.close();
    expect(JSON.parse(text).url).to.equal("/api/2");
  });

  it("bodies stream in both directions: a piece is there before the next one is sent", async () => {
    const times: number[] = [];
    await new Promise<void>((resolve, reject) => {
      get({ host: "127.0.0.1", port: http, path: "/pieces", headers: { host: "a.localhost" } }, (response) => {
        response.on("data", () => times.push(performance.now()));
        response.on("end", resolve);
      }).on("error", reject);
    });
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).to.be.greaterThan(600);

    const heard: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const headers = { host: "a.localhost", "transfer-encoding": "chunked" };
      const upload = request({ host: "127.0.0.1", port: http, path: "/echo", method: "POST", headers });
      upload.on("error", reject).on("response", (response) => {
        response.on("data", (chunk) => {
          heard.push(String(chunk));
          // The second piece is sent only when the first has come back.
          if (heard.join("") === "one") upload.end("two");
        });
        response.on("end", resolve);
      });
      upload.write("one");
    });
    expect(heard.join("")).to.equal("onetwo");
  });

  it("any protocol passes a TCP route", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connectTcp(tcp, "127.0.0.1");
      let all = "";
      socket.on("error", reject).on("data", (chunk) => {
        all += String(chunk);
        if (all === "echo ") socket.write("hello");
        if (all === "echo hello") socket.end();
      });
      socket.on("close", () => resolve(all));
    });
    expect(text).to.equal("echo hello");
  });

  it("WebSockets stay open while routes and certificates are taken up by a reload", async () => {
    const sockets = [await webSocket("a", false), await webSocket("b", true)];
    for (const socket of sockets) expect(await socket.say("before")).to.equal("before");
    const started = (await inspectContainer(daemon.engine, "proto-dev-door"))?.State?.StartedAt;
    issue("b", "second");
    const up = await project.up({ REDIRECT: "1" });
    expect(up.status, up.text).to.equal(0);
    expect((await inspectContainer(daemon.engine, "proto-dev-door"))?.State?.StartedAt).to.equal(started);
    for (const socket of sockets) {
      expect(await socket.say("after")).to.equal("after");
      socket.close();
    }
    expect(await shown("b")).to.equal("second");
    const redirected = await ask("a", "/x?y=1");
    expect([redirected.status, redirected.location]).to.deep.equal([308, `https://a.localhost:${https}/x?y=1`]);
    expect(await servedBy("a", "/", true)).to.equal("a /");
  });

  it("is nothing left after destroy", async () => {
    const down = await project.destroy();
    expect(down.status, down.text).to.equal(0);
    expect(await inspectContainer(daemon.engine, "proto-dev-door")).to.equal(undefined);
  });
});
