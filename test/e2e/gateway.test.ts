import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request as ask } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { execute } from "../../daemon/exec";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { type Authority, makeAuthority } from "../support/certificates";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { addGatewayApp } from "../support/gateway-app";
import { makeHaproxyImage, makeNewestHaproxyImage } from "../support/haproxy";
import { PulumiProject } from "../support/pulumi";
import { openTcp, openWebSocket } from "../support/talk";

const [http, https, tcp, more] = [22100, 22101, 22102, 22103];
const isWhole = process.env["SLIPWAY_TEST_ALL"] !== undefined;
const shortened = isWhole ? "" : " (shortened)";

/** How long streams last, and how long the gateway waits for them, in seconds. */
const [streaming, draining] = isWhole ? [20, 25] : [6, 8];

const program = (base: string, image: string): string => `import { readFileSync } from "node:fs";
import { App, Gateway } from "slipway";
const { WEB = "1", RAW = "1", MORE = "", PORT = "" } = process.env;
const pem = (name: string) => readFileSync(name, "utf8");
const issued = (name: string) => ({ certificate: pem(name + "/cert.pem"), key: pem(name + "/key.pem") });
const gateway = new Gateway("door", {
  http: ${http}, https: ${https}, image: "${image}", drainTimeout: "${draining}s",
  certificates: [issued("a.test"), issued("b.test")],
  routes: {
    web: { host: "a.test", port: 3000, health: "/healthz" },
    api: { host: "a.test", path: "/api", port: 3000, health: "/healthz" },
    raw: { tcp: ${tcp}, port: 4000 },
    ...(MORE === "" ? {} : { more: { host: MORE, port: 3000 } as const }),
    ...(PORT === "" ? {} : { second: { tcp: Number(PORT), port: 4000 } as const }),
  },
});
const common = {
  image: { context: "app", args: { BASE: "${base}" } },
  health: { http: "/healthz", port: 3000, interval: "1s" }, stopTimeout: "10s",
} as const;
const web = new App("web", { ...common, route: gateway.routes.web, env: { VERSION: "web-" + WEB } });
for (const [name, version] of [["api", "1"], ["raw", RAW]] as const) {
  new App(name, { ...common, image: web.image, route: gateway.routes[name], env: { VERSION: name + "-" + version } });
}
`;

const images = isWhole ? [makeHaproxyImage, makeNewestHaproxyImage] : [makeHaproxyImage];
for (const [index, makeImage] of images.entries()) {
  describe(`a Gateway${index === 0 ? "" : " with the newest HAProxy"}${shortened}`, function () {
    this.timeout(300_000);
    let daemon: PrivateDaemon;
    let project: PulumiProject;
    let authority: Authority;
    let ca: string;
    /** What every `up` is given; each test changes what it needs, and the next goes on from there. */
    let env: Record<string, string> = {};

    before(async () => {
      daemon = await startDockerd();
      makeBaseImage(daemon);
      const image = makeImage(daemon);
      const base = await ensureStandInBase(daemon.engine, () => {});
      project = PulumiProject.make({ name: "gate", daemon, program: program(base, image) });
      addGatewayApp(project);
      authority = makeAuthority();
      for (const name of ["a.test", "b.test"]) {
        execFileSync("cp", ["-r", authority.issue(name, `DNS:${name}`), join(project.folder, name)]);
      }
      ca = readFileSync(join(project.folder, "a.test/ca.pem"), "utf8");
      await up({});
    });

    after(async () => {
      authority?.remove();
      project?.remove();
      if (daemon !== undefined) await daemon.stop();
    });

    async function up(change: Record<string, string>): Promise<void> {
      env = { ...env, ...change };
      const { status, text } = await project.up(env);
      expect(status, text).to.equal(0);
    }

    interface Answer {
      readonly status: number;
      readonly text: string;
      /** True where it came over a connection that had served before. */
      readonly isReused: boolean;
    }

    function get(path: string, options: { host?: string; method?: string; agent?: Agent } = {}): Promise<Answer> {
      const { host = "a.test", method = "GET", agent = new Agent() } = options;
      return new Promise((resolve, reject) => {
        const sent = ask({ port: https, servername: host, ca, path, method, agent, headers: { host } }, (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("error", reject);
          response.on("end", () => resolve({ status: response.statusCode ?? 0, text, isReused: sent.reusedSocket }));
        });
        sent.on("error", reject);
        sent.end(method === "POST" ? "something" : undefined);
      });
    }

    async function idOf(name: string): Promise<string> {
      return (await inspectContainer(daemon.engine, `gate-dev-${name}`))?.Id ?? "none";
    }

    it("leads by host and path, by whole segments, the more particular route first", async () => {
      const led = async (path: string, host = "a.test"): Promise<string> => {
        const { status, text } = await get(path, { host });
        return status === 200 ? text : String(status);
      };
      expect(await led("/")).to.equal("web-1");
      expect(await led("/api")).to.equal("api-1");
      expect(await led("/api/orders?of=today")).to.equal("api-1");
      expect(await led("/apiary"), "another word that begins so").to.equal("web-1");
      expect(await led("/", "b.test"), "a host without a route").to.equal("404");
    });

    it("tells the application where a request comes from", async () => {
      const { headers } = JSON.parse((await get("/who")).text);
      expect(headers["x-forwarded-proto"]).to.equal("https");
      expect(headers["x-forwarded-host"]).to.equal("a.test");
      expect(headers["x-forwarded-for"]).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    });

    it("shows the certificate of the name that is asked for, speaks HTTP/2, and leads plain HTTP to HTTPS", async () => {
      for (const servername of ["a.test", "b.test"]) {
        const names = await new Promise<string | undefined>((resolve, reject) => {
          const socket = connectTls({ port: https, servername, ca }, () => {
            resolve(socket.getPeerCertificate().subjectaltname);
            socket.destroy();
          });
          socket.on("error", reject);
        });
        expect(names).to.equal(`DNS:${servername}`);
      }
      const session = connectHttp2(`https://a.test:${https}`, {
        ca,
        createConnection: () => connectTls({ port: https, servername: "a.test", ca, ALPNProtocols: ["h2"] }),
      });
      const stream = session.request({ ":path": "/" });
      let text = "";
      for await (const chunk of stream) text += String(chunk);
      session.close();
      expect(text).to.equal("web-1");
      const plain = await fetch(`http://127.0.0.1:${http}/x?y=1`, { redirect: "manual" });
      expect([plain.status, plain.headers.get("location")]).to.deep.equal([308, `https://127.0.0.1:${https}/x?y=1`]);
    });

    it("streams events and a slow upload of 20 MB as they come, through a reload and a roll-out", async () => {
      const streams = Promise.all([events(), upload()]);
      await sleep(500);
      await up({ MORE: "one.test", WEB: "2" });
      const [seen, bytes] = await streams;
      expect(seen.numbers).to.deep.equal(Array.from({ length: streaming * 4 }, (_, number) => `web-1 ${number + 1}`));
      expect(seen.first, "ms until the first event").to.be.lessThan(streaming * 500);
      expect(bytes).to.equal(`${20 * 2 ** 20}`);
      expect((await get("/")).text).to.equal("web-2");
    });

    /** Reads the events of a stream, and how long the first one took, in ms. */
    function events(): Promise<{ numbers: string[]; first: number }> {
      return new Promise((resolve, reject) => {
        const began = Date.now();
        let [first, text] = [0, ""];
        const path = `/events?seconds=${streaming}`;
        const sent = ask({ port: https, servername: "a.test", ca, path, headers: { host: "a.test" } }, (response) => {
          response.on("data", (chunk) => {
            first ||= Date.now() - began;
            text += String(chunk);
          });
          response.on("error", reject);
          response.on("end", () => {
            const numbers = [...text.matchAll(/^data: (.*)$/gm)].map(([, number = ""]) => number);
            resolve({ numbers, first });
          });
        });
        sent.on("error", reject).end();
      });
    }

    /** Sends 20 MiB over the time that streams last; answers what came back. */
    function upload(): Promise<string> {
      return new Promise((resolve, reject) => {
        const options = { port: https, servername: "a.test", ca, path: "/upload", method: "POST" };
        const sent = ask({ ...options, headers: { host: "a.test" } }, (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("error", reject);
          response.on("end", () => resolve(text));
        });
        sent.on("error", reject);
        const part = Buffer.alloc(2 ** 20);
        void (async () => {
          for (let count = 0; count < 20; count++) {
            sent.write(part);
            await sleep((streaming * 1000) / 20);
          }
          sent.end();
        })();
      });
    }

    it("a kept connection that was idle over a reload and a roll-out serves on, for a POST too", async () => {
      const agents = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: true, maxSockets: 1 })];
      for (const agent of agents) expect((await get("/", { agent })).text).to.equal("web-2");
      await up({ MORE: "two.test", WEB: "3" });
      for (const [number, agent] of agents.entries()) {
        const answer = await get("/", { agent, method: number === 0 ? "GET" : "POST" });
        expect(answer).to.deep.equal({ status: 200, text: "web-3", isReused: true });
        agent.destroy();
      }
    });

    it("WebSockets and TCP connections live through a reload, and a roll-out ends them as the application does", async () => {
      const socket = await openWebSocket(https, "a.test", ca);
      const line = openTcp(tcp);
      expect(await socket.say("hello")).to.equal("web-3 hello");
      expect(await line.say("hello\n")).to.equal("raw-1 hello\n");
      await up({ MORE: "three.test" });
      expect(await socket.say("again")).to.equal("web-3 again");
      expect(await line.say("again\n")).to.equal("raw-1 again\n");
      const rollOut = up({ WEB: "4", RAW: "2" });
      // A roll-out that fails ends no connection.
      const ofIt = <Kind>(wanted: Promise<Kind>): Promise<Kind> => Promise.race([wanted, rollOut.then(() => wanted)]);
      expect(await ofIt(socket.next())).to.equal("bye");
      expect(await ofIt(socket.closed), "the code that the application closes with").to.equal(1001);
      expect(await ofIt(line.next())).to.equal("bye\n");
      expect(await ofIt(line.closed)).to.equal("ended");
      const after = await openWebSocket(https, "a.test", ca);
      expect(await after.say("hello")).to.equal("web-4 hello");
      after.close();
      await rollOut;
      const later = openTcp(tcp);
      expect(await later.say("hello\n")).to.equal("raw-2 hello\n");
      later.close();
    });

    it("a container that is started again after a roll-out gets its traffic", async () => {
      const path = `/containers/${await idOf("web-1")}`;
      await daemon.engine.json("POST", `${path}/stop?t=1`);
      await sleep(1500);
      expect((await get("/")).status).to.equal(503);
      await daemon.engine.json("POST", `${path}/start`);
      let inRow = 0;
      // HAProxy before 3.1 lets it in before its first check, and a check that began before it listened may still fail.
      for (let tries = 0; inRow < 30 && tries < 200; tries++) {
        await sleep(100);
        inRow = (await get("/")).status === 200 ? inRow + 1 : 0;
      }
      expect(inRow, "answers in a row").to.equal(30);
    });

    it("a run that is cancelled while the old container is drained leaves that one in charge", async () => {
      const before = await idOf("web-1");
      const socket = await openWebSocket(https, "a.test", ca);
      const begun = await project.begin(["up", "--yes", "--skip-preview"], { ...env, WEB: "5" });
      const failed: string[] = [];
      let isOver = false;
      const asking = (async () => {
        while (!isOver) {
          const { status, text } = await get("/").catch((error: Error) => ({ status: 0, text: error.message }));
          if (status !== 200) failed.push(`${new Date().toISOString()} ${status} ${text.slice(0, 60)}`);
          await sleep(20);
        }
      })();
      await isDrained("web");
      begun.child.kill("SIGINT");
      const answer = await begun.answer;
      await sleep(500);
      isOver = true;
      await asking;
      expect(answer.status, answer.text).not.to.equal(0);
      // Its log tells whom the gateway took when.
      const words = ["-H", daemon.host, "logs", "--timestamps", "--tail", "40", "gate-dev-door"];
      if (failed.length > 0) console.log(execFileSync("docker", words, { encoding: "utf8" }));
      expect(failed, failed.join("\n")).to.deep.equal([]);
      expect(await idOf("web-1")).to.equal(before);
      expect((await get("/")).text).to.equal("web-4");
      expect(await socket.say("still here"), "a WebSocket of the old one").to.equal("web-4 still here");
      socket.close();
      await up({ WEB: "6" });
      expect((await get("/")).text).to.equal("web-6");
    });

    /** Waits until a container of the route is drained. */
    async function isDrained(backend: string): Promise<void> {
      const command = ["sh", "-c", `printf 'show servers state ${backend}\\n' | nc 127.0.0.1 9999`];
      for (let tries = 0; tries < 600; tries++) {
        const { output } = await execute(daemon.engine, "gate-dev-door", { command });
        if (output.split("\n").some((line) => line.split(" ")[6] === "8")) return;
        await sleep(100);
      }
      throw new Error("nothing was drained");
    }

    it("is replaced for another host port in about the time of the requests under way", async () => {
      const before = await idOf("door");
      const idle = new Agent({ keepAlive: true });
      await get("/", { agent: idle });
      const isLongest = { gap: 0, last: Date.now() };
      let isOver = false;
      const asking = (async () => {
        while (!isOver) {
          const status = await get("/").then(
            ({ status }) => status,
            () => 0,
          );
          if (status === 200) {
            isLongest.gap = Math.max(isLongest.gap, Date.now() - isLongest.last);
            isLongest.last = Date.now();
          }
          await sleep(20);
        }
      })();
      const slow = (async (): Promise<readonly number[]> => {
        const seen: number[] = [];
        while (!isOver)
          seen.push(
            await get("/slow").then(
              ({ status }) => status,
              () => 0,
            ),
          );
        return seen;
      })();
      await up({ PORT: `${more}` });
      isOver = true;
      await asking;
      const seen = await slow;
      idle.destroy();
      console.log(`      gap while the gateway is replaced: ${isLongest.gap} ms, with a request of 2 s under way`);
      expect(await idOf("door")).not.to.equal(before);
      expect(isLongest.gap, "ms").to.be.lessThan(10_000);
      expect(
        seen.filter((status) => status === 200),
        "slow requests that were answered",
      ).not.to.deep.equal([]);
      expect(await listContainers(daemon.engine, { status: ["running"] })).to.have.length(4);
    });

    it("is gone after destroy", async () => {
      const down = await project.destroy(env);
      expect(down.status, down.text).to.equal(0);
      expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
    });
  });
}
