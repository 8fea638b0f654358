import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect } from "chai";

// A process of its own, which stays for two seconds unless it is told that its parent is gone.
const program = (address: string): string => `
const { whenParentIsGone } = require("${join(__dirname, "../../../values/parent")}");
whenParentIsGone(() => { console.log("gone"); process.exit(0); }, ${address});
setTimeout(() => { console.log("still here"); process.exit(0); }, 2000);
`;

describe("a process whose parent is gone", function () {
  this.timeout(30_000);

  async function said(address: string): Promise<string> {
    const words = ["-r", "ts-node/register/transpile-only", "-e", program(address)];
    const child = spawn(process.execPath, words, {
      cwd: join(__dirname, "../../.."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => (text += String(chunk)));
    await once(child, "close");
    return text.trim();
  }

  async function listening(): Promise<{ server: Server; address: string }> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const at = server.address();
    return { server, address: `127.0.0.1:${typeof at === "object" ? at?.port : ""}` };
  }

  it("is told at once where nobody listens at its address any more: it was killed before this one had begun", async () => {
    const { server, address } = await listening();
    server.close();
    await once(server, "close");
    expect(await said(JSON.stringify(address))).to.equal("gone");
  });

  it("is told nothing where somebody does, where there is no address, or it can't be one", async () => {
    const { server, address } = await listening();
    expect(await said(JSON.stringify(address))).to.equal("still here");
    server.close();
    for (const none of ["undefined", '"nowhere"', '"127.0.0.1:0"']) expect(await said(none)).to.equal("still here");
  });
});
