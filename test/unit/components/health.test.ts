import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Health, healthcheckOf } from "../../../components/health";

/** Where a program of this machine is. */
const at: Readonly<Record<string, string>> = {
  curl: "/usr/bin/curl",
  busybox: "/bin/busybox",
  node: process.execPath,
};

// The commands that containers run, run here by a shell that finds no other programs than an image of that kind has.
describe("the health check of an App", () => {
  let server: Server;
  let port: number;
  let folder: string;

  before(async () => {
    server = createServer((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { location: "/500" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    folder = mkdtempSync(join(tmpdir(), "slipway-health-"));
    for (const [image, programs] of Object.entries(images)) {
      mkdirSync(folderOf(image));
      for (const [name, program] of Object.entries(programs)) {
        symlinkSync(at[program] ?? program, join(folderOf(image), name));
      }
    }
  });

  after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What images have, by the name under which they have it. */
  const images: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "with curl": { curl: "curl" },
    "with BusyBox": { wget: "busybox" },
    "with node": { node: "node" },
    "with nothing": {},
  };

  function folderOf(image: string): string {
    return join(folder, image.replaceAll(" ", "-"));
  }

  /** The exit code of the check and what it wrote. */
  function check(health: Health, image: string): Promise<string> {
    const test = healthcheckOf(health)?.test;
    if (typeof test !== "string") throw new Error("It is no text for a shell.");
    return new Promise((resolve) => {
      const child = spawn("/bin/sh", ["-c", test], {
        env: { PATH: folderOf(image) },
        stdio: ["ignore", "ignore", "pipe"],
      });
      let text = "";
      child.stderr.on("data", (chunk) => {
        text += String(chunk);
      });
      child.on("close", (code) => resolve(`${code} ${text.trim()}`));
    });
  }

  for (const image of ["with curl", "with BusyBox", "with node"]) {
    it(`by HTTP, in an image ${image}: 2xx is well, 4xx, 5xx and silence are not`, async () => {
      expect(await check({ http: "/200", port }, image)).to.match(/^0 /);
      for (const path of ["/404", "/500"] as const) {
        expect(await check({ http: path, port }, image), path).not.to.match(/^0 /);
      }
      expect(await check({ http: "/200", port: 1 }, image)).not.to.match(/^0 /);
    });
  }

  it("by HTTP takes a redirect for an answer where the tool can", async () => {
    for (const image of ["with curl", "with node"]) {
      expect(await check({ http: "/302", port }, image), image).to.match(/^0 /);
    }
  });

  it("by HTTP says what is missing in an image that has no tool", async () => {
    expect(await check({ http: "/200", port }, "with nothing")).to.equal(
      "1 the image has none of curl, wget or node: give a health command",
    );
  });

  it("by TCP needs nothing but the shell", async () => {
    expect(await check({ tcp: port }, "with nothing")).to.equal("0 ");
    expect(await check({ tcp: 1 }, "with nothing")).to.equal("1 nobody listens on port 1");
  });

  it("by a command is that command, and the image's own is none of ours", () => {
    expect(healthcheckOf({ command: ["true"] })?.test).to.deep.equal(["true"]);
    expect(healthcheckOf("image")).to.equal(undefined);
  });
});
