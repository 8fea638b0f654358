import { expect } from "chai";
import { Claims } from "../../../provider/claims";

describe("claims of one run", () => {
  const port = (name: string) => ({ kind: "port", name }) as const;

  it("refuse a second holder of a name, and let the first ask again", () => {
    const claims = new Claims();
    expect(claims.take({ kind: "container", name: "web" }, "a")).to.equal(undefined);
    expect(claims.take({ kind: "container", name: "web" }, "a")).to.equal(undefined);
    expect(claims.take({ kind: "container", name: "web" }, "b")).to.equal("a");
    expect(claims.take({ kind: "network", name: "web" }, "b")).to.equal(undefined);
  });

  it("know which addresses exclude each other", () => {
    for (const [one, other, excludes] of [
      ["0.0.0.0:80/tcp", "127.0.0.1:80/tcp", true],
      ["127.0.0.1:80/tcp", "127.0.0.2:80/tcp", false],
      ["0.0.0.0:80/tcp", "0.0.0.0:80/udp", false],
      ["0.0.0.0:80/tcp", "0.0.0.0:81/tcp", false],
      ["0.0.0.0:80/tcp", "[::]:80/tcp", false],
      ["[::]:80/tcp", "[::1]:80/tcp", true],
      [":80/tcp", "[::1]:80/tcp", true],
    ] as const) {
      const claims = new Claims();
      claims.take(port(one), "a");
      expect(claims.take(port(other), "b"), `${one} beside ${other}`).to.equal(excludes ? "a" : undefined);
    }
  });

  it("let an image reference be held by several, but not by one that builds it beside one that pulls it", () => {
    const claims = new Claims();
    const pulled = { kind: "image", name: "nginx:1", isShared: true } as const;
    expect(claims.take(pulled, "a")).to.equal(undefined);
    expect(claims.take(pulled, "b")).to.equal(undefined);
    expect(claims.take({ kind: "image", name: "nginx:1" }, "c")).to.equal("a");
  });
});
