import { expect } from "chai";
import { type Properties, unknown } from "../../../provider/value";
import { volume } from "../../../provider/volume";
import { bodyOf } from "../../../provider/volume/body";
import { describeFault } from "../../../values/fault";

async function faults(news: Properties): Promise<string[]> {
  const request = { urn: "urn", name: "v", seed: new Uint8Array([1, 2, 3, 4]) };
  return (await volume.check({}, news, request)).faults.map(describeFault);
}

describe("faults of a volume's inputs", () => {
  const bad: readonly (readonly [string, Properties, string])[] = [
    ["a name of one letter", { name: "v" }, 'name "v" is no name that the Engine accepts'],
    ["a path as name", { name: "/data" }, 'name "/data" is no name that the Engine accepts'],
    ["a blank in a name", { name: "a b" }, 'name "a b" is no name'],
    ["an unknown option", { driverOpts: { foo: "bar" } }, "driverOpts.foo is no option of the driver local"],
    ["type alone", { driverOpts: { type: "nfs" } }, "driverOpts.device is missing"],
    ["device alone", { driverOpts: { device: "/x" } }, "driverOpts.type is missing"],
    ["an unknown word", { cluster: { scope: "some" } }, 'cluster.scope "some" is not known. Use single, multi.'],
    ["no size", { cluster: { limitBytes: "much" } }, 'cluster.limitBytes "much" is no size'],
    ["a label of ours", { labels: [{ label: "io.slipway.x", value: "" }] }, "is reserved for Slipway's own"],
  ];
  for (const [what, news, text] of bad) {
    it(`refuses ${what}`, async () => {
      const found = await faults(news);
      expect(found).to.have.length(1);
      expect(found[0]).to.contain('Volume "v": ').and.to.contain(text);
    });
  }

  it("names all faults at once", async () => {
    expect(
      await faults({ name: "/", driverOpts: { foo: "1", o: "x" }, labels: [{ label: "", value: "" }] }),
    ).to.have.length(5);
  });

  for (const [what, news] of [
    ["nothing at all", {}],
    ["a size", { driverOpts: { size: "1g" } }],
    ["anything for another driver", { driver: "nas", driverOpts: { foo: "bar" } }],
    ["what is not known yet", { name: unknown, driver: unknown, driverOpts: unknown, labels: unknown }],
    ["an unknown option value", { driverOpts: { type: "nfs", device: unknown, o: unknown } }],
  ] as const) {
    it(`takes ${what}`, async () => expect(await faults(news)).to.deep.equal([]));
  }

  // Engine API 1.42, ClusterVolumeSpec; not run on a daemon: cluster volumes need an Engine 23 and a CSI plugin.
  it("writes a cluster volume as the Engine takes it", () => {
    const cluster = { scope: "multi", sharing: "onewriter", type: "block", availability: "pause", group: "g" };
    const sizes = { requiredBytes: "1MiB", limitBytes: "2g", topologyRequired: "region=R1,zone=Z1" };
    expect(bodyOf({ name: "vv", cluster: { ...cluster, ...sizes } }, {}).ClusterVolumeSpec).to.deep.equal({
      Group: "g",
      AccessMode: {
        Scope: "multi",
        Sharing: "onewriter",
        Availability: "pause",
        BlockVolume: {},
        CapacityRange: { RequiredBytes: 2 ** 20, LimitBytes: 2 ** 31 },
        AccessibilityRequirements: { Requisite: [{ region: "R1", zone: "Z1" }] },
      },
    });
  });
});
