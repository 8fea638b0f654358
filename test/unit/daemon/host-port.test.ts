import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { portHolders, publishesHere } from "../../../daemon/host-port";

function listen(where: object): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(where, () => resolve(server));
  });
}

describe("who holds a port of this host", () => {
  it("names process and address", async () => {
    for (const [host, ip] of [
      ["0.0.0.0", "0.0.0.0"],
      ["127.0.0.1", "127.0.0.1"],
    ] as const) {
      const server = await listen({ host, port: 24990 });
      const holders = await portHolders({ port: 24990, protocol: "tcp" });
      server.close();
      expect(holders).to.have.length(1);
      expect(holders[0]?.ip).to.equal(ip);
      expect(holders[0]?.process?.id).to.equal(process.pid);
    }
    expect(await portHolders({ port: 24990, protocol: "tcp" })).to.deep.equal([]);
    expect(await portHolders({ port: 24990, protocol: "sctp" })).to.deep.equal([]);
  });

  it("judges only daemons that listen in this network namespace", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-socket-"));
    const path = join(folder, "docker.sock");
    const server = await listen({ path });
    expect(await publishesHere({ kind: "unix", path, source: "test", url: `unix://${path}` })).to.equal(true);
    server.close();
    expect(await publishesHere({ kind: "unix", path, source: "test", url: `unix://${path}` })).to.equal(false);
    expect(await publishesHere({ kind: "tcp", host: "localhost", port: 1, source: "test", url: "" })).to.equal(false);
    rmSync(folder, { recursive: true });
  });
});
