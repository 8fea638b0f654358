import { expect } from "chai";
import { parsePorts } from "../../../values/port";

describe("parsePorts", () => {
  const bindings = (...specs: string[]) => parsePorts(specs, 'Container "web"').bindings;

  it("reads every short form", () => {
    expect(bindings("3000")).to.deep.equal([{ container: 3000, protocol: "tcp" }]);
    expect(bindings("8080:3000")).to.deep.equal([{ host: 8080, container: 3000, protocol: "tcp" }]);
    expect(bindings("127.0.0.1:53:53/udp")).to.deep.equal([
      { ip: "127.0.0.1", host: 53, container: 53, protocol: "udp" },
    ]);
    expect(bindings("[::1]:80:80")).to.deep.equal([{ ip: "::1", host: 80, container: 80, protocol: "tcp" }]);
    expect(bindings("127.0.0.1::80")).to.deep.equal([{ ip: "127.0.0.1", container: 80, protocol: "tcp" }]);
    expect(bindings("8000-8001:3000-3001").map((port) => [port.host, port.container])).to.deep.equal([
      [8000, 3000],
      [8001, 3001],
    ]);
  });

  it("names every fault at once, with the value", () => {
    const { faults } = parsePorts(["99999:80", "80:80/http", "x", "1-2:3", "81:80", "81:82"], 'Container "web"');
    expect(faults.map((fault) => [fault.path, fault.value])).to.deep.equal([
      ["ports[0]", "99999:80"],
      ["ports[1]", "80:80/http"],
      ["ports[2]", "x"],
      ["ports[3]", "1-2:3"],
      ["ports", "0.0.0.0:81/tcp"],
    ]);
  });
});
