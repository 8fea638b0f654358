import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { inspectContainer, listContainers } from "../../daemon/container";
import { ensureStandInBase } from "../../toolchain/stand-in-base";
import { makeBaseImage, type PrivateDaemon, startDockerd } from "../support/dockerd";
import { makeHaproxyImage } from "../support/haproxy";
import { PulumiProject } from "../support/pulumi";

const port = 21950;
const all = process.env["SLIPWAY_TEST_ALL"] !== undefined;

const app = `const { createServer } = require("node:http");
if (process.env.MODE === "crash") process.exit(7);
const server = createServer(async (request, response) => {
  if (request.url === "/healthz" && process.env.MODE === "sick") return response.writeHead(500).end();
  if (request.url === "/slow") await new Promise((resolve) => setTimeout(resolve, 2000));
  response.end(process.env.VERSION);
});
server.listen(process.env.MODE === "elsewhere" ? 3001 : 3000);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

const program = (base: string): string => `import { App, Gateway } from "slipway";
const env = process.env;
const gateway = new Gateway("door", {
  http: ${port}, image: "slipway-test/haproxy:1", drainTimeout: "15s",
  routes: { web: { port: 3000, health: "/healthz" }, ...(env["MORE"] ? { more: { port: 3000, path: "/more" } as const } : {}) },
});
const port = Number(env["CHECK_PORT"] ?? 3000);
new App("web", {
  image: { context: "app", args: { BASE: "${base}" } },
  replicas: Number(env["REPLICAS"] ?? 2),
  env: { VERSION: env["VERSION"] ?? "1", MODE: env["MODE"] ?? "" },
  route: gateway.routes.web,
  health: { http: "/healthz", port, interval: "1s", retries: 2 },
  healthTimeout: "20s",
  stopTimeout: "10s",
});
export const url = gateway.url;
`;

// An application behind a gateway rolls out, and fails to, while requests go on.
describe("an App behind a Gateway", function () {
  this.timeout(400_000);
  let daemon: PrivateDaemon;
  let project: PulumiProject;

  before(async () => {
    daemon = await startDockerd();
    makeBaseImage(daemon);
    makeHaproxyImage(daemon);
    const base = await ensureStandInBase(daemon.engine, () => {});
    project = PulumiProject.make({
      name: "gate",
      daemon,
      program: program(base),
      files: {
        "app/index.js": app,
        "app/Dockerfile": 'ARG BASE\nFROM $BASE\nWORKDIR /app\nCOPY . .\nCMD ["node", "index.js"]\n',
      },
    });
    const up = await project.up();
    expect(up.status, up.text).to.equal(0);
  });

  after(async () => {
    project?.remove();
    if (daemon !== undefined) await daemon.stop();
  });

  interface Load {
    sent: number;
    readonly failed: string[];
    longest: number;
    readonly versions: Set<string>;
    stop(): Promise<void>;
  }

  /** Requests at a steady rate, every other one on a kept connection, one in 25 of them lasting two seconds. */
  function load(rate: number): Load {
    const kept = new Agent({ keepAlive: true });
    const under = new Set<Promise<void>>();
    const result = { sent: 0, failed: [] as string[], longest: 0, versions: new Set<string>() };
    const once = (number: number): Promise<void> =>
      new Promise((resolve) => {
        const began = performance.now();
        const done = (failure?: string): void => {
          if (failure !== undefined) result.failed.push(failure);
          result.longest = Math.max(result.longest, performance.now() - began);
          resolve();
        };
        const agent = number % 2 === 0 ? kept : false;
        const request = get({
          host: "127.0.0.1",
          port,
          path: number % 25 === 0 ? "/slow" : "/",
          agent,
          timeout: 20_000,
        });
        request.on("response", (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("error", (error) => done(error.message));
          response.on("end", () => {
            if (response.statusCode === 200) result.versions.add(text);
            done(response.statusCode === 200 ? undefined : `${response.statusCode} ${text}`);
          });
        });
        request.on("timeout", () => request.destroy(new Error("no answer in 20 s")));
        request.on("error", (error) => done(error.message));
      });
    const timer = setInterval(() => {
      const work = once(result.sent++).finally(() => under.delete(work));
      under.add(work);
    }, 1000 / rate);
    return Object.assign(result, {
      stop: async () => {
        clearInterval(timer);
        await Promise.all(under);
        kept.destroy();
      },
    });
  }

  async function ids(): Promise<string[]> {
    const seen = await Promise.all(
      ["gate-dev-web-1", "gate-dev-web-2"].map((name) => inspectContainer(daemon.engine, name)),
    );
    return seen.map((one) => one?.Id ?? "none");
  }

  function report(what: string, { sent, failed, longest }: Load): void {
    console.log(`      ${what}: ${sent} sent, ${failed.length} failed, longest ${Math.round(longest)} ms`);
  }

  const versions = all ? ["2", "3", "4"] : ["4"];
  it(`loses no request in ${versions.length} updates${all ? "" : " (shortened)"}`, async () => {
    const requests = load(60);
    for (const version of versions) {
      const before = await ids();
      const up = await project.up({ VERSION: version });
      expect(up.status, up.text).to.equal(0);
      expect(await ids()).to.not.include.members(before);
    }
    await sleep(500);
    await requests.stop();
    report(`${versions.length} updates of two replicas`, requests);
    expect(requests.failed).to.deep.equal([]);
    expect([...requests.versions]).to.include("4");
    expect((await listContainers(daemon.engine, {})).length).to.equal(3);
  });

  const failing = [
    ["crashes at its start", { MODE: "crash" }],
    ["never becomes healthy", { MODE: "sick" }],
    ["listens on another port than the routed one", { MODE: "elsewhere", CHECK_PORT: "3001" }],
  ] as const;
  for (const [what, env] of all ? failing : failing.slice(0, 1)) {
    it(`loses no request, and nothing that serves, when a version ${what}${all ? "" : " (shortened)"}`, async () => {
      const before = await ids();
      const requests = load(60);
      const up = await project.up({ VERSION: "5", ...env });
      await requests.stop();
      report(`a version that ${what}`, requests);
      expect(up.status).not.to.equal(0);
      expect(up.text, up.text).to.contain('0 of 2 replicas of "web"');
      expect(requests.failed).to.deep.equal([]);
      expect([...requests.versions]).to.deep.equal(["4"]);
      expect(await ids()).to.deep.equal(before);
    });
  }

  it("takes a new route up by a reload: the gateway stays, and no request is lost", async () => {
    const before = (await inspectContainer(daemon.engine, "gate-dev-door"))?.State?.StartedAt;
    const requests = load(60);
    const up = await project.up({ VERSION: "4", MORE: "1" });
    await sleep(1000);
    await requests.stop();
    report("a new route", requests);
    expect(up.status, up.text).to.equal(0);
    expect((await inspectContainer(daemon.engine, "gate-dev-door"))?.State?.StartedAt).to.equal(before);
    expect(requests.failed).to.deep.equal([]);
    const answer = await fetch(`http://127.0.0.1:${port}/more`);
    expect(answer.status, "the new route has no container yet").to.equal(503);
  });

  it("is gone after destroy", async () => {
    const down = await project.destroy();
    expect(down.status, down.text).to.equal(0);
    expect(await listContainers(daemon.engine, {})).to.deep.equal([]);
  });
});
