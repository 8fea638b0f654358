import { expect } from "chai";
import { duration, formatDuration, parseDuration } from "../../../values/duration";
import { isImageId, parseImageReference } from "../../../values/image-reference";
import { daemonName, isDaemonName, repositoryName } from "../../../values/name";
import { parseBytes, quantity } from "../../../values/quantity";

describe("values", () => {
  it("reads bytes in units of 1024", () => {
    expect(["512m", "1.5g", "64MiB", "10kb", 7, "12"].map(parseBytes)).to.deep.equal([
      536870912, 1610612736, 67108864, 10240, 7, 12,
    ]);
    expect(["", "12x", "-1", "0.3b", -1, 1.5].map(parseBytes)).to.deep.equal(Array(6).fill(undefined));
  });

  it("reads and writes durations", () => {
    expect(["10s", "1m30s", "500ms", "1h"].map(parseDuration)).to.deep.equal([10_000, 90_000, 500, 3_600_000]);
    expect(["10", "", "1d", "s"].map(parseDuration)).to.deep.equal(Array(4).fill(undefined));
    expect(duration("1m30s")).to.equal("1m30s");
    expect(() => duration("soon")).to.throw('Duration "soon" is none. Write it as "10s" or "1m30s".');
    expect(quantity("64MiB")).to.equal("64MiB");
    expect(() => quantity("12")).to.throw('Quantity "12" is none.');
    expect([0, 500, 90_000, 3_661_500].map(formatDuration)).to.deep.equal(["0s", "500ms", "1m30s", "1h1m1.5s"]);
  });

  it("reads image references", () => {
    expect(parseImageReference("node:24-alpine")).to.deep.equal({ repository: "node", tag: "24-alpine" });
    expect(parseImageReference("localhost:5000/a/b:1")).to.deep.equal({
      registry: "localhost:5000",
      repository: "a/b",
      tag: "1",
    });
    expect(parseImageReference("a/b")).to.deep.equal({ repository: "a/b" });
    for (const wrong of ["Node", "a b", "", "a:", "/a", `a@sha256:12`]) {
      expect(parseImageReference(wrong), wrong).to.equal(undefined);
    }
    expect(isImageId(`sha256:${"a".repeat(64)}`)).to.equal(true);
  });

  it("makes names that the Engine accepts", () => {
    expect(daemonName("my project", "dev", "web/1")).to.equal("my-project-dev-web-1");
    expect(repositoryName("My_Project", "dev", "App")).to.equal("my-project-dev-app");
    expect([isDaemonName("a"), isDaemonName("-a"), isDaemonName("a.b_c-1")]).to.deep.equal([false, false, true]);
  });
});
